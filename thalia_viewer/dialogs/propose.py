"""Which pairs a mask is proposed to: by a date they share, or between two pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.bars import named
from thalia_viewer.wording import dates_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.cube.pairs import DatePair, PairIndex

LEAST_EVIDENCE = 0.25
"""On synthetic truth it leaves out two of three pairs without the deformation, and one of fifteen
with it."""
LEAST_COHERENCE = 0.3


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of the pairs of a frame.

    Attributes:
        pairs: All of them.
        coherence: (n,) mean coherence of each, NaN where unknown; None where nobody measured it.
        kinds: Names of the activity types that a pair shows.
        finished: Whether somebody finished a pair: done, accepted or rejected.
    """

    pairs: PairIndex
    coherence: NDArray[Any] | None
    kinds: Callable[[DatePair], tuple[str, ...]]
    finished: Callable[[DatePair], bool]

    def judged(self, pair: DatePair) -> bool:
        """Whether the pair shows a pattern already, or somebody is done with it."""
        return bool(self.kinds(pair)) or self.finished(pair)

    def coherence_of(self, pair: DatePair) -> float:
        """Mean coherence; 1 where nobody knows, so that ignorance leaves nothing out."""
        share = nan if self.coherence is None else float(self.coherence[self.pairs.position(pair)])
        return share if isfinite(share) else 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    Attributes:
        sources: The pair whose mask is copied, or the two between which masks are interpolated.
        pairs: To which it is proposed.
        least_evidence: Pairs whose phase says less are left out, 0 to 1.
    """

    sources: tuple[DatePair, ...]
    pairs: tuple[DatePair, ...]
    least_evidence: float

    def name(self, count: int) -> str:
        """The step in the words of the history."""
        what = "Propose mask" if len(self.sources) == 1 else "Propose masks between two"
        return f"{what} to {count:,} pair{'s' if count != 1 else ''}"


class _ProposeDialog(QDialog):
    """What both dialogs share: coherence, masks that are there, evidence, and the count.

    Args:
        pair: The shown pair.
        frame: Its pairs, what they show, their coherence.
        title: Of the window.
        prefix: Of the names of its parts.
        parent: Owner.
    """

    asked = Signal(object)
    """Propose: a Wish."""

    def __init__(
        self, pair: DatePair, frame: Frame, title: str, prefix: str, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        named(self, f"dialog.{prefix}", title)
        self.setWindowTitle(title)
        self._pair, self._frame, self._prefix = pair, frame, prefix
        measured = frame.coherence is not None and bool(np.isfinite(frame.coherence).any())
        self.which = QComboBox()
        self.coherent = QDoubleSpinBox()
        self.coherent.setRange(0.0, 1.0)
        self.coherent.setSingleStep(0.05)
        self.coherent.setValue(LEAST_COHERENCE if measured else 0.0)
        self.coherent.setEnabled(measured)
        self.unmasked = QCheckBox("Leave out pairs that are done or show a pattern")
        self.unmasked.setChecked(True)
        self.evidence = QDoubleSpinBox()
        self.evidence.setRange(0.0, 1.0)
        self.evidence.setSingleStep(0.05)
        self.evidence.setValue(LEAST_EVIDENCE)
        self.told = QLabel()
        self._buttons = QDialogButtonBox()
        self.go = self._buttons.addButton("Propose", QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        for widget, name, text, tip in (
            (self.which, "pairs", "Pairs", "Which pairs it is proposed to"),
            (
                self.coherent,
                "coherence",
                "Mean coherence at least",
                "Pairs with less mean coherence (0 to 1) are left out"
                if measured
                else "Nobody measured the coherence of these pairs yet",
            ),
            (self.unmasked, "unmasked", self.unmasked.text(), "By their labels and masks"),
            (
                self.evidence,
                "evidence",
                "Evidence at least",
                "What a pair's phase says for the mask, 0 to 1; 0 proposes it to all",
            ),
            (self.go, "go", "Propose", "Weigh the pairs, then propose; nothing becomes a label"),
            (cancel, "cancel", "Cancel", "Propose nothing"),
            (self.told, "told", "How many pairs", "How many pairs will be weighed"),
        ):
            named(widget, f"{prefix}.{name}", text)
            widget.setToolTip(tip)
        self._lay_out(title)
        self._buttons.accepted.connect(self._ask)
        self._buttons.rejected.connect(self.reject)
        self.which.currentIndexChanged.connect(lambda _: self._tell())
        self.coherent.valueChanged.connect(lambda _: self._tell())
        self.unmasked.toggled.connect(lambda _: self._tell())

    @property
    def sources(self) -> tuple[DatePair, ...]:
        """Where the mask comes from."""
        return (self._pair,)

    @property
    def candidates(self) -> Sequence[DatePair]:
        """Pairs that are meant, whatever their coherence."""
        return ()

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """Those of them that will be weighed."""
        return tuple(
            pair
            for pair in self.candidates
            if not (self.unmasked.isChecked() and self._frame.judged(pair))
            and self._frame.coherence_of(pair) >= self.coherent.value()
        )

    def _ask(self) -> None:
        self.asked.emit(Wish(self.sources, self.pairs, self.evidence.value()))
        self.accept()

    def _tell(self) -> None:
        meant, weighed = len(self.candidates), len(self.pairs)
        out = meant - weighed
        left = f", {out:,} {'is' if out == 1 else 'are'} left out" if out else ""
        self.told.setText(f"{weighed:,} pair{'s' if weighed != 1 else ''} will be weighed{left}.")
        self.go.setEnabled(weighed > 0)

    def _lay_out(self, title: str) -> None:
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.addRow("From", QLabel(dates_of(self._pair)))
        self._form.addRow("To", self.which)
        self._form.addRow("Coherence at least", self.coherent)
        self._form.addRow("Evidence at least", self.evidence)
        self._form.addRow("", self.unmasked)
        self.told.setProperty("role", "small")
        about = QLabel(
            "Proposals are drawn dashed and are no labels: each waits until somebody accepts or "
            "rejects it. All of them are one step that undo takes back."
        )
        about.setProperty("role", "small")
        about.setWordWrap(True)
        named(about, f"{self._prefix}.about", "What a proposal is")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(self._form)
        column.addWidget(self.told)
        column.addWidget(self._buttons)
        self.setMinimumWidth(self.fontMetrics().height() * 28)


class CopyDialog(_ProposeDialog):
    """Asks which pairs the masks of the shown one are for.

    Args:
        pair: The shown pair.
        frame: Its pairs.
        marked: Those marked in the list.
        listed: Those that the filter lets through.
        parent: Owner.
    """

    def __init__(
        self,
        pair: DatePair,
        frame: Frame,
        marked: Sequence[DatePair],
        listed: Sequence[DatePair],
        parent: QWidget | None = None,
    ) -> None:
        from thalia_core.annotate.copying import Shared, sharing

        super().__init__(pair, frame, "Copy mask to pairs", "copy_mask", parent)
        every = frame.pairs
        self._choices = {
            "Same primary date": sharing(every, pair, Shared.PRIMARY),
            "Same secondary date": sharing(every, pair, Shared.SECONDARY),
            "Either date": sharing(every, pair, Shared.EITHER),
            "All pairs in the list": [other for other in listed if other != pair],
        }
        chosen = [other for other in marked if other != pair]
        if chosen:
            self._choices = {"Pairs marked in the list": chosen, **self._choices}
        for text, pairs in self._choices.items():
            self.which.addItem(f"{text}: {len(pairs):,}", text)
        self._tell()

    @property
    def candidates(self) -> Sequence[DatePair]:
        """The pairs of the chosen kind."""
        return self._choices.get(self.which.currentData(), ())


class BetweenDialog(_ProposeDialog):
    """Asks between the shown pair and which other one.

    Args:
        pair: The shown pair.
        frame: Its pairs; those that show a pattern can be the other one.
        parent: Owner.
    """

    def __init__(self, pair: DatePair, frame: Frame, parent: QWidget | None = None) -> None:
        super().__init__(pair, frame, "Interpolate to another pair", "between", parent)
        others = [other for other in frame.pairs if other != pair and frame.kinds(other)]
        self.partners = sorted(others, key=self._nearness)
        """Pairs to interpolate to: those that share a date come first, then by their dates."""
        for other in self.partners:
            shared = [
                word
                for word, same in (
                    ("same primary", other.primary == pair.primary),
                    ("same secondary", other.secondary == pair.secondary),
                )
                if same
            ]
            self.which.addItem(" · ".join([dates_of(other), *shared]), other)
        self._tell()

    @property
    def sources(self) -> tuple[DatePair, ...]:
        """The shown pair and the chosen one."""
        other = self.which.currentData()
        return (self._pair,) if other is None else (self._pair, other)

    @property
    def candidates(self) -> Sequence[DatePair]:
        """The pairs between the two."""
        from thalia_core.annotate.copying import between

        sources = self.sources
        if len(sources) < 2:
            return ()
        return [pair for pair, _ in between(self._frame.pairs, *sources)]

    def _nearness(self, other: DatePair) -> tuple[bool, int]:
        alone = other.primary != self._pair.primary and other.secondary != self._pair.secondary
        days = abs((other.primary - self._pair.primary).days)
        return alone, days + abs((other.secondary - self._pair.secondary).days)
