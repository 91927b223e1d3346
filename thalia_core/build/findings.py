"""What does not fit, told by name instead of stopping the work."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was left out, and why.

    Attributes:
        where: The file, folder, sample or pair.
        why: What is wrong with it.
    """

    where: Path | str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"
