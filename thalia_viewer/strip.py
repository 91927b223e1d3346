"""The strip of tools over the picture: layer, tools, what they paint, how it is drawn."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from thalia_core.cube.labels import Activity
from thalia_viewer import theme as themes
from thalia_viewer.actions import ActionSet, shown_key
from thalia_viewer.bars import named
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.state import MAX_RADIUS, MIN_RADIUS
from thalia_viewer.table import LAYER_TITLES


class ToolStrip(QToolBar):
    """Buttons of the actions, and the size of the brush."""

    radius_edited = Signal(float)
    """A person set the radius of the brush, in pixels."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__("Tools", parent)
        named(self, "strip", "Tools")
        self._actions = actions
        self.setMovable(False)
        self.setFloatable(False)
        side = round(self.fontMetrics().height() * 1.15)
        self.setIconSize(QSize(side, side))
        self.layer = self._layer_button()
        self.radius = QDoubleSpinBox()
        self.metres = QDoubleSpinBox()
        self._per_pixel: float | None = None
        self._worded = True
        self._fill()
        self._roomy = self.sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room, the classes are told by colour and tip alone."""
        super().resizeEvent(event)
        roomy = self.width() >= self._roomy
        if roomy != self._worded:
            self._word(roomy)

    def dress(self, theme: themes.Theme) -> None:
        """Give Qt's own button for what has no room a visible icon."""
        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if isinstance(more, QToolButton):
            named(more, "qt_toolbar_ext_button", "More tools")
            more.setIcon(themes.icon("pair.next", theme))

    def show_layer(self, layer: str) -> None:
        """Which layer is shown."""
        self.layer.setText(LAYER_TITLES.get(layer, layer))

    def show_radius(self, radius: float, metres: float | None) -> None:
        """The radius of the brush in pixels, and on the ground."""
        self._per_pixel = None if metres is None else metres / radius
        self.metres.setEnabled(metres is not None)
        if self._per_pixel is not None:
            self.metres.setSingleStep(max(round(self._per_pixel), 1))
        for box, value in ((self.radius, radius), (self.metres, metres or 0.0)):
            blocked = box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(blocked)

    def _fill(self) -> None:
        self.addWidget(self.layer)
        self.addSeparator()
        self._add("edit.undo", "edit.redo")
        self.addSeparator()
        self._add("pair.finish", text=True)
        self.addSeparator()
        self._add("tool.pan", "tool.brush", "tool.eraser", "tool.recode")
        self._add("tool.polygon", "tool.lasso", "tool.subtract", "tool.fill", "tool.move")
        self._add("tool.pick", "tool.wand")
        self._add_radius()
        self._add("gate.on", text=True)
        self.addSeparator()
        for code in Activity:
            if code:
                self._actions[f"activity.{int(code)}"].setIcon(swatch(CLASS_COLOURS[code]))
        self._add(*(f"activity.{int(code)}" for code in Activity if code), text=True)
        self.addSeparator()
        self._add("intensity.1", "intensity.2", "intensity.3", text=True)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self._add("tool.line", "tool.point", "tool.area")
        self.addSeparator()
        self._add("view.masks", "view.contour", "model.overlay", "view.reset")

    def _add(self, *names: str, text: bool = False) -> None:
        for name in names:
            action = self._actions[name]
            self.addAction(action)
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                named(button, f"strip.{name}", action.text())
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                if text:
                    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                    bare = action.icon().isNull()
                    button.setToolButtonStyle(
                        Qt.ToolButtonStyle.ToolButtonTextOnly if bare else style
                    )

    def _word(self, worded: bool) -> None:
        self._worded = worded
        for code in Activity:
            button = self.widgetForAction(self._actions[f"activity.{int(code)}"]) if code else None
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(
                    Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                    if worded
                    else Qt.ToolButtonStyle.ToolButtonIconOnly
                )

    def _add_radius(self) -> None:
        box = self.radius
        named(box, "strip.radius", "Radius of the brush in pixels")
        box.setRange(MIN_RADIUS, MAX_RADIUS)
        box.setDecimals(1)
        box.setSuffix(" px")
        box.setFixedWidth(self.fontMetrics().horizontalAdvance("512.0 px") + 34)
        self._tell_keys()
        self._actions.keys_changed.connect(self._tell_keys)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self.radius_edited)
        self.addWidget(box)
        self._add_metres()

    def _add_metres(self) -> None:
        box = self.metres
        named(box, "strip.metres", "Radius of the brush on the ground in metres")
        box.setToolTip("Radius of the brush on the ground in metres, from west to east")
        box.setRange(0.0, 1e6)
        box.setDecimals(0)
        box.setSuffix(" m")
        box.setProperty("bare", True)  # no arrows: there is little room
        box.setFixedWidth(self.fontMetrics().horizontalAdvance("00000 m") + 16)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._metres_edited)
        self.addWidget(box)

    def _metres_edited(self, metres: float) -> None:
        if self._per_pixel:
            self.radius_edited.emit(metres / self._per_pixel)

    def _tell_keys(self) -> None:
        keys = [shown_key(self._actions.key(f"brush.{way}")) for way in ("smaller", "larger")]
        change = f"; {' and '.join(keys)} change it" if all(keys) else ""
        self.radius.setToolTip(f"Radius of the brush in pixels{change}")

    def _layer_button(self) -> QToolButton:
        button = QToolButton()
        named(button, "strip.layer", "Layer")
        button.setToolTip("Layer under the masks")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMinimumWidth(self.fontMetrics().horizontalAdvance("Coherence") + 34)
        menu = QMenu(button)
        for name in LAYER_TITLES:
            menu.addAction(self._actions[f"layer.{name}"])
        button.setMenu(menu)
        return button


def swatch(colour: str) -> QIcon:
    """A small field of a class colour."""
    icon = QIcon()
    for opacity, mode in ((255, QIcon.Mode.Normal), (90, QIcon.Mode.Disabled)):
        for size in (16, 32, 48):
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            fill = QColor(colour)
            fill.setAlpha(opacity)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(fill)
            painter.setPen(QColor(0, 0, 0, 110))
            edge = round(size / 5)
            painter.drawRoundedRect(
                edge, edge, size - 2 * edge, size - 2 * edge, edge / 2, edge / 2
            )
            painter.end()
            icon.addPixmap(pixmap, mode)
    return icon
