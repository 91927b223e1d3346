"""The caption editor: spelling underlined, sentences completed, terms explained, a hint to take.

The hint stands in grey while the caption is empty. Nothing a person wrote is ever replaced, but for
one word, from the menu of a misspelled one.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QStringListModel, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QListView,
    QPlainTextEdit,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from thalia_core.annotate.phrases import Misspelling, misspelled, phrases
from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.fields import TextField

_LINES = 5
_ACCEPT = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class CaptionField(TextField):
    """The caption as a field of the form; ``frame`` is what the form shows of it."""

    def __init__(self, theme: themes.Theme) -> None:
        self.box = CaptionEdit(theme)
        super().__init__(_LINES, self.box)
        self.suggest = QToolButton()
        named(self.suggest, "caption.suggest.button", "Suggest a caption")
        self.suggest.setText("Suggest")
        self.suggest.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.older = QLabel("older than the mask")
        named(self.older, "caption.older", "The caption is older than the mask")
        self.older.setProperty("role", "problem")
        self.older.setToolTip("The masks were changed after the caption was written last.")
        self.older.hide()
        self.frame = QWidget()
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.older)
        row.addStretch(1)
        row.addWidget(self.suggest)
        column.addWidget(self.box)
        column.addLayout(row)

    def dress(self, theme: themes.Theme) -> None:
        """Underline in the colour of another theme."""
        self.box.spelling.dress(theme)

    def show_hint(self, text: str) -> None:
        """What the caption could be, in grey while it is empty."""
        self.box.setPlaceholderText(text)

    def show_older(self, older: bool) -> None:
        """Whether the masks were changed since it was written."""
        self.older.setVisible(older)

    def append(self, text: str) -> None:
        """Put text behind what is there, as if a person typed it."""
        cursor = self.box.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        written = self.box.toPlainText()
        cursor.insertText(text if not written or written[-1].isspace() else f" {text}")


class CaptionEdit(QPlainTextEdit):
    """Text with a popup of sentences that go on from what is typed."""

    def __init__(self, theme: themes.Theme) -> None:
        super().__init__()
        self.spelling = Spelling(self, theme)
        self._sentences = QStringListModel(self)
        self._completer = QCompleter(self._sentences, self)
        self._popup = QListView()
        self._completer.setPopup(self._popup)
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.activated.connect(self._complete)
        named(self._popup, "caption.completions", "Sentences of the experts")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Type; with the popup open, Enter and Tab take a sentence and Esc puts it away."""
        popup = self._popup
        if popup.isVisible() and event.key() in (*_ACCEPT, Qt.Key.Key_Escape):
            if event.key() == Qt.Key.Key_Escape or not popup.currentIndex().isValid():
                popup.hide()
            else:
                self._complete(str(popup.currentIndex().data()))
            return
        super().keyPressEvent(event)
        if event.text().isprintable() and event.text():
            self._offer()
        else:
            popup.hide()

    def event(self, event: QEvent) -> bool:
        """A term of the glossary under the mouse is explained."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cursor = self.cursorForPosition(event.pos())
            cursor.select(QTextCursor.SelectionType.WordUnderCursor)
            told = self._told(cursor.selectedText(), cursor.selectionStart())
            if told:
                QToolTip.showText(event.globalPos(), told, self)
                return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, with other words on top where one is misspelled."""
        menu = self.createStandardContextMenu()
        at = self.cursorForPosition(event.pos()).position()
        wrong = self._misspelled_at(at)
        if wrong is not None and not self.isReadOnly():
            first = menu.actions()[0]
            for word in wrong.instead:
                action = menu.addAction(word)
                action.setObjectName(f"caption.instead.{word}")
                action.triggered.connect(partial(self._replace, wrong, word))
                menu.insertAction(first, action)
            menu.insertSeparator(first)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _told(self, word: str, at: int) -> str:
        wrong = self._misspelled_at(at)
        if wrong is not None:
            return f"'{wrong.word}': {', '.join(wrong.instead)}? The right button replaces it."
        meaning = phrases().meaning(word) if word else None
        return "" if meaning is None else f"<b>{meaning[0]}</b><br>{meaning[1]}"

    def _misspelled_at(self, at: int) -> Misspelling | None:
        found = misspelled(self.toPlainText())
        return next((m for m in found if m.start <= at <= m.start + len(m.word)), None)

    def _replace(self, wrong: Misspelling, word: str, _checked: bool = False) -> None:
        cursor = self.textCursor()
        cursor.setPosition(wrong.start)
        cursor.setPosition(wrong.start + len(wrong.word), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(word.capitalize() if wrong.word[0].isupper() else word)

    def _offer(self) -> None:
        """Sentences that go on from the one at the cursor."""
        begun = self._begun()
        found = phrases().completions(begun)
        popup = self._popup
        if not found or not self.textCursor().atEnd() or found == [begun]:
            popup.hide()
            return
        self._sentences.setStringList(found)
        place = self.cursorRect()
        place.setLeft(0)
        place.setWidth(self.viewport().width())
        self._completer.complete(place)

    def _begun(self) -> str:
        text = self.toPlainText()[: self.textCursor().position()]
        ends = max((text.rfind(mark) for mark in ".!?\n"), default=-1)
        return text[ends + 1 :].lstrip()

    def _complete(self, sentence: str) -> None:
        begun = self._begun()
        self._popup.hide()
        self.textCursor().insertText(sentence[len(begun) :])


class Spelling(QSyntaxHighlighter):
    """Underlines words that are probably others, misspelled."""

    def __init__(self, edit: QPlainTextEdit, theme: themes.Theme) -> None:
        super().__init__(edit.document())
        self._format = QTextCharFormat()
        self._format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        self._format.setUnderlineColor(QColor(theme.error))

    def dress(self, theme: themes.Theme) -> None:
        """Another theme."""
        self._format.setUnderlineColor(QColor(theme.error))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """One paragraph."""
        for wrong in misspelled(text):
            self.setFormat(wrong.start, len(wrong.word), self._format)
