"""The lines around the picture: header, message bar, tool strip and read-out."""

from collections import deque
from math import isfinite
from typing import ClassVar

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenuBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.errors import Message

DASH = "–"
_INFO_MS = 8000


def named(widget: QWidget, name: str, title: str) -> QWidget:
    """Give a widget its id and the name that a screen reader says."""
    widget.setObjectName(name)
    widget.setAccessibleName(title)
    return widget


def clearable(field: QLineEdit) -> None:
    """Give a field a button that clears it, named and seen on its ground."""
    field.setClearButtonEnabled(True)
    dark = field.palette().window().color().lightness() < 128
    theme = themes.DARK if dark else themes.LIGHT
    for button in field.findChildren(QToolButton):
        named(button, f"{field.objectName()}.clear", "Clear")
        button.setIcon(themes.icon("close", theme, theme.muted))


class ElidedLabel(QLabel):
    """A line of text that gives way when there is no room; the whole text is in its tip."""

    def setText(self, text: str) -> None:
        """The text, whole in the tip too."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Little: the text gives way."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much of the text as there is room for."""
        painter = QPainter(self)
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(self.alignment()), text)


class Header(QWidget):
    """Menus on the left; what is shown and whether it is saved on the right."""

    def __init__(self, menus: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "header", "What is shown")
        self.frame = ElidedLabel()
        self.title = ElidedLabel()
        self.pair = QLabel()
        self.save = ElidedLabel()
        for label, name, said in (
            (self.frame, "header.frame", "Frame"),
            (self.title, "header.title", "Volcanoes of the frame"),
            (self.pair, "header.pair", "Dates, days and perpendicular baseline"),
            (self.save, "header.save", "Saved or not"),
        ):
            named(label, name, said)
        self.frame.setProperty("role", "title")
        self.title.setProperty("role", "muted")
        self.pair.setFont(themes.digits(self.pair.font()))
        self.save.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        menus.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(14)
        row.addWidget(menus)
        row.addStretch(1)
        row.addWidget(self.frame)
        row.addWidget(self.title, 4)
        row.addStretch(1)
        row.addWidget(self.pair)
        row.addWidget(self.save)

    def show_frame(self, frame: str, title: str) -> None:
        """Which frame is open."""
        self.frame.setText(frame)
        self.frame.setMinimumWidth(self.frame.sizeHint().width())
        self.title.setText(f"· {title}" if title else "")

    def show_pair(self, text: str) -> None:
        """Which pair is shown."""
        self.pair.setText(text)

    def show_save(self, state: str, why: str = "") -> None:
        """``saved``, ``saving``, ``failed`` or ``read-only``, and why."""
        self.save.setText(f"{state}: {why}" if why else state)
        self.save.setToolTip(why or state)
        self.save.setProperty("save", state)
        self.save.setMaximumWidth(320)
        self.save.setMinimumWidth(min(self.save.sizeHint().width(), 320))
        self.save.style().unpolish(self.save)
        self.save.style().polish(self.save)


class MessageBar(QWidget):
    """One message at a time over the picture; the newest first, the others behind it."""

    resized = Signal()
    """It may need another height."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "message_bar", "Message")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._messages: deque[Message] = deque(maxlen=50)
        self._icon = QLabel()
        self.text = QLabel()
        named(self.text, "message_bar.text", "Message text")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        # What is merely told goes by itself; warnings and errors stay until they are put away.
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_INFO_MS)
        self._fade.timeout.connect(self._drop_infos)
        self._count = QLabel()
        self._count.setProperty("role", "small")
        self._close = QToolButton()
        named(self._close, "message_bar.close", "Close the message")
        self._close.setToolTip("Close this message")
        self._close.clicked.connect(self.close_message)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self._count)
        row.addWidget(self._close)
        self.dress(theme)
        self.hide()

    @property
    def message(self) -> Message | None:
        """The message that is shown."""
        return self._messages[-1] if self._messages else None

    def dress(self, theme: themes.Theme) -> None:
        """Use the icons of another theme."""
        self._theme = theme
        self._close.setIcon(themes.icon("close", theme))
        self._refresh()

    def tell(self, message: Message) -> None:
        """Show a message; one of the same key or text gives way to it."""
        self._messages = deque(
            (
                m
                for m in self._messages
                if m.text != message.text and not (message.key and m.key == message.key)
            ),
            maxlen=50,
        )
        self._messages.append(message)
        if message.level == "info":
            self._fade.start()
        self._refresh()

    def settle(self, key: str) -> None:
        """Take back the messages of a key."""
        self._messages = deque((m for m in self._messages if m.key != key), maxlen=50)
        self._refresh()

    def stop(self) -> None:
        """Show nothing more by itself."""
        self._fade.stop()

    def _drop_infos(self) -> None:
        self._messages = deque((m for m in self._messages if m.level != "info"), maxlen=50)
        self._refresh()

    def close_message(self) -> None:
        """Put the shown message away; the one before it comes back."""
        if self._messages:
            self._messages.pop()
        self._refresh()

    def _refresh(self) -> None:
        message = self.message
        self.setVisible(message is not None)
        if message is None:
            return
        self.setProperty("level", message.level)
        self.style().unpolish(self)
        self.style().polish(self)
        colour = self._theme.error if message.level == "error" else ""
        icon = themes.icon(f"message.{message.level}", self._theme, colour)
        self._icon.setPixmap(icon.pixmap(18, 18))
        self.text.setText(message.text)
        self.text.setAccessibleName(f"{message.level}: {message.text}")
        others = len(self._messages) - 1
        self._count.setText(f"{others} more" if others else "")
        self.resized.emit()


class Readout(QWidget):
    """Position and values under the cursor, each in its own place so that nothing jumps."""

    _FIELDS = (
        ("row", "Row", "row 00,000"),
        ("col", "Column", "col 00,000"),
        ("lon", "Longitude", "000.0000° W"),
        ("lat", "Latitude", "00.0000° N"),
        ("phase", "Wrapped phase in radians", "−0.00 rad"),
        ("coherence", "Coherence, 0 to 1", "coh 0.00"),
        ("height", "Height in metres", "−0,000 m"),
        ("layer", "Value of the layer", "0,000,000.0 K kg m-2"),
    )

    _MISSING: ClassVar[dict[str, str]] = {
        "row": f"row {DASH}",
        "col": f"col {DASH}",
        "phase": f"{DASH} rad",
        "coherence": f"coh {DASH}",
        "height": f"{DASH} m",
        "layer": "",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "readout", "Values under the cursor")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(10)
        self._labels: dict[str, QLabel] = {}
        for name, said, widest in self._FIELDS:
            label = QLabel(DASH)
            named(label, f"readout.{name}", said)
            label.setToolTip(said)
            label.setFont(themes.digits(label.font()))
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setProperty("widest", widest)
            self._labels[name] = label
            row.addWidget(label)
        row.addStretch(1)
        self._labels["layer"].setAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self._fit()
        self.show_values({})

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the places wide enough for another font."""
        self._fit()
        super().resizeEvent(event)

    def show_values(self, values: dict[str, str]) -> None:
        """Texts by field name; what is missing shows a dash."""
        for name, label in self._labels.items():
            label.setText(values.get(name, self._MISSING.get(name, DASH)))

    def text(self, name: str) -> str:
        """What a field shows."""
        return self._labels[name].text()

    def _fit(self) -> None:
        """Fixed sizes: else every text, at every move of the mouse, lays out the whole window."""
        for label in self._labels.values():
            metrics = QFontMetrics(label.font())
            width = metrics.horizontalAdvance(str(label.property("widest")))
            label.setFixedSize(width + 2, metrics.height())


def degrees(value: float, positive: str, negative: str) -> str:
    """A coordinate with its hemisphere, to about ten metres."""
    return f"{abs(value):.4f}° {positive if value >= 0 else negative}"


def number(value: float, unit: str, places: int = 0, prefix: str = "") -> str:
    """A number with thousands marks and unit, or a dash where there is none."""
    if not isfinite(value):
        return f"{prefix}{DASH}" if prefix else f"{DASH} {unit}".rstrip()
    shown = f"{value:,.{places}f}".replace("-", "−")
    return f"{prefix}{shown} {unit}".rstrip()
