"""Several processes that train one model, each on its own GPU: started by ``torchrun``.

    torchrun --nproc_per_node=4 -m thalia_core.jobs.worker RUN

Each takes its share of every batch; the gradients are those of the whole batch, as if one process
had seen it. The first process alone tells news and saves states. Models with batch normalisation
see the statistics of the whole batch on GPUs; on the CPU torch has no such normalisation, and each
process sees those of its share.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import distributed, nn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group:
    """The processes of a run, and which of them this is."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this one tells and saves."""
        return self.rank == 0

    def rows(self, whole: int) -> slice:
        """Which of so many samples are this process's; the first where there are too few for all.

        That one then counts nothing: all processes take part in every step.
        """
        return slice(self.rank, None, self.size) if self.rank < whole else slice(0, 1)

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """The part of a batch that is this process's."""
        return items[self.rows(len(items))]

    def weight(self, whole: int) -> float:
        """What the mean loss over the own part counts, so that the group's mean is the batch's."""
        return self.size * len(range(self.rank, whole, self.size)) / whole

    def wrap(self, net: nn.Module, gpu: bool) -> nn.Module:
        """The model with gradients averaged over the group."""
        if self.size == 1:
            return net
        # a shared encoder weighs all scales, also those that a decoder does not look at
        unused = bool(getattr(net, "takes_days", False))
        return nn.parallel.DistributedDataParallel(
            net, broadcast_buffers=gpu, find_unused_parameters=unused
        )

    def normalised(self, net: nn.Module, gpu: bool) -> nn.Module:
        """The model with batch normalisation over the group, where there is one."""
        if self.size == 1 or not gpu:
            return net
        whole: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(net)  # type: ignore[no-untyped-call]
        return whole

    def any(self, asked: bool) -> bool:
        """Whether any process says so; all get the same answer."""
        return any(self.gather(asked)) if self.size > 1 else asked

    def gather(self, value: T) -> list[T]:
        """The values of all processes, in order."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        distributed.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()


ALONE = Group()
"""One process."""


def rank_of_environment() -> int:
    """Which process of a group ``torchrun`` made this; 0 without it."""
    return int(os.environ.get("RANK", "0"))


def local_index() -> int:
    """Which GPU of this machine is this process's."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def joined(gpu: bool) -> Iterator[Group]:
    """Be one of the processes that ``torchrun`` started; alone without it."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    if gpu:
        torch.cuda.set_device(local_index())
    distributed.init_process_group("nccl" if gpu else "gloo")
    try:
        yield Group(rank_of_environment(), size)
    finally:
        distributed.destroy_process_group()
