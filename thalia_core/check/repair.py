"""Mending what can be mended without guessing."""

from pathlib import Path

from thalia_core.annotate.session import EditSession
from thalia_core.check.cube import check_cube
from thalia_core.check.defects import FIXABLE, Defect
from thalia_core.cube.locking import cube_locked
from thalia_core.cube.store import CubeStore, probe, sort_dates
from thalia_core.cube.store.coherence import record_means
from thalia_core.cube.store.sorting import finish_sorting
from thalia_core.errors import EditError

_PATIENCE_S = 30


def repair(path: Path, defects: list[Defect]) -> list[Defect]:
    """Mend what is in ``FIXABLE``; the defects that were, in their order.

    Raises:
        ThaliaError: The cube cannot be written, or another process writes to it.
    """
    kinds = {defect.kind for defect in defects} & FIXABLE
    if not kinds:
        return []
    cube = CubeStore.open(path, writable=True)
    if cube.read_only_reason:
        raise EditError("cannot mend the cube", where=path, why=cube.read_only_reason)
    if "journal-open" in kinds:
        EditSession.open(cube, "check", background=False).close()
    _under_lock(cube, kinds, [d.where for d in defects if d.kind == "legend-missing"])
    if "dates-unsorted" in kinds:
        sort_dates(path)
    left = {(d.kind, d.where) for d in check_cube(path, quick=True)}
    return [d for d in defects if d.kind in kinds and (d.kind, d.where) not in left]


def restore(folder: Path) -> list[Path]:
    """Cubes of a folder that a crash while sorting had taken from their place, put back."""
    sidecars = [folder.with_name(folder.name.removesuffix(".zarr") + ".thalia")]
    if folder.is_dir():
        sidecars += sorted(folder.glob("*.thalia"))
    cubes = [
        sidecar.with_name(sidecar.name.removesuffix(".thalia") + ".zarr") for sidecar in sidecars
    ]
    return [cube for cube in cubes if finish_sorting(cube)]


def _under_lock(cube: CubeStore, kinds: set[str], legends: list[str]) -> None:
    with cube_locked(cube.sidecar, cube.path, _PATIENCE_S):
        if "partial-file" in kinds:
            probe.remove_partials(cube)
        for name in legends:
            probe.write_legend(cube, name)
        if "coherence-unmeasured" in kinds:
            record_means(cube)
        if "metadata-stale" in kinds:
            probe.consolidate(cube)
