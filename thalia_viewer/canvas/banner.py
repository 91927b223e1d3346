"""A plate at the top of the picture that says that something else than the present is shown."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from thalia_viewer.bars import ElidedLabel, named

_TOP, _SIDES = 48, 12
"""Below the caption and the messages, which come and go."""


class Banner(QFrame):
    """Words in the middle of the upper edge, and the way back; Esc goes it, too.

    Args:
        canvas: Over which it lies.
        accept: What the shown version is good for.
    """

    left = Signal()
    """A person wants the present back."""

    def __init__(self, canvas: QWidget, accept: QAction) -> None:
        super().__init__(canvas)
        named(self, "banner", "What is shown instead of the present")
        self.setProperty("role", "banner")
        self._canvas = canvas
        self.text = ElidedLabel()
        named(self.text, "banner.text", "What is shown")
        self.detail = ElidedLabel()
        named(self.detail, "banner.detail", "What differs from the present")
        self.detail.setProperty("role", "small")
        restore = QToolButton()
        named(restore, "banner.accept", accept.text())
        restore.setDefaultAction(accept)
        restore.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        back = QToolButton()
        named(back, "banner.back", "Back to now")
        back.setText("Back to now")
        back.setToolTip("The pair as it is (Esc)")
        back.clicked.connect(self.left)
        words = QHBoxLayout(self)
        words.setContentsMargins(12, 5, 6, 5)
        words.setSpacing(10)
        words.addWidget(self.text)
        words.addWidget(self.detail, 1)
        words.addSpacing(4)
        words.addWidget(restore)
        words.addWidget(back)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), canvas.window())
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.left)
        canvas.installEventFilter(self)
        self.hide()

    def say(self, text: str, detail: str) -> None:
        """Show it with these words."""
        self.text.setText(text)
        self.detail.setText(detail)
        self.detail.setMinimumWidth(0)
        self.detail.setVisible(bool(detail))
        self._escape.setEnabled(True)
        self.show()
        self.raise_()
        self._place()

    def dismiss(self) -> None:
        """The present is shown again."""
        self._escape.setEnabled(False)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self._place()
        return False

    def _place(self) -> None:
        """As wide as the words; where the picture is narrower, they give way."""
        self.ensurePolished()
        detail = self.detail.fontMetrics().horizontalAdvance(self.detail.text()) + 6
        wanted = self.sizeHint().width() - self.detail.sizeHint().width() + detail
        width = min(wanted, max(self._canvas.width() - 2 * _SIDES, self.minimumSizeHint().width()))
        left = max((self._canvas.width() - width) // 2, 0)
        self.setGeometry(left, _TOP, width, self.sizeHint().height())
