"""Where a run computes, and what it says about it."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thalia_core.errors import RunError


@dataclass(frozen=True, slots=True)
class Device:
    """A processor: the CPU, or a GPU with 16-bit arithmetic where that is safe."""

    torch: torch.device
    text: str

    @property
    def is_gpu(self) -> bool:
        """Whether it is not the CPU."""
        return self.torch.type == "cuda"

    def autocast(self) -> AbstractContextManager[object]:
        """bfloat16 on the GPU, nothing on the CPU."""
        if not self.is_gpu:
            return nullcontext()
        return torch.autocast("cuda", dtype=torch.bfloat16)

    def place(self, net: nn.Module) -> nn.Module:
        """The model on the device, in the memory order that its convolutions like best."""
        return net.to(self.torch, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    def send(self, batch: Tensor) -> Tensor:
        """A batch on the device."""
        return batch.to(self.torch, non_blocking=True)


def choose(wanted: str, threads: int = 0) -> Device:
    """The device of the settings.

    Args:
        wanted: ``auto``, ``cpu`` or ``cuda``.
        threads: Threads on the CPU; 0 leaves the choice to torch.

    Raises:
        RunError: A GPU is asked for and there is none.
    """
    if threads:
        torch.set_num_threads(threads)
    if wanted == "cuda" and not torch.cuda.is_available():
        raise RunError(
            "no usable GPU", why="torch finds no CUDA device", fix="set device to auto or cpu"
        )
    if wanted == "cpu" or not torch.cuda.is_available():
        n = torch.get_num_threads()
        return Device(torch.device("cpu"), f"CPU, {n} thread{'' if n == 1 else 's'}")
    return Device(torch.device("cuda"), f"{torch.cuda.get_device_name()}, bfloat16")
