"""``thalia``: every verb of the program, headless except ``view`` and ``demo``.

Each module of this package registers the verbs of one family; what a verb needs is imported when it
runs, so that ``thalia info`` loads no deep learning.
"""

import os
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module

from thalia_core import __version__
from thalia_core.errors import ThaliaError

FAMILIES = (
    "view",
    "info",
    "pairs",
    "measure",
    "build",
    "synth",
    "annotate",
    "proposals",
    "annotations",
    "session",
    "event",
    "temporal",
    "export",
    "check",
    "splits",
    "shards",
    "models",
    "learn",
    "predict",
    "runs",
    "evaluate",
    "benchmark",
)
"""Modules of this package, in the order of the help text."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0 on success, 1 where the verb's help says so, 2 for an error told in one message, 3 for an
        error of the program itself, 130 when interrupted.
    """
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except ThaliaError as error:
        sys.stderr.write(f"thalia: {error}\n")
        return 2
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("thalia: interrupted\n")
        return 130
    except Exception as error:  # the border to the user: no traceback unless asked for
        if args.debug:
            traceback.print_exc()
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        sys.stderr.write(f"thalia: {error.strerror.lower()}{where}\n")
        return 2
    sys.stderr.write(
        f"thalia: an error of the program: {type(error).__name__}: {error}. "
        "Run the same with 'thalia --debug ...' and report what it prints\n"
    )
    return 3


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thalia",
        description="Read, annotate and review interferograms of volcanoes; train models on them.",
    )
    parser.add_argument("--version", action="version", version=f"thalia {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where an error arose")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for family in FAMILIES:
        import_module(f"thalia_core.cli.{family}").add(verbs)
    return parser
