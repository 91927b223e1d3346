"""Fixtures shared by all tests: the real data where there are any, and a home folder of our own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The gate judges a change, so it tries the same examples each time; everybody's own runs look
# further, and what they find becomes an @example.
settings.register_profile("gate", derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

GALAPAGOS = "106A_09048_000909"
THALIA = [
    sys.executable,
    "-c",
    "import sys; from thalia_core.cli import main; sys.exit(main())",
]
Thalia = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the home folder, or sees the settings of who runs it."""
    for name in list(os.environ):
        if name.startswith("THALIA_") and name != "THALIA_SHARED":
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
    ):
        monkeypatch.setenv(name, str(home / name.lower()))


@pytest.fixture(scope="session")
def thalia_command() -> list[str]:
    """The real command, for tests that start the process themselves."""
    return THALIA


@pytest.fixture(scope="session")
def thalia(thalia_command: list[str]) -> Thalia:
    """Runs the real command in a process of its own: ``thalia("info", path).stdout``."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [*thalia_command, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Thalia:
    """The same in this process: faster, for tests that need no process of their own."""
    from thalia_core.cli import main

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that the repository does not hold."""
    named = os.environ.get("THALIA_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    if not (folder / "data" / "licsar").is_dir():
        pytest.skip(f"no real data: {folder}/data/licsar is not there (set THALIA_SHARED)")
    return folder


@pytest.fixture(scope="session")
def galapagos_source(shared_data: Path) -> Path:
    """The LiCSAR folder of the western Galapagos frame: 7 pairs, no DEM."""
    return shared_data / "data" / "licsar" / GALAPAGOS


@pytest.fixture(scope="session")
def galapagos_cube(
    galapagos_source: Path, thalia: Thalia, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Its cube, built once by the real verb. Copy it before you change anything in it."""
    out = tmp_path_factory.mktemp("galapagos") / f"{GALAPAGOS}.zarr"
    done = thalia("build", "licsar", galapagos_source, out)
    assert done.returncode == 0, done.stderr
    return out
