"""What a training shall do: frozen settings with the published defaults, kept as TOML.

Defaults are the recipe of the Thalia paper: temporal split by primary date, base channels, AdamW at
a constant 1e-5, focal loss, 512-pixel crops, balanced epochs. Nothing here imports torch.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from thalia_core.cube.durable import write_bytes
from thalia_core.errors import ConfigError
from thalia_core.learn import names
from thalia_core.learn.options import Problem, check, option, options_of, parse, write

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")
SPLITS = ("train", "val", "test")

_NO_WEIGHTS, _IMAGENET = "none", "imagenet"
_PROBABILITY = {"low": 0.0, "high": 1.0}


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a training run; the text beside each field is also its line in a dialog."""

    job: str = option("", "job", "text", "train", "what this file asks for", choices=("train",))

    cubes: tuple[str, ...] = option(
        "data", "cubes", "texts", (), "cubes, or folders of cubes; relative to the settings file"
    )
    split: str = option(
        "data",
        "split",
        "text",
        names.DATES,
        "the frames and dates named below, or as published: by time, or with regions left out",
        choices=names.SPLITS_BY,
    )
    train_frames: tuple[str, ...] = option(
        "data", "train_frames", "texts", (), "frames to train on; empty: all not named below"
    )
    val_frames: tuple[str, ...] = option(
        "data", "val_frames", "texts", (), "frames that choose the best checkpoint; empty: likewise"
    )
    test_frames: tuple[str, ...] = option(
        "data", "test_frames", "texts", (), "frames held out for the final figures; empty: likewise"
    )
    train_dates: tuple[date, date] | None = option(
        "data",
        "train_dates",
        "dates",
        (date(2014, 1, 1), date(2019, 5, 31)),
        "first and last primary date to train on; empty: all",
    )
    val_dates: tuple[date, date] | None = option(
        "data",
        "val_dates",
        "dates",
        (date(2019, 6, 1), date(2019, 12, 31)),
        "first and last primary date for validation; empty: all",
    )
    test_dates: tuple[date, date] | None = option(
        "data",
        "test_dates",
        "dates",
        (date(2020, 1, 1), date(2021, 12, 31)),
        "first and last primary date for the test; empty: all",
    )
    balanced: bool = option(
        "data", "balanced", "flag", True, "each epoch takes all positives and as many negatives"
    )
    repeat: int = option(
        "data", "repeat", "int", 1, "fresh crops of each sample in an epoch", low=1, high=1000
    )

    channels: tuple[str, ...] = option(
        "input",
        "channels",
        "texts",
        names.BASE_CHANNELS,
        "layers the model sees",
        choices=names.CHANNELS,
    )
    phase_encoding: str = option(
        "input",
        "phase_encoding",
        "text",
        names.SCALAR,
        "wrapped phase as one number (published) or as its cosine and sine",
        choices=names.ENCODINGS,
    )
    statistics: str = option(
        "input",
        "statistics",
        "text",
        "published",
        "mean and deviation of each channel",
        choices=("published", "training"),
    )
    series: int = option(
        "input", "series", "int", 1, "pairs of one primary date seen together", low=1, high=16
    )
    target: str = option(
        "input",
        "target",
        "text",
        names.UNION,
        "where a series deforms: at any step, the last, the one with most pixels, or each",
        choices=names.TARGETS,
    )
    crop: int = option(
        "input", "crop", "int", 512, "side of the square the model sees", low=16, high=4096
    )
    decimate: int = option(
        "input", "decimate", "int", 1, "pixels averaged to one, per side", low=1, high=64
    )

    task: str = option(
        "model", "task", "text", names.SEGMENTATION, "what is learned", choices=names.TASKS
    )
    model: str = option("model", "name", "text", "unet", "which model", choices=tuple(names.MODELS))
    fusion: str = option(
        "model",
        "fusion",
        "text",
        names.EARLY,
        "weather stacked on the other channels (published), or an encoder of its own",
        choices=names.FUSIONS,
    )
    temporal: str = option(
        "model",
        "temporal",
        "text",
        names.STACKED,
        "steps of a series stacked as channels (published), or one encoder that knows the days",
        choices=names.TEMPORALS,
    )
    pretrained: str = option(
        "model",
        "pretrained",
        "text",
        _IMAGENET,
        "weights to start from: none, imagenet, a file, or a folder of files",
    )

    epochs: int = option("training", "epochs", "int", 90, "epochs", low=1, high=100_000)
    steps: int = option(
        "training",
        "steps",
        "int",
        0,
        "end after so many steps; 0: after the epochs",
        low=0,
        high=100_000_000,
    )
    batch: int = option("training", "batch", "int", 16, "samples in a step", low=1, high=4096)
    lr: float = option("training", "lr", "float", 1e-5, "learning rate", low=1e-9, high=10.0)
    schedule: str = option(
        "training",
        "schedule",
        "text",
        "constant",
        "course of the learning rate",
        choices=("constant", "cosine"),
    )
    weight_decay: float = option(
        "training", "weight_decay", "float", 1e-2, "decoupled weight decay", low=0.0, high=1.0
    )
    loss: str = option(
        "training",
        "loss",
        "text",
        "auto",
        "auto: what the paper used for the model",
        choices=("auto", names.FOCAL, names.CROSS_ENTROPY),
    )
    focal_gamma: float = option(
        "training", "focal_gamma", "float", 2.0, "focusing of the focal loss", low=0.0, high=10.0
    )
    focal_alpha: float = option(
        "training", "focal_alpha", "float", 0.25, "weight of the deformation class", **_PROBABILITY
    )
    confidence_weighted: bool = option(
        "training",
        "confidence_weighted",
        "flag",
        False,
        "a sample counts as much as its annotator was sure of it",
    )
    boundary_tolerance: int = option(
        "training",
        "boundary_tolerance",
        "int",
        0,
        "pixels on both sides of a mask's border that count nothing; 0: all count",
        low=0,
        high=64,
    )
    clip: float = option(
        "training", "clip", "float", 0.0, "largest norm of the gradients; 0: any", low=0.0, high=1e6
    )
    patience: int = option(
        "training",
        "patience",
        "int",
        0,
        "end after so many epochs without a better validation loss; 0: never early",
        low=0,
        high=100_000,
    )
    precision: str = option(
        "training",
        "precision",
        "text",
        "auto",
        "of the arithmetic; auto: bfloat16 on a GPU",
        choices=PRECISIONS,
    )
    compile: bool = option(
        "training", "compile", "flag", False, "have torch compile the model: slow start, then fast"
    )
    deterministic: bool = option(
        "training",
        "deterministic",
        "flag",
        False,
        "only algorithms that give the same result every time; slower on a GPU",
    )
    seed: int = option("training", "seed", "int", 0, "of all that is random", low=0, high=2**31)
    device: str = option(
        "training", "device", "text", "auto", "auto: the GPU where there is one", choices=DEVICES
    )
    threads: int = option(
        "training", "threads", "int", 0, "threads on the CPU; 0: all", low=0, high=1024
    )
    workers: int = option(
        "training", "workers", "int", 2, "processes that read crops; 0: none", low=0, high=256
    )
    save_minutes: float = option(
        "training", "save_minutes", "float", 5.0, "minutes between saved states", low=0.0, high=1e4
    )

    augment: bool = option("augment", "on", "flag", True, "vary the training crops")
    augment_phase: str = option(
        "augment",
        "phase",
        "text",
        names.PHASOR,
        "wrapped phase is resampled as an angle, or as a number that jumps at half a turn",
        choices=names.ENCODINGS,
    )
    blur: float = option(
        "augment", "blur", "float", 0.3, "probability of a Gaussian blur", **_PROBABILITY
    )
    resized_crop: float = option(
        "augment", "resized_crop", "float", 0.3, "probability of a resized crop", **_PROBABILITY
    )
    flip_horizontal: float = option(
        "augment", "flip_horizontal", "float", 0.3, "probability of a flip", **_PROBABILITY
    )
    flip_vertical: float = option(
        "augment", "flip_vertical", "float", 0.3, "probability of a flip", **_PROBABILITY
    )
    rotation: float = option(
        "augment",
        "rotation",
        "float",
        0.6,
        "probability of a rotation by up to 90 degrees",
        **_PROBABILITY,
    )

    source: str = option(
        "feed",
        "source",
        "text",
        names.CACHE,
        "crops from a cache made at the start, straight from the cubes, or from shards",
        choices=names.SOURCES,
    )
    shards: str = option(
        "feed", "shards", "text", "", "folder of shards in the published WebDataset layout"
    )

    cache: str = option(
        "feed", "cache", "text", "", "folder of the crop cache; empty: beside the folder of the run"
    )
    cache_gb: float = option(
        "feed",
        "cache_gb",
        "float",
        100.0,
        "what the crop cache may take; what was not used for longest goes first",
        low=0.0,
        high=1e6,
    )

    @classmethod
    def from_toml(cls, text: str, where: str | Path = "configuration") -> "TrainConfig":
        """Read settings from TOML text; paths stay as written.

        Raises:
            ConfigError: An unknown key or a wrong value.
        """
        return parse(cls, text, where)

    @classmethod
    def load(cls, path: Path) -> "TrainConfig":
        """Read settings from a file; relative paths are taken from the file's folder.

        Raises:
            ConfigError: No such file, an unknown key or a wrong value.
        """
        config = cls.from_toml(_read(path), path)
        base = path.absolute().parent
        pretrained = config.pretrained
        if pretrained not in (_NO_WEIGHTS, _IMAGENET):
            pretrained = str(base / pretrained)
        cubes = tuple(str(base / cube) for cube in config.cubes)
        shards = str(base / config.shards) if config.shards else ""
        cache = str(base / config.cache) if config.cache else ""
        return replace(config, cubes=cubes, pretrained=pretrained, shards=shards, cache=cache)

    def to_toml(self) -> str:
        """The settings as TOML, each key with its explanation."""
        return write(self)

    def save(self, path: Path) -> None:
        """Write the settings to a file, whole or not at all."""
        write_bytes(path, self.to_toml().encode())

    @property
    def loss_name(self) -> str:
        """The loss, with ``auto`` resolved."""
        return names.MODELS[self.model].loss if self.loss == "auto" else self.loss

    def frames(self, split: str) -> tuple[str, ...]:
        """Frames named for ``train``, ``val`` or ``test``."""
        return {"train": self.train_frames, "val": self.val_frames, "test": self.test_frames}[split]

    def dates(self, split: str) -> tuple[date, date] | None:
        """Range of primary dates of ``train``, ``val`` or ``test``; None for all."""
        return {"train": self.train_dates, "val": self.val_dates, "test": self.test_dates}[split]

    def validate(self) -> list[Problem]:
        """What is wrong, field by field; empty when the run can start."""
        problems = check(self)
        if problems:
            return problems
        return [*self._data_problems(), *self._model_problems()]

    def _data_problems(self) -> list[Problem]:
        if self.source == names.WEBDATASET:
            if self.shards and Path(self.shards).is_dir():
                return []
            return [Problem("shards", f"no such folder: {self.shards or '(none)'}")]
        found = []
        if not self.cubes:
            found.append(Problem("cubes", "name at least one cube or folder of cubes"))
        for path in self.cubes:
            if not Path(path).exists():
                found.append(Problem("cubes", f"no such file or folder: {path}"))
        for split in ("val", "test") if self.split == names.DATES else ():
            if not self.frames(split) and self.dates(split) is None:
                if split == "val":
                    text = "name validation frames, or the dates of the validation split"
                    found.append(Problem("val_frames", text))
            elif set(self.frames(split)) == set(self.train_frames) and _overlap(
                self.train_dates, self.dates(split)
            ):
                found.append(Problem(f"{split}_dates", "overlap the training dates"))
        return found

    def _model_problems(self) -> list[Problem]:
        found = []
        model = names.MODELS[self.model]
        if model.task != self.task:
            fitting = ", ".join(names.models_of(self.task))
            text = f"{model.title} is for {model.task}; for {self.task} there are {fitting}"
            found.append(Problem("model", text))
        if self.crop % model.stride:
            text = f"must be a multiple of {model.stride} for {model.title}"
            found.append(Problem("crop", text))
        if not self.channels or len(set(self.channels)) != len(self.channels):
            found.append(Problem("channels", "name each channel once, and at least one"))
        found += self._design_problems()
        if self.target == names.EACH_STEP and self.task != names.SEGMENTATION:
            found.append(Problem("target", f"{self.target} is for segmentation only"))
        if self.pretrained == _IMAGENET and model.library == "own":
            found.append(Problem("pretrained", f"there are no ImageNet weights for {model.title}"))
        elif self.pretrained not in (_NO_WEIGHTS, _IMAGENET) and (
            not Path(self.pretrained).exists()
        ):
            found.append(Problem("pretrained", f"no such file or folder: {self.pretrained}"))
        return found

    def _design_problems(self) -> list[Problem]:
        found = []
        weather = [name for name in self.channels if name in names.WEATHER_CHANNELS]
        if self.fusion == names.LATE and not (0 < len(weather) < len(self.channels)):
            text = "late fusion needs atmospheric channels and others beside them"
            found.append(Problem("fusion", text))
        if self.temporal == names.SHARED and self.series < 2:
            found.append(Problem("temporal", "needs a series: set [input] series to 3"))
        if self.temporal == names.SHARED and self.fusion == names.LATE:
            found.append(Problem("fusion", "late fusion and a shared encoder exclude each other"))
        if self.boundary_tolerance and self.task != names.SEGMENTATION:
            found.append(Problem("boundary_tolerance", "is for segmentation only"))
        return found

    def require_valid(self, where: str | Path = "configuration") -> None:
        """Raise the first of the problems.

        Raises:
            ConfigError: ``validate`` found something.
        """
        require(self.validate(), self, where)


def require(problems: list[Problem], config: object, where: str | Path) -> None:
    """Raise the first of some problems with settings.

    Raises:
        ConfigError: There is one.
    """
    if problems:
        spec = options_of(type(config))[problems[0].field]
        raise ConfigError(f"wrong value for {spec.where}", where=where, why=problems[0].text)


def presets() -> dict[str, Path]:
    """Sample settings that come with the program, by name."""
    package = Path(__file__).parents[1]
    homes = (package.parent / "resources", package.parent / "thalia_viewer" / "resources")
    return {path.stem: path for home in homes for path in sorted(home.glob("configs/*.toml"))}


def _overlap(one: tuple[date, date] | None, other: tuple[date, date] | None) -> bool:
    if one is None or other is None:
        return True
    return one[0] <= other[1] and other[0] <= one[1]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError("no such configuration", where=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("cannot read the configuration", where=path, why=str(error)) from error
