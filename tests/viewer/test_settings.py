"""What is remembered: typed, versioned, never lost to a wrong value."""

import json

import pytest

from thalia_core.errors import ConfigError
from thalia_viewer.settings import VERSION, Settings, SettingsFile


def test_settings_come_back(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    SettingsFile(path).update(theme="light", brush_radius=20.0)
    again = SettingsFile(path)
    assert (again.value.theme, again.value.brush_radius) == ("light", 20.0)
    assert not again.problems
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mask_opacity", 3),
        ("mask_opacity", "half"),
        ("contour", 1),
        ("theme", "pink"),
        ("keys", []),
        ("gate", {"coherence": 2}),
        ("gate", {"over": [9]}),
        ("gate", {"on": 1}),
        ("gate", {"colour": 1}),
        ("brush_raduis", 3),
    ],
)
def test_a_wrong_value_costs_only_itself(tmp_path, name, value):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": VERSION, "annotator": "mm", name: value}))
    file = SettingsFile(path)
    assert file.value == Settings(annotator="mm")
    assert len(file.problems) == 1
    assert name in file.problems[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', '{"version": "1"}'])
def test_a_file_that_cannot_be_read_gives_defaults_and_says_so(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    file = SettingsFile(path)
    assert file.value == Settings()
    assert file.problems
    file.update(theme="light")
    file.update(theme="dark")
    assert path.with_name("settings.json.old").read_text() == text
    assert not SettingsFile(path).problems


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    file = SettingsFile(tmp_path / "file" / "settings.json")
    with pytest.raises(ConfigError, match="cannot save the settings"):
        file.update(theme="light")
    assert file.value.theme == "light"
