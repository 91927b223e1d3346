"""A plate over the upper edge of the picture: what is proposed for the pair, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from thalia_core.cube import schema
from thalia_viewer.bars import ElidedLabel, named
from thalia_viewer.canvas.masks import (
    CLASS_COLOURS,
    CLASS_NAMES,
    INTENSITY_NAMES,
    UNKNOWN_COLOUR,
)

if TYPE_CHECKING:
    from thalia_core.annotate.patch import Scalar
    from thalia_core.annotate.proposals import Proposal

_TOP, _SIDES = 48, 12
"""Below the caption and the messages, which come and go."""
_LONGEST = 24
"""Characters of a value that is told; of a longer one only the name of the field is."""


class OfferBar(QFrame):
    """Words about one proposal, and the buttons that accept and reject it.

    Args:
        canvas: Over which it lies.
        accept: The action that accepts.
        reject: The action that rejects.
    """

    def __init__(self, canvas: QWidget, accept: QAction, reject: QAction) -> None:
        super().__init__(canvas)
        named(self, "offer", "What is proposed for this pair")
        self.setProperty("role", "offer")
        self._canvas = canvas
        self.text, self.detail = QLabel(), ElidedLabel()
        named(self.text, "offer.text", "What is proposed")
        named(self.detail, "offer.detail", "Why, and how much the phase speaks for it")
        self.detail.setProperty("role", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 5, 4)
        row.setSpacing(10)
        row.addWidget(self.text)
        row.addWidget(self.detail, 1)
        self._buttons = [(self._button(action), action) for action in (accept, reject)]
        for button, _ in self._buttons:
            row.addWidget(button)
        canvas.installEventFilter(self)
        self.hide()

    def say(self, text: str, detail: str) -> None:
        """Show it with these words (rich text, then plain)."""
        self.text.setText(text)
        self.detail.setText(detail)
        self.detail.setMinimumWidth(0)
        for button, action in self._buttons:
            key = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
            word = action.text().split()[0]
            button.setText(f"{word}  {key}" if key else word)
        self.show()
        self.raise_()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle of the upper edge."""
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self._place()
        return False

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        named(button, f"offer.{action.objectName()}", action.text())
        button.setToolTip(action.toolTip())
        button.clicked.connect(lambda: action.trigger())
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        return button

    def _place(self) -> None:
        self.ensurePolished()
        detail = self.detail.fontMetrics().horizontalAdvance(self.detail.text()) + 6
        wanted = self.sizeHint().width() - self.detail.sizeHint().width() + detail
        width = min(wanted, max(self._canvas.width() - 2 * _SIDES, self.minimumSizeHint().width()))
        height = self.sizeHint().height()
        left = max((self._canvas.width() - width) // 2, 0)
        self.setGeometry(left, _TOP, width, height)


def proposal_words(proposal: Proposal, count: int = 1) -> tuple[str, str]:
    """What is proposed as rich text, and where it comes from.

    Args:
        proposal: The one that is asked about.
        count: How many wait for the pair.
    """
    classes = dict.fromkeys((paint.activity, paint.intensity) for _, paint in proposal.shapes)
    told = [_class(*codes) for codes in classes]
    told += [_field(name, value) for name, value in proposal.fields.items()]
    head = "Proposed" if count == 1 else f"Proposed, 1 of {count}"
    parts = [] if proposal.score is None else [f"evidence {proposal.score:.2f}"]
    parts += [proposal.why] if proposal.why else []
    return f"{head}: {', '.join(told)}", " · ".join(parts)


def _class(activity: int, intensity: int) -> str:
    colour = CLASS_COLOURS.get(activity, UNKNOWN_COLOUR)
    name = CLASS_NAMES.get(activity, f"code {activity}")
    level = f" {INTENSITY_NAMES[intensity].lower()}" if intensity else ""
    return f'<span style="color:{colour}">■</span> {name}{level}'


def _field(name: str, value: Scalar) -> str:
    words = schema.legend(name) if schema.VARIABLES[name].flags else {}
    shown = str(words.get(value, value) if isinstance(value, int) else value)
    said = f" “{shown}”" if len(shown) <= _LONGEST else ""
    return f"{name.replace('_', ' ')}{said}".replace("<", "&lt;")
