"""The program as it is started: its own process, from the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from support.window import PAIRS

from thalia_viewer.__main__ import main

HEAVY = ("torch", "xarray", "dask", "scipy", "skimage", "rasterio", "timm", "pandas")
_TELL_MODULES = f"""
import sys
from thalia_viewer.__main__ import main
code = main(sys.argv[1:])
sys.stdout.write(" ".join(name for name in {HEAVY} if name in sys.modules))
sys.exit(code)
"""


def start(*words: object, code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = ["-c", code] if code else ["-m", "thalia_viewer"]
    return subprocess.run(
        [sys.executable, *command, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **env},
    )


def test_a_screenshot_and_no_heavy_import_on_the_way(cube_path: Path, tmp_path: Path):
    picture = tmp_path / "window.png"
    pair = ("--pair", PAIRS[3], "--layer", "coherence")
    done = start(cube_path, *pair, "--screenshot", picture, "--size", "900x600", code=_TELL_MODULES)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (900, 600)
    middle = {image.pixelColor(x, 300).rgb() for x in range(500, 800)}
    assert len(middle) > 20  # there is a picture


def test_a_picture_needs_no_room_on_a_screen(cube_path: Path, tmp_path: Path):
    picture = tmp_path / "window.png"
    assert start(cube_path, "--screenshot", picture).returncode == 0
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1600, 1000)  # the screen has 800 pixels


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.zarr"], "No such path"),
        (["CUBE", "--pair", "20200101_20200113"], "No such interferogram"),
    ],
)
def test_bad_input_is_one_message_and_an_exit_code(words, said, cube_path: Path, tmp_path: Path):
    words = [cube_path if word == "CUBE" else word for word in words]
    done = start(*words, "--screenshot", tmp_path / "x.png")
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pair", "yesterday"], "not a date pair"),
        (["--panels", "dem,colour"], "no such layer"),
        (["--panels", "yesterday:dem"], "not a date pair"),
        (["--layer", "colour"], "no such layer"),
        (["--size", "big"], "not a size"),
    ],
)
def test_a_wrong_option_is_told_before_there_is_a_window(words, said, capsys):
    assert main(words) == 2
    assert said in capsys.readouterr().err
