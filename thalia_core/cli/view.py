"""``thalia view`` and ``thalia demo``: prepare the input, then become the window.

The core never imports the viewer: it replaces this process by ``python -m thalia_viewer``.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from thalia_core.errors import ThaliaError


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verbs."""
    view = subparsers.add_parser("view", help="open the window on a cube or a folder of cubes")
    view.add_argument("path", type=Path, nargs="?", metavar="PATH")
    view.add_argument("--pair", metavar="D1_D2", help="show this pair first")
    _window_options(view)
    view.set_defaults(run=run_view)

    demo = subparsers.add_parser(
        "demo",
        help="make a small archive with known truth, once, and open it",
        description="Make a demo archive of synthetic frames (half a minute, once) and open it.",
    )
    demo.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="where it is kept")
    demo.add_argument("--no-window", action="store_true", help="only make the archive")
    _window_options(demo)
    demo.set_defaults(run=run_demo)


def run_view(args: Namespace) -> int:
    """Open the window; an error of the input is told before anything is drawn."""
    from thalia_core.cube.pairs import DatePair

    options = _options(args)
    if args.pair:
        options += ["--pair", str(DatePair.parse(args.pair))]
    if args.path is not None:
        from thalia_core.archive.catalogue import cube_paths

        cube_paths(args.path)
        options.insert(0, str(args.path))
    return _window(options)


def run_demo(args: Namespace) -> int:
    """Make the archive if it is not there, and open it."""
    from tqdm import tqdm

    from thalia_core.progress import Event, Step
    from thalia_core.synth.demo import make_demo

    folder = args.folder or default_folder()
    with tqdm(unit="step", desc="demo archive", leave=False, disable=None) as bar:

        def tell(event: Event) -> None:
            if isinstance(event, Step):
                bar.total = event.total
                bar.update(event.done - bar.n)

        make_demo(folder, tell=tell)
    sys.stdout.write(f"demo archive: {folder}\n")
    sys.stdout.flush()
    return 0 if args.no_window else _window([str(folder), *_options(args)])


def default_folder() -> Path:
    """Where the demo archive is kept: the user's data folder of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "thalia" / "demo"


def _window_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="draw, save the window as PNG, and quit"
    )
    parser.add_argument("--size", metavar="WxH", help="size of the window, such as 1440x900")
    parser.add_argument("--at", metavar='"LON LAT"', help="bring this place to the middle")
    parser.add_argument("--zoom", type=float, help="enlarge so many times")
    parser.add_argument(
        "--show", metavar="PANELS", help="bring these panels to the front, such as matrix,network"
    )
    parser.add_argument("--layer", metavar="NAME", help="layer to show, such as insar_coherence")
    parser.add_argument(
        "--profile", metavar='"LON LAT, LON LAT, ..."', help="measure along this line"
    )
    parser.add_argument(
        "--points", metavar='"LON LAT, ..."', help="show the time series of these points"
    )
    parser.add_argument(
        "--panels",
        metavar="[PAIR:]LAYER,…",
        help="further panels, at most 5: layers of the pair, of the pair D1_D2:, or of its "
        "neighbour same_primary: or same_secondary:",
    )


def _options(args: Namespace) -> list[str]:
    options = []
    for name in (
        "screenshot",
        "size",
        "layer",
        "at",
        "zoom",
        "profile",
        "points",
        "show",
        "panels",
    ):
        value = getattr(args, name)
        if value is not None:
            options.append(f"--{name}={value}")  # a longitude may begin with a minus sign
    return options


def _window(options: Sequence[str]) -> int:
    if find_spec("thalia_viewer") is None or find_spec("PySide6") is None:
        missing = "PySide6" if find_spec("thalia_viewer") else "thalia_viewer"
        raise ThaliaError(
            "there is no window here",
            why=f"{missing} is not installed",
            fix="install it with 'pip install thalia', or use the other verbs",
        )
    command = [sys.executable, "-m", "thalia_viewer", *options]
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execv(sys.executable, command)
    return subprocess.run(command, check=False).returncode  # exec there detaches the console
