"""Further panels beside the picture: read with it, turned with it, edited like it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from thalia_viewer.canvas.layers import LayerStyle, Levels, PlaneImage
from thalia_viewer.canvas.view import Canvas
from thalia_viewer.derived import lacking
from thalia_viewer.features.feature import Feature
from thalia_viewer.reading import reading
from thalia_viewer.sights import MOST, PREDICTION, THIS, WHOSE, Sight, duty, more, title_of
from thalia_viewer.table.layers import takes_long

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.parts import Parts
    from thalia_viewer.pictures import Picture
    from thalia_viewer.theme import Theme

Request = tuple[object, ...]


class Panels(Feature):
    """Reads what the further panels show and keeps captions, menus and keys with it.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._shown: dict[int, Request] = {}
        self._held: dict[int, tuple[Request, PlaneImage]] = {}
        self._menus: list[QMenu] = []
        self._planes = parts.state.look.planes
        self._bind()
        self._connect()
        parts.pictures.companions = self._companions
        self._follow()

    @property
    def waiting(self) -> bool:
        """Whether the picture of a panel is not there yet."""
        return bool(self._held) or any(self.parts.reads.waiting(_task(n)) for n in self._numbers)

    def dress(self, theme: Theme) -> None:
        """Colours around the data."""
        for canvas in self.parts.deck.canvases[1:]:
            canvas.set_theme(theme)

    def memory(self) -> dict[str, Any]:
        """What the panels show."""
        return {"panels": [str(sight) for sight in self.parts.deck.sights]}

    # Asked by keys and menus

    def _bind(self) -> None:
        p, bind = self.parts, self.parts.actions.bind
        for count in range(1, MOST + 2):
            bind(f"split.{count}", partial(self._split, count))
        bind("split.duty", self._duty)
        bind("split.next", lambda: self._go(1))
        bind("split.previous", lambda: self._go(-1))
        bind("split.close", p.deck.close_panel)
        for whose in WHOSE:
            bind(f"split.{whose}", partial(p.deck.choose_pair, whose))
        bind("split.pin", self._pin)

    def _split(self, count: int) -> None:
        deck, state = self.parts.deck, self.parts.state
        if state.cube is not None and state.pair is not None:
            pairs = state.cube.pairs
            deck.show_sights(more(deck.sights, state.layers, pairs, state.pair, count - 1))
        self.parts.actions.check(f"split.{len(deck.sights) + 1}")

    def _duty(self) -> None:
        state = self.parts.state
        if "insar_difference" in state.layers:
            state.set_layer("insar_difference")
        self.parts.deck.show_sights(duty(state.layers))

    def _go(self, way: int) -> None:
        deck = self.parts.deck
        deck.activate(deck.active + way)
        deck.canvases[deck.active].setFocus()

    def _pin(self) -> None:
        deck, state = self.parts.deck, self.parts.state
        if deck.active == 0 or state.cube is None or state.pair is None:
            return
        pair = deck.sights[deck.active - 1].pair(state.cube.pairs, state.pair)
        deck.choose_pair(pair or state.pair)

    # Following

    def _connect(self) -> None:
        p, state = self.parts, self.parts.state
        p.deck.sights_changed.connect(self._follow)
        p.deck.activated.connect(self._show_active)
        state.cube_changed.connect(self._show_captions)
        state.pair_changed.connect(self._read)
        state.layer_changed.connect(self._show_captions)
        state.masks_changed.connect(self._show_looks)
        state.look_changed.connect(self._look_again)
        state.prediction_changed.connect(self._read)
        p.predictions.listed.connect(self._read)
        state.tool_changed.connect(self._show_tool)
        state.paint_changed.connect(p.deck.linked.refresh_cursors)
        state.radius_changed.connect(p.deck.linked.refresh_cursors)
        p.editor.changed.connect(p.deck.linked.refresh_cursors)
        p.actions["edit.undo"].triggered.connect(p.deck.linked.refresh_cursors)  # of a corner
        p.pictures.shown.connect(self._turn)
        p.pictures.failed.connect(self._release)
        p.pictures.forgotten.connect(self._forget)
        p.deck.linked.cursor_moved.connect(self._show_values)
        p.deck.linked.cursor_left.connect(self._show_no_values)

    def _follow(self) -> None:
        """Other panels, or others in them."""
        p = self.parts
        p.deck.make_room(self._make)
        p.actions.check(f"split.{len(p.deck.sights) + 1}")
        for n, canvas in enumerate(p.deck.canvases[1:], start=1):
            if n > len(p.deck.sights):
                p.reads.drop(_task(n))
                self._shown.pop(n, None)
                self._held.pop(n, None)
                canvas.clear()
        self._show_looks()
        self._show_tool(p.state.tool)
        self._read()
        for number in range(len(self._menus), len(p.deck.captions)):
            menu = p.deck.captions[number].menu
            menu.aboutToShow.connect(partial(self._fill_menu, number))
            self._menus.append(menu)

    def _make(self, number: int) -> Canvas:
        p = self.parts
        later = partial(p.reads.latest, f"settle {number}")
        canvas = Canvas(theme=p.canvas.theme, later=later, guest=True)
        canvas.set_look(p.state.look)
        canvas.setObjectName(f"canvas.{number + 1}")
        canvas.setAccessibleName(f"Panel {number + 1} of the picture")
        canvas.furniture.want(scale=False, classes=False)
        canvas.hand_changed.connect(p.canvas.hand_changed)
        return canvas

    @property
    def _numbers(self) -> range:
        return range(1, len(self.parts.deck.sights) + 1)

    # Reading

    def _look_again(self) -> None:
        """Other planes are wanted in the panels; colours are the canvas's own."""
        if self._planes != self.parts.state.look.planes:
            self._planes = self.parts.state.look.planes
            self._read()

    def _read(self) -> None:
        """Bring every panel to the chosen pair; a panel that shows it already is left alone."""
        for number, sight in zip(self._numbers, self.parts.deck.sights, strict=True):
            self._held.pop(number, None)
            self._read_panel(number, sight)
        self._show_captions()

    def _read_panel(self, number: int, sight: Sight) -> None:
        p = self.parts
        p.reads.drop(_task(number))
        wanted = reading(p, sight)
        if isinstance(wanted, str):
            self._clear(number, wanted)
        elif self._shown.get(number) != wanted.request:
            show = partial(self._arrived, number, wanted.request)
            p.reads.latest(_task(number), wanted.work, show, partial(self._failed, number))

    def _forget(self, layers: Collection[str]) -> None:
        """Computed layers do not hold any more."""
        for number, sight in zip(self._numbers, self.parts.deck.sights, strict=True):
            if sight.layer in layers:
                self._shown.pop(number, None)
                self._read_panel(number, sight)

    def _arrived(self, number: int, request: Request, image: PlaneImage) -> None:
        """All panels turn to another pair together: what comes before the first one waits."""
        self._held[number] = (request, image)
        if not self.parts.reads.waiting("picture"):
            self._release()

    def _turn(self, picture: Picture) -> None:
        """The first panel shows another pair: what takes long must not stay on the old one."""
        self._release()
        for number, sight in zip(self._numbers, self.parts.deck.sights, strict=True):
            image = self.parts.deck.canvases[number].image
            late = takes_long(sight.layer) and self.parts.reads.waiting(_task(number))
            meant = sight.pair(picture.cube.pairs, picture.pair)
            if late and image is not None and image.request != (meant, sight.layer):
                self._clear(number, f"Computing '{title_of(sight.layer)}'…")

    def _release(self, *_: object) -> None:
        held, self._held = self._held, {}
        for number, (request, image) in held.items():
            self._shown[number] = request
            self.parts.errors.settle(_task(number))
            self.parts.deck.linked.show(self.parts.deck.canvases[number], image)
        if held:  # their masks made the shared tool drop what it showed before it is confirmed
            self.parts.deck.linked.refresh_cursors()
        self._show_legends()

    def _failed(self, number: int, error: BaseException) -> None:
        told = lacking(self.parts.deck.sights[number - 1].layer, error)
        if told is not None:
            self._clear(number, told)
            return
        self._clear(number, "This layer cannot be read")
        self.parts.errors.report(error, "reading a panel", key=_task(number))

    def _clear(self, number: int, why: str) -> None:
        self._shown.pop(number, None)
        self.parts.deck.canvases[number].clear(why)

    def _companions(self, cube: CubeStore, pair: DatePair) -> Iterator[tuple[str, DatePair]]:
        for sight in self.parts.deck.sights:
            meant = sight.pair(cube.pairs, pair)
            if meant is not None and sight.layer != PREDICTION:
                yield sight.layer, meant
        if self.parts.state.look.by_coherence:
            yield "insar_coherence", pair

    # Showing

    def _show_looks(self) -> None:
        state = self.parts.state
        deck = self.parts.deck
        for canvas, sight in zip(deck.shown[1:], deck.sights, strict=True):
            canvas.set_mask_opacity(state.mask_opacity)
            canvas.set_mask_visible(state.masks_wanted)
            # Over another pair the mask says where to look, not what is there: only its outline.
            canvas.set_mask_contour(state.contour or sight.whose != THIS)
            canvas.peek(state.bare)

    def _show_legends(self) -> None:
        """One colour bar for what looks alike."""
        seen: set[tuple[LayerStyle, Levels]] = set()
        for canvas in self.parts.deck.shown:
            if canvas.image is not None:
                look = (canvas.image.style, canvas.image.levels)
                canvas.furniture.want(legend=look not in seen)
                seen.add(look)

    def _show_tool(self, tool: str) -> None:
        for canvas in self.parts.deck.shown[1:]:
            canvas.set_tool(self.parts.tools[tool])
        self.parts.deck.linked.refresh_cursors()  # the first canvas may show what was dropped

    def _show_captions(self, *_: object) -> None:
        p, deck, cube = self.parts, self.parts.deck, self.parts.state.cube
        deck.captions[0].show_sight(title_of(p.state.layer))
        for number, sight in zip(self._numbers, deck.sights, strict=True):
            shown = ""
            if sight.whose != THIS and cube is not None and p.state.pair is not None:
                pair = sight.pair(cube.pairs, p.state.pair)
                shown = "" if pair is None else f"{pair.primary} → {pair.secondary}"
            deck.captions[number].show_sight(title_of(sight.layer), shown)
        self._show_active()

    def _show_active(self, *_: object) -> None:
        """The marks of layers and pairs are those of the active panel."""
        p, deck = self.parts, self.parts.deck
        sight = self._sight(deck.active)
        if sight.layer != PREDICTION:
            p.actions.check(f"layer.{sight.layer}")
        p.actions.check("split.pin" if sight.whose not in WHOSE else f"split.{sight.whose}")
        p.strip.show_layer(title_of(sight.layer))
        if p.state.cube is not None:
            p.display.show_layers(p.state.layers, sight.layer)

    def _show_values(self, row: int, col: int) -> None:
        deck = self.parts.deck
        for canvas, caption in zip(deck.shown, deck.captions, strict=False):
            image = canvas.image
            caption.show_value("" if image is None else image.style.text(image.value(row, col)))

    def _show_no_values(self) -> None:
        for caption in self.parts.deck.captions:
            caption.show_value("")

    def _sight(self, number: int) -> Sight:
        deck = self.parts.deck
        return deck.sights[number - 1] if number else Sight(self.parts.state.layer)

    def _fill_menu(self, number: int) -> None:
        """The menu of a caption, when it opens: layers of the frame, then whose."""
        deck, sight = self.parts.deck, self._sight(number)
        menu = deck.captions[number].menu
        menu.clear()
        layers, pairs = QActionGroup(menu), QActionGroup(menu)
        predicted = (PREDICTION,) if number and self.parts.predictions.runs else ()
        for layer in (*self.parts.state.layers, *predicted):
            choice = self._choice(number, layer, title_of(layer), layers, layer == sight.layer)
            choice.triggered.connect(partial(self._choose_layer, number, layer))
        if number == 0:
            return
        menu.addSeparator()
        for whose, text in WHOSE.items():
            choice = self._choice(number, whose, text, pairs, whose == sight.whose)
            choice.triggered.connect(partial(self._choose_pair, number, whose))
        pin = self._choice(number, "pin", "Pin the pair shown now", pairs, sight.whose not in WHOSE)
        pin.triggered.connect(partial(self._pin_panel, number))
        menu.addSeparator()
        close = menu.addAction("Close this panel")
        close.setObjectName(f"caption.{number + 1}.close")
        close.triggered.connect(lambda: deck.close_panel(number))

    def _choice(
        self, number: int, name: str, text: str, group: QActionGroup, chosen: bool
    ) -> QAction:
        choice = QAction(text, group)
        choice.setObjectName(f"caption.{number + 1}.{name}")
        choice.setCheckable(True)
        choice.setChecked(chosen)
        self.parts.deck.captions[number].menu.addAction(choice)
        return choice

    def _choose_layer(self, number: int, layer: str, _checked: bool = False) -> None:
        self.parts.deck.choose_layer(layer, number)

    def _choose_pair(self, number: int, whose: str, _checked: bool = False) -> None:
        self.parts.deck.choose_pair(whose, number)

    def _pin_panel(self, number: int, _checked: bool = False) -> None:
        self.parts.deck.activate(number)
        self._pin()


def _task(number: int) -> str:
    return f"panel {number}"
