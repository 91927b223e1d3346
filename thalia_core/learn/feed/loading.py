"""A loader of batches that passes on what its processes have to complain of, as it was said.

Left alone, torch turns an error of a reading process into a text with its trace, and the words for
the person, who could put the lost cube back, are at its end.
"""

from collections.abc import Iterator
from typing import Any, cast

from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from thalia_core.errors import ThaliaError

Batch = dict[str, Tensor]

_TOLD = (ThaliaError, OSError, MemoryError)


class Telling(Dataset[Any]):
    """Samples; an error that somebody can act on takes the place of the sample it is about."""

    def __init__(self, samples: Dataset[Batch]) -> None:
        self._samples = samples

    def __getitem__(self, draw: Any) -> Batch | BaseException:
        try:
            return self._samples[draw]
        except _TOLD as error:
            return error


class Loader(DataLoader[Batch]):
    """Batches of samples.

    Args:
        samples: The samples.
        options: Those of torch's loader.
    """

    def __init__(self, samples: Dataset[Batch], **options: Any) -> None:
        super().__init__(Telling(samples), collate_fn=_collate, **options)

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        """The batches.

        Raises:
            ThaliaError: A sample cannot be read; so the system's own errors.
        """
        for batch in super().__iter__():
            if isinstance(batch, BaseException):
                raise batch
            yield batch


def _collate(items: list[Batch | BaseException]) -> Batch | BaseException:
    errors = (item for item in items if isinstance(item, BaseException))
    return next(errors, None) or cast("Batch", default_collate(items))
