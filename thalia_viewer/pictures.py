"""From the selection to the canvas: planes are read on threads, and only the newest is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.errors import CubeError
from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.looking import look_at
from thalia_viewer.looks import Look
from thalia_viewer.planes import Masks, Plane, Planes, holds_data, read_masks
from thalia_viewer.table.layers import layers_of, takes_long
from thalia_viewer.tasks import Tasks

if TYPE_CHECKING:
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.state import ViewState

READOUT = ("insar_difference", "insar_coherence", "dem")
_AHEAD, _BEHIND = 3, 1


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a person sees of a pair at once; without masks where they cannot be read."""

    cube: CubeStore
    pair: DatePair
    layer: str
    image: PlaneImage
    masks: Masks | None
    mask_problem: BaseException | None = None
    empty: bool = False
    """The layer holds no data at all for this pair, such as one that was deleted since."""


class Pictures(QObject):
    """Reads what the state selects.

    Args:
        state: The selection.
        tasks: Threads for reading.
        cache: Decoded planes.
        session: Gives the open session, or None.
        step: Gives the pair so many places on in the list, None beyond its ends.
        parent: Owner.
    """

    shown = Signal(object)
    """The newest Picture."""
    masks_read = Signal(object, object)
    """(DatePair, Masks): the masks of the shown pair from another source."""
    masks_failed = Signal(object)
    """Why those masks cannot be read."""
    values_read = Signal(object, object)
    """(DatePair, {layer: plane}) for the read-out."""
    failed = Signal(object)
    """Why the picture cannot be shown."""
    forgotten = Signal(object)
    """Layers that have to be computed again where they are shown."""

    def __init__(
        self,
        state: ViewState,
        tasks: Tasks,
        cache: PlaneCache,
        session: Callable[[], EditSession | None],
        step: Callable[[DatePair, int], DatePair | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._step = step
        self._tasks = tasks
        self.cache = cache
        self._session = session
        self.picture: Picture | None = None
        self.refused = False
        """There is no picture of the selection, and why was told."""
        self.companions: Callable[[CubeStore, DatePair], Iterable[tuple[str, DatePair]]]
        """Planes that are shown beside a pair, and read ahead with it."""
        self.companions = lambda _cube, _pair: ()

    @property
    def waiting(self) -> bool:
        """Whether the selected picture is not there yet."""
        return self._tasks.waiting("picture") or self._tasks.waiting("masks")

    def read(self) -> None:
        """Read the selected pair and layer; a request not yet answered is dropped."""
        cube, pair, layer = self._state.cube, self._state.pair, self._state.layer
        self._tasks.drop("masks")
        self._tasks.drop("values")
        if cube is None or pair is None or layer not in self._state.layers:
            self._tasks.drop("picture")
            self.picture = None
            return
        shown = self.picture  # while a pair is shown, its planes are under the hand
        anew = shown is None or (shown.cube, shown.pair) != (cube, pair)
        work = partial(
            _read_picture, cube, self.cache, self._session(), pair, layer, self._state.look, anew
        )
        self._tasks.latest("picture", work, self._show, self._fail)

    def read_masks(self) -> None:
        """Read the masks of the shown pair again: the session came, or its planes were dropped."""
        cube, pair = self._state.cube, self._state.pair
        if cube is None or pair is None:
            return
        if self._tasks.waiting("picture"):
            self.read()
            return
        work = partial(read_masks, cube, self._session(), pair)
        show = partial(self.masks_read.emit, pair)
        self._tasks.latest("masks", work, show, self.masks_failed.emit)

    def forget(self, layers: Collection[str]) -> None:
        """Computed layers do not hold any more: compute what is shown of them again."""
        self.cache.forget(lambda key: isinstance(key, tuple) and key[1] in layers)
        if self._state.layer in layers:
            self.read()
        self.forgotten.emit(layers)

    def _show(self, picture: Picture) -> None:
        self.picture, self.refused = picture, False
        self.shown.emit(picture)
        self._read_values(picture)
        self._read_ahead(picture)

    def _fail(self, error: BaseException) -> None:
        self.picture, self.refused = None, True
        self.failed.emit(error)

    def _read_values(self, picture: Picture) -> None:
        """What the read-out needs beside the shown layer, after the picture."""
        planes = Planes(picture.cube, self.cache)
        wanted = [name for name in READOUT if name in picture.cube.layers]

        def read() -> dict[str, Plane]:
            return {name: planes.values(name, picture.pair) for name in wanted}

        def show(values: dict[str, Plane]) -> None:
            self.values_read.emit(picture.pair, values)

        self._tasks.latest("values", read, show, self._fail_values)

    def _fail_values(self, error: BaseException) -> None:
        """A damaged companion plane: the read-out shows dashes, the layer itself will say why."""

    def _read_ahead(self, picture: Picture) -> None:
        self._tasks.read_ahead(self._likely_next(picture))

    def _likely_next(self, picture: Picture) -> Iterator[Callable[[], object]]:
        """What brings the planes and masks of the neighbours into memory."""
        planes, session = Planes(picture.cube, self.cache), self._session()
        layers = layers_of(picture.cube.layers)
        for near in self._neighbours(picture):
            beside = self.companions(picture.cube, near)
            own = ((picture.layer, near), ("insar_difference", near))
            for layer, pair in dict.fromkeys((*own, *beside)):
                if layer in layers and not takes_long(layer):
                    yield partial(planes.warm, layer, pair)
            if session is not None:
                yield partial(read_masks, picture.cube, session, near)

    def _neighbours(self, picture: Picture) -> Iterator[DatePair]:
        """Pairs that are likely next, nearest first."""
        way = self._state.direction
        if picture.cube is not self._state.cube:
            return
        steps = [way * n for n in range(1, _AHEAD + 1)] + [-way * n for n in range(1, _BEHIND + 1)]
        for n in steps:
            pair = self._step(picture.pair, n)
            if pair is not None:
                yield pair


def _read_picture(
    cube: CubeStore,
    cache: PlaneCache,
    session: EditSession | None,
    pair: DatePair,
    layer: str,
    look: Look,
    anew: bool,
) -> Picture:
    """On a thread, and on another one for the masks."""
    with ThreadPoolExecutor(1) as beside:
        waited = beside.submit(read_masks, cube, session, pair, anew=anew)
        image = look_at(cube, cache, layer, pair, look)
    empty = not holds_data(image.values)
    try:
        return Picture(cube, pair, layer, image, waited.result(), empty=empty)
    except CubeError as error:  # a damaged mask must not hide the picture
        return Picture(cube, pair, layer, image, None, error, empty)
