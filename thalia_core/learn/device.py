"""Where a run computes, how exactly, and what it says about it."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thalia_core.errors import RunError

_MEMORY_WORDS = (
    *("out of memory", "not enough memory", "can't allocate memory"),
    # of a process that reads crops, ended by the system
    *("killed by signal: Killed", "out of shared memory"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A processor: the CPU, or a GPU, with 16-bit arithmetic where that is wanted and safe."""

    torch: torch.device
    text: str
    half: bool = False

    @property
    def is_gpu(self) -> bool:
        """Whether it is not the CPU."""
        return self.torch.type == "cuda"

    def autocast(self) -> AbstractContextManager[object]:
        """Arithmetic in bfloat16 where it is safe, or nothing."""
        return torch.autocast(self.torch.type, dtype=torch.bfloat16) if self.half else nullcontext()

    def place(self, net: nn.Module) -> nn.Module:
        """The model on the device, in the memory order that its convolutions like best."""
        return net.to(self.torch, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    def send(self, batch: Tensor) -> Tensor:
        """A batch on the device."""
        return batch.to(self.torch, non_blocking=True)

    def memory_gb(self) -> float:
        """The most memory used so far: of the GPU, or of this process."""
        if self.is_gpu:
            return torch.cuda.max_memory_allocated(self.torch) / 1e9
        try:
            import resource
        except ImportError:  # Windows does not tell
            return float("nan")
        # kilobytes on Linux, bytes on macOS
        unit = 1024 if os.uname().sysname == "Linux" else 1
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def choose(wanted: str, threads: int = 0, precision: str = "auto", index: int = 0) -> Device:
    """The device of the settings.

    Args:
        wanted: ``auto``, ``cpu`` or ``cuda``.
        threads: Threads on the CPU; 0 leaves the choice to torch.
        precision: ``auto`` (bfloat16 on a GPU), ``float32`` or ``bfloat16``.
        index: Which of several GPUs.

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
        n, half = torch.get_num_threads(), precision == "bfloat16"
        text = f"CPU, {n} thread{'' if n == 1 else 's'}{', bfloat16' if half else ''}"
        return Device(torch.device("cpu"), text, half)
    half = precision != "float32"
    text = f"{torch.cuda.get_device_name(index)}, {'bfloat16' if half else 'float32'}"
    return Device(torch.device("cuda", index), text, half)


def be_deterministic(wanted: bool) -> None:
    """Use only algorithms that give the same result every time; torch names one that cannot."""
    if wanted:
        # cuBLAS reads it when it begins
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(wanted)
    torch.backends.cudnn.benchmark = not wanted


@contextmanager
def memory_explained(used: str) -> Iterator[None]:
    """Say what to do when memory runs out.

    Args:
        used: What was asked for, in words.

    Raises:
        RunError: It ran out.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # torch's own errors of this kind are RuntimeErrors, with many texts
        if not isinstance(error, MemoryError) and not any(w in str(error) for w in _MEMORY_WORDS):
            raise
        raise RunError(
            "not enough memory",
            why=f"{used}: {str(error).strip().splitlines()[0] if str(error) else 'refused'}"[:300],
            fix="halve [training] batch, then [input] crop, or raise [input] decimate; on a GPU "
            "[training] precision = 'bfloat16' takes half, and fewer [training] workers spare the "
            "main memory; then resume the run",
        ) from error
