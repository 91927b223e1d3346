"""Decoded planes in memory: what was forgotten does not come back."""

import numpy as np

from thalia_core.cube.planes import PlaneCache


def plane(value: float) -> np.ndarray:
    return np.full((4, 4), value, np.float32)


def test_a_plane_is_read_once_and_the_oldest_goes_first():
    cache = PlaneCache(2 * plane(0).nbytes)
    for key in "abac":
        cache.get(key, lambda: plane(1))
    assert [key in cache for key in "abc"] == [True, False, True]
    assert cache.nbytes == cache.max_bytes


def test_what_was_being_read_when_it_was_forgotten_is_not_kept():
    cache = PlaneCache(2**20)

    def read() -> np.ndarray:
        cache.forget(lambda key: key == "fit")
        return plane(1)

    assert cache.get("fit", read)[0, 0] == 1
    assert "fit" not in cache
    assert cache.get("fit", lambda: plane(2))[0, 0] == 2
    assert cache.get("fit", lambda: plane(3))[0, 0] == 2
