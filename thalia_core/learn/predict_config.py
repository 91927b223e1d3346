"""What a prediction shall do: frozen settings, read from and written to TOML. No torch here."""

from dataclasses import dataclass
from pathlib import Path

from thalia_core.learn.config import DEVICES, require
from thalia_core.learn.options import Problem, check, option, parse, write


@dataclass(frozen=True, slots=True)
class PredictConfig:
    """Settings of a prediction: which run, on which pairs of which cube."""

    job: str = option("", "job", "text", "predict", "what this file asks for", choices=("predict",))
    run: str = option("predict", "run", "text", "", "folder of the training run")
    members: tuple[str, ...] = option(
        "predict",
        "members",
        "texts",
        (),
        "folders of more runs that look, too: their mean, and doubt",
    )
    flips: bool = option(
        "predict", "flips", "flag", False, "look four times, turned over: the mean, and the doubt"
    )
    readers: int = option("predict", "readers", "int", 2, "threads that read ahead", low=1, high=64)
    cube: str = option("predict", "cube", "text", "", "the cube, or the folder of cubes")
    pairs: tuple[str, ...] = option(
        "predict", "pairs", "texts", (), "pairs such as 20240211_20240306; empty: all"
    )
    checkpoint: str = option(
        "predict", "checkpoint", "text", "best", "which state of the run", choices=("best", "last")
    )
    device: str = option(
        "predict", "device", "text", "auto", "auto: the GPU where there is one", choices=DEVICES
    )
    threads: int = option(
        "predict", "threads", "int", 0, "threads on the CPU; 0: all", low=0, high=1024
    )

    @classmethod
    def from_toml(cls, text: str, where: str | Path = "configuration") -> "PredictConfig":
        """Read settings from TOML text.

        Raises:
            ConfigError: An unknown key or a wrong value.
        """
        return parse(cls, text, where)

    def to_toml(self) -> str:
        """The settings as TOML."""
        return write(self)

    def validate(self) -> list[Problem]:
        """What is wrong, field by field."""
        problems = check(self)
        named = [
            ("run", self.run),
            *(("members", run) for run in self.members),
            ("cube", self.cube),
        ]
        for name, folder in named:
            if not folder or not Path(folder).is_dir():
                problems.append(Problem(name, f"no such folder: {folder or '(none)'}"))
        return problems

    def require_valid(self, where: str | Path = "configuration") -> None:
        """Raise the first of the problems.

        Raises:
            ConfigError: ``validate`` found something.
        """
        require(self.validate(), self, where)
