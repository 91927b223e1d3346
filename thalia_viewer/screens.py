"""Where window and docks stand, kept for each arrangement of screens they were used on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtGui import QGuiApplication

from thalia_viewer.settings import Settings

_KEPT = 8
"""Arrangements remembered: the desk, the laptop alone, the projector."""


def arrangement() -> str:
    """The screens of this moment: size in logical pixels and scale of each, in a fixed order."""
    return described(
        (screen.size().width(), screen.size().height(), screen.devicePixelRatio())
        for screen in QGuiApplication.screens()
    )


def described(screens: Iterable[tuple[int, int, float]]) -> str:
    """The same for any screens: (width, height, scale) of each."""
    return " + ".join(f"{width}x{height}@{scale:g}" for width, height, scale in sorted(screens))


def fitting(size: tuple[int, int]) -> tuple[int, int]:
    """The size in logical pixels, or nine tenths of a smaller screen."""
    screen = QGuiApplication.primaryScreen()
    if screen is None:
        return size
    room = screen.availableSize()
    return min(size[0], room.width() * 9 // 10), min(size[1], room.height() * 9 // 10)


def layout_here(settings: Settings) -> tuple[str, str]:
    """Geometry and docks as they were left on these screens.

    On screens that were never used the docks are those of the last time; a place on the screen
    would mean nothing there.
    """
    if arrangement() in settings.layouts:
        geometry, docks = settings.layouts[arrangement()]
        return geometry, docks
    return ("", settings.layout) if settings.layouts else (settings.geometry, settings.layout)


def remembered(settings: Settings, geometry: str, docks: str) -> dict[str, Any]:
    """The settings to write: this layout belongs to the screens of this moment."""
    here = arrangement()
    others = {name: kept for name, kept in settings.layouts.items() if name != here}
    layouts = {here: [geometry, docks], **others}
    return {
        "geometry": geometry,
        "layout": docks,
        "layouts": dict(list(layouts.items())[:_KEPT]),
    }
