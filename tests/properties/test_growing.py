"""However a cube came to its pairs - at once, bit by bit, sorted or not - it reads the same."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.annotate.session import EditSession
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter, sort_dates

SHAPE = (6, 8)
DAYS = [date(2020, 1, 1) + timedelta(days=6 * n) for n in range(8)]
ALL = [DatePair(first, second) for first in DAYS for second in DAYS if first < second]
LAYERS = ["insar_difference", "primary_date_surface_pressure"]

batches = st.lists(st.lists(st.sampled_from(ALL), max_size=3, unique=True), min_size=1, max_size=3)
orders = st.lists(st.booleans(), min_size=3, max_size=3)


def plane(pair: DatePair) -> np.ndarray:
    return np.full(SHAPE, ALL.index(pair) / 10 - 2.05, np.float32)


def pressure(day: date) -> np.ndarray:
    return np.full(SHAPE, 90_000 + 100 * DAYS.index(day), np.float32)


def fill(writer: CubeWriter | CubeAppender, pairs: list[DatePair]) -> None:
    for pair in pairs:
        for day in (pair.primary, pair.secondary):
            if not writer.done(LAYERS[1], day):
                writer.write(LAYERS[1], pressure(day), date=day)
        if not writer.done(LAYERS[0], pair):
            writer.write(LAYERS[0], plane(pair), pair=pair)
    writer.finish()


@settings(max_examples=8, deadline=None)
@given(batches, orders)
def test_growing_is_building(given_batches: list[list[DatePair]], sort: list[bool]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "106A_09048_000909.zarr"
        seed = [ALL[0], *given_batches[0]]
        writer = CubeWriter.start(
            out,
            frame="106A_09048_000909",
            geometry=Geometry(*SHAPE, 0.0, 0.0, 0.001, -0.001),
            dates=[day for pair in seed for day in (pair.primary, pair.secondary)],
            layers=LAYERS,
        )
        fill(writer, seed)
        captions = {}
        for number, (batch, sorted_first) in enumerate(zip(given_batches, sort, strict=False)):
            if sorted_first:
                sort_dates(out)
            days = [day for pair in batch for day in (pair.primary, pair.secondary)]
            fill(CubeAppender.start(out, dates=days, layers=LAYERS), batch)
            for pair in batch[:1]:
                session = EditSession.open(out, "ana", background=False)
                session.edit_label(pair, caption=f"batch {number}")
                session.close()
                captions[pair] = f"batch {number}"
        cube = CubeStore.open(out)
        wanted = sorted({*seed, *(pair for batch in given_batches for pair in batch)})
        assert list(cube.pairs) == wanted
        for pair in wanted:
            assert (cube.read_plane(LAYERS[0], pair) == plane(pair)).all()
            found = cube.read_plane(LAYERS[1], pair)
            np.testing.assert_allclose(found, pressure(pair.primary), atol=2)
            assert (cube.read_label(pair).caption or "") == captions.get(pair, "")
