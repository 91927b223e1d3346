"""Steps along a primary or a secondary date, over pairs that are not wanted."""

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from thalia_core.cube.pairs import DatePair, PairIndex

DAYS = [date(2020, 1, 1) + timedelta(days=6 * n) for n in range(7)]
ALL = [DatePair(*days) for days in combinations(DAYS, 2)]
pairs_of = st.sets(st.sampled_from(ALL), min_size=1)


@given(st.data(), pairs_of, st.sampled_from([-1, 1]))
def test_a_step_is_the_nearest_wanted_pair_in_its_direction(data, pairs, n):
    index, wanted = PairIndex(sorted(pairs)), data.draw(pairs_of)
    pair = data.draw(st.sampled_from(sorted(pairs)))
    for step, same, other in (
        (index.along_primary, "primary", "secondary"),
        (index.along_secondary, "secondary", "primary"),
    ):
        beyond = [
            p
            for p in pairs & wanted
            if getattr(p, same) == getattr(pair, same)
            and (getattr(p, other) - getattr(pair, other)).days * n > 0
        ]
        nearest = min(beyond, key=lambda p: abs(p.days - pair.days), default=pair)
        assert step(pair, n, wanted.__contains__) == nearest


@given(pairs_of)
def test_all_are_wanted_where_nothing_is_said_and_the_ends_hold(pairs):
    index = PairIndex(sorted(pairs))
    for pair in pairs:
        group = sorted(p for p in pairs if p.primary == pair.primary)
        assert index.along_primary(pair, 100) == group[-1]
        assert index.along_primary(pair, -100) == group[0]
