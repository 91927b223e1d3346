"""The public index of the usable samples that have a product."""

import json
from pathlib import Path

from thalia_core.errors import BuildError


def read_index(path: Path) -> frozenset[int]:
    """The numbers of the usable samples that have a product.

    Args:
        path: The public time-series index: frame -> primary date -> ``uniqueID``.

    Raises:
        BuildError: It is no such file.
    """
    try:
        frames = json.loads(path.read_bytes())
        groups = [group for dates in frames.values() for group in dates.values()]
        return frozenset(int(number) for group in groups for number in group["uniqueID"])
    except OSError as error:
        raise BuildError("cannot read the index", where=path, why=error.strerror) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BuildError(
            "not a time-series index",
            where=path,
            why=f"{type(error).__name__}: {error}",
            fix="give the public quality_timeseries.json",
        ) from error
