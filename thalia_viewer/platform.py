"""Whether a window can be opened here at all: Qt would abort without a word a person can use."""

import ctypes
import sys
from collections.abc import MutableMapping

from thalia_core.errors import ThaliaError

_XCB = "libxcb-cursor.so.0"


def prepare(
    environment: MutableMapping[str, str], *, screenshot: bool, system: str = sys.platform
) -> None:
    """Choose the platform of Qt before it starts.

    A picture needs no display and is drawn offscreen; a choice that is made already stands.

    Args:
        environment: The variables Qt reads; changed for a picture.
        screenshot: Whether only a picture is wanted.
        system: As ``sys.platform``.

    Raises:
        ThaliaError: A window is wanted and there is no display, or a library of it is missing.
    """
    if environment.get("QT_QPA_PLATFORM"):
        return
    if screenshot:
        environment["QT_QPA_PLATFORM"] = "offscreen"
        return
    if not system.startswith("linux") or environment.get("WAYLAND_DISPLAY"):
        return
    if not environment.get("DISPLAY"):
        raise ThaliaError(
            "there is no display to open a window on",
            why="neither DISPLAY nor WAYLAND_DISPLAY is set",
            fix="start it on a desktop or through 'ssh -X', or save a picture with --screenshot",
        )
    try:
        ctypes.CDLL(_XCB)
    except OSError as error:
        raise ThaliaError(
            "the window needs a library that is not installed",
            where=_XCB,
            fix="install it, on Debian and Ubuntu with 'apt install libxcb-cursor0'",
        ) from error
