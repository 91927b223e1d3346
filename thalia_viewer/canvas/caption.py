"""The small plate at the upper left of a panel: what it shows, and the menu that changes it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget


class Caption(QFrame):
    """Layer (a button with the menu), pair, and the value under the cursor."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"caption.{name}")
        self.setAccessibleName(f"Caption of panel {name}")
        self.setProperty("role", "caption")
        self.menu = QMenu(self)
        self.menu.setObjectName(f"caption.{name}.menu")
        self.button = QToolButton()
        self.button.setObjectName(f"caption.{name}.layer")
        self.button.setAccessibleName(f"What panel {name} shows")
        self.button.setToolTip("Layer and pair of this panel")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setMenu(self.menu)
        self._pair, self._value = QLabel(), QLabel()
        for label in (self._pair, self._value):
            font = label.font()
            font.setFeature(font.Tag("tnum"), 1)
            label.setFont(font)
            label.hide()
        self._pair.setProperty("role", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(self._pair)
        row.addWidget(self._value)
        self._widest = 0

    @property
    def texts(self) -> tuple[str, str, str]:
        """Layer, pair and value as they are shown."""
        return self.button.text(), self._pair.text(), self._value.text()

    def show_sight(self, layer: str, pair: str = "") -> None:
        """Another layer or pair; no pair where it is the one that the window shows."""
        self.button.setText(layer)
        self._pair.setText(pair)
        self._pair.setVisible(bool(pair))
        self._widest = 0
        self._fit()

    def show_value(self, text: str) -> None:
        """The value under the cursor; empty while the cursor is on no pixel."""
        self._value.setText(text)
        self._value.setVisible(bool(text))
        width = QFontMetrics(self._value.font()).horizontalAdvance(text)
        if width > self._widest:  # it only grows: the plate must not tremble with the figures
            self._widest = width
            self._value.setMinimumWidth(width)
        self._fit()

    def show_active(self, active: bool) -> None:
        """Whether the keys of layers mean this panel."""
        self.setProperty("active", active)
        self.style().unpolish(self)
        self.style().polish(self)

    def _fit(self) -> None:
        right = 9 if self._pair.isVisibleTo(self) or self._value.isVisibleTo(self) else 0
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, right, 0)
            layout.activate()
        self.resize(self.sizeHint())
