"""What the gate says of the pixel under the cursor, in the line at the bottom."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named

_WIDEST = "Nothing was changed: phase −0.00 is outside −0.00 to −0.00 rad"
_LEAST = 100


class GateWords(QWidget):
    """One line that gives way.

    Its size depends on no text: that changes at every move of the hand,
    and a label would lay out the whole window each time.
    """

    def __init__(self, theme: themes.Theme) -> None:
        super().__init__()
        named(self, "status.gate", "What the gate says of the pixel under the cursor")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._text, self._loud = "", False

    @property
    def text(self) -> str:
        """What is said."""
        return self._text

    def dress(self, theme: themes.Theme) -> None:
        """The colours of another theme."""
        self._theme = theme
        self.update()

    def say(self, text: str, loud: bool = False) -> None:
        """Say something else; ``loud`` where something was asked for in vain."""
        if (text, loud) != (self._text, self._loud):
            self._text, self._loud = text, loud
            self.setToolTip(text)
            self.setAccessibleDescription(text)
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the longest line."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(_WIDEST), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Little: the text gives way."""
        return QSize(_LEAST, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much of the text as there is room for, at the right."""
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.error if self._loud else self._theme.muted))
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(
            self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown
        )
