"""How everything looks: neutral greys around the data, whose colours read true, and one accent."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from string import Template

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

from thalia_viewer import resources


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of the window; those of the data belong to the canvas."""

    name: str
    window: str
    base: str
    alternate: str
    raised: str
    line: str
    select: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    error: str
    error_ground: str
    warning_ground: str
    canvas: str


DARK = Theme(
    name="dark",
    window="#2a2a2a",
    base="#222222",
    alternate="#272727",
    raised="#363636",
    line="#3f3f3f",
    select="#3d4a54",
    text="#dcdcdc",
    muted="#9b9b9b",
    faint="#686868",
    accent="#5aa9dc",
    on_accent="#101418",
    error="#f08a7c",
    error_ground="#4a2b28",
    warning_ground="#443a24",
    canvas="#1b1b1b",
)
LIGHT = Theme(
    name="light",
    window="#ececec",
    base="#fafafa",
    alternate="#f2f2f2",
    raised="#ffffff",
    line="#cdcdcd",
    select="#cfdfeb",
    text="#1d1d1d",
    muted="#5f5f5f",
    faint="#a4a4a4",
    accent="#1f6fa8",
    on_accent="#ffffff",
    error="#a82c1c",
    error_ground="#f5d5d0",
    warning_ground="#f3e7c6",
    canvas="#d8d8d8",
)


def named(name: str) -> Theme:
    """The theme of that name, ``system`` for that of the desktop; dark for any other."""
    if name == "system":
        light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if name == "light" else DARK


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette(theme))
    size, ground = app.font().pointSizeF(), QColor(theme.canvas)
    tokens = asdict(theme) | {
        "small": f"{max(size * 0.86, 7.0):.1f}pt",
        "caption": f"rgba({ground.red()}, {ground.green()}, {ground.blue()}, 214)",
        "icons": resources.path("icons", f"ui-{theme.name}").as_posix(),
    }
    app.setStyleSheet(Template(resources.text("theme.qss")).safe_substitute(tokens))


def digits(font: QFont) -> QFont:
    """The same font with figures of one width, so that columns of numbers stand still."""
    aligned = QFont(font)
    aligned.setFeature(QFont.Tag("tnum"), 1)
    return aligned


@lru_cache(maxsize=256)
def icon(name: str, theme: Theme, colour: str = "") -> QIcon:
    """A line icon in the theme's text colour (or another), sharp at 100 to 300 %."""
    result = QIcon()
    source = resources.text("icons", f"{name}.svg")
    if not source:
        return result
    for mode, tint in (
        (QIcon.Mode.Normal, colour or theme.text),
        (QIcon.Mode.Selected, colour or theme.text),
        (QIcon.Mode.Disabled, theme.faint),
    ):
        for size in (16, 20, 32, 48, 60):
            result.addPixmap(_render(source, tint, size), mode)
    return result


def app_icon() -> QIcon:
    """The icon of the program."""
    result = QIcon()
    source = resources.text("icons", "thalia.svg")
    if source:
        for size in (16, 32, 64, 128):
            result.addPixmap(_render(source, "", size))
    return result


def _render(source: str, colour: str, size: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    tinted = source.replace("#000", colour) if colour else source
    renderer = QSvgRenderer(QByteArray(tinted.encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def _palette(theme: Theme) -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for where, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.base),
        (role.AlternateBase, theme.alternate),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.faint),
        (role.Highlight, theme.select),
        (role.HighlightedText, theme.text),
        (role.Link, theme.accent),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Light, theme.raised),
        (role.Accent, theme.accent),
    ):
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, where, QColor(theme.faint))
    return palette
