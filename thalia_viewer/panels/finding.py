"""The filter over the list of pairs: what is wanted, how much there is of it, what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QToolButton, QVBoxLayout, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import ElidedLabel, named
from thalia_viewer.keys import OWN_ESCAPE

_PAUSE_MS = 40
"""After a key, before the filter counts: what is typed in one go is looked for once."""
_PATIENCE_MS = 400
"""Before a wrong filter is told of: half a word is no mistake yet."""
_OFFERED = 9
"""Lines seen at once."""
_HELP = (
    "Which pairs to show, all terms together:\n"
    "frame:106A  volcano:etna  type:dyke,sill  intensity:>=medium\n"
    'days:<=24  primary:2019-06..2020  state:unreviewed  caption:"wave-like"\n'
    "-labelled:yes turns a term round; a bare word is looked for in names and captions"
)

Complete = Callable[[str], tuple[str, ...]]


class FilterField(QLineEdit):
    """A line that offers to write its last word out: Tab takes the first, arrows choose another.

    The offers are no window of their own, so that the keyboard stays here on every platform.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.complete: Complete = lambda _word: ()
        """Gives what a word may become."""
        self.offers = QListWidget(self)
        named(self.offers, "pairs.filter.words", "How the word may go on")
        self.offers.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.offers.setProperty("role", "offers")
        self.offers.itemClicked.connect(lambda item: self._insert(item.text()))
        self.offers.hide()
        self.textEdited.connect(self._offer)
        self.textChanged.connect(self._keep_escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Enter and Esc belong to the offers while there are any; Esc then clears."""
        key, offering = event.key(), self.offers.isVisible()
        if offering and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            n = self.offers.currentRow() + (1 if key == Qt.Key.Key_Down else -1)
            self.offers.setCurrentRow(max(n, -1) if n < self.offers.count() else 0)
        elif offering and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chosen():
            self._insert(self._chosen())
        elif key == Qt.Key.Key_Escape and offering:
            self._close()
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab takes an offer."""
        if forwards and self.offers.isVisible():
            self._insert(self._chosen() or self.offers.item(0).text())
            return True
        return super().focusNextPrevChild(forwards)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is offered to a field that is left."""
        self._close()
        super().focusOutEvent(event)

    def _offer(self) -> None:
        word = self._word()
        words = self.complete(word) if word else ()
        self.offers.clear()
        self.offers.addItems(words)
        if not words:
            self._close()
            return
        if self.offers.parentWidget() is not self.window():
            self.offers.setParent(self.window())
        row = self.offers.sizeHintForRow(0)
        height = row * min(len(words), _OFFERED) + 2 * self.offers.frameWidth() + 2
        below = self.mapTo(self.window(), self.rect().bottomLeft())
        self.offers.setGeometry(below.x(), below.y() + 1, self.width(), height)
        self.offers.show()
        self.offers.raise_()
        self._keep_escape()

    def _close(self) -> None:
        self.offers.hide()
        self._keep_escape()

    def _chosen(self) -> str:
        item = self.offers.currentItem()
        return item.text() if item is not None else ""

    def _insert(self, word: str) -> None:
        at, old, text = self.cursorPosition(), self._word(), self.text()
        more = "" if word.endswith(":") or text[at : at + 1] == " " else " "
        self.setText(f"{text[: at - len(old)]}{word}{more}{text[at:]}")
        self.setCursorPosition(at - len(old) + len(word) + len(more))
        self._offer()

    def _word(self) -> str:
        """What is written before the cursor since the last space; nothing within quotes."""
        before = self.text()[: self.cursorPosition()]
        return "" if before.count('"') % 2 else before.rpartition(" ")[2]

    def _keep_escape(self) -> None:
        self.setProperty(OWN_ESCAPE, bool(self.text()) or self.offers.isVisible())


class FindBar(QWidget):
    """The filter and one line below it."""

    edited = Signal(str)
    """The filter as it stands after a short pause."""
    entered = Signal()
    """A person is done with writing it."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = FilterField()
        named(self.field, "pairs.filter", "Filter of the pairs")
        self.field.setPlaceholderText("Filter, as type:dyke days:<=24")
        self.field.setToolTip(_HELP)
        self.field.setClearButtonEnabled(True)
        self.dress(theme)
        self.count = ElidedLabel()
        named(self.count, "pairs.count", "How many pairs are shown")
        self.count.setProperty("role", "small")
        self.problem = QLabel()
        named(self.problem, "pairs.problem", "What is wrong with the filter")
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 3)
        column.setSpacing(2)
        for part in (self.field, self.count, self.problem):
            column.addWidget(part)
        self._pause = self._timer(_PAUSE_MS, lambda: self.edited.emit(self.field.text()))
        self._patience = self._timer(_PATIENCE_MS, self._tell)
        self._told = ""
        self.field.textChanged.connect(lambda _text: self._pause.start())
        self.field.returnPressed.connect(self._enter)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        for button in self.field.findChildren(QToolButton):
            named(button, "pairs.filter.clear", "Clear the filter")
            button.setIcon(themes.icon("close", theme, theme.muted))

    def ask(self) -> None:
        """Have the keyboard."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def show_filter(self, text: str) -> None:
        """The filter that counts, unless this says the same already."""
        if self.field.text().strip() != text:
            self.field.setText(text)

    def show_count(self, text: str) -> None:
        """How many pairs there are; the filter is understood."""
        self.count.setText(text)
        self._patience.stop()
        self._show_problem("")

    def show_problem(self, text: str) -> None:
        """The filter is not understood; told when nothing more is typed for a moment."""
        self._told = text
        if self.problem.isHidden():
            self._patience.start()
        else:
            self._tell()

    def _tell(self) -> None:
        self._show_problem(self._told[:1].upper() + self._told[1:])

    def _show_problem(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.count.setVisible(not text)
        if self.field.property("problem") != bool(text):
            self.field.setProperty("problem", bool(text))
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)

    def _enter(self) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self.edited.emit(self.field.text())
        self.entered.emit()

    def _timer(self, milliseconds: int, slot: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer
