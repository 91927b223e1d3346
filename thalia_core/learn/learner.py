"""A model, its optimiser and how far they have come: one step, one epoch's end, one saved state."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from thalia_core import __version__
from thalia_core.errors import RunError
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn import checkpoints, models
from thalia_core.learn.augment import Augment
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Samples, channel_statistics
from thalia_core.learn.device import Device
from thalia_core.learn.distributed import ALONE, Group
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.losses import Loss, loss_of
from thalia_core.learn.metrics import Counts, auroc
from thalia_core.learn.names import MODELS, PHASOR, SEGMENTATION
from thalia_core.progress import Artifact, Event, Log, Metric

Tell = Callable[[Event], None]

_WARM_UP_EPOCHS = 5


@dataclass(slots=True)
class Progress:
    """How far a run has come; counted from 0."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best_loss: float = math.inf
    loss_sum: float = 0.0
    losses: int = 0
    stale: int = 0
    """Epochs since the best one."""


class Learner:
    """A model with its optimiser, and where it stands."""

    def __init__(
        self,
        run: RunDir,
        config: TrainConfig,
        device: Device,
        inputs: Inputs,
        digest: str,
        group: Group = ALONE,
    ) -> None:
        self._run = run
        self._config = config
        self._device = device
        self._group = group
        self._digest = digest
        self._segments = config.task == SEGMENTATION
        self._loss: Loss = loss_of(config)
        self.inputs = inputs
        self.progress = Progress()
        angles = inputs.phases if config.augment_phase == PHASOR else ()
        self._augment = Augment(config, angles) if config.augment else None

    @classmethod
    def begin(
        cls,
        run: RunDir,
        config: TrainConfig,
        device: Device,
        samples: Samples,
        digest: str,
        tell: Tell,
        group: Group = ALONE,
    ) -> "Learner":
        """A fresh learner, or the one whose state the run folder holds."""
        last = run.folder / checkpoints.LAST
        state = checkpoints.load(last) if last.exists() else None
        statistics = (
            statistics_of(config, samples) if state is None else state["inputs"]["statistics"]
        )
        inputs = Inputs(
            config.channels,
            config.phase_encoding,
            {name: tuple(statistics[name]) for name in config.channels if name in statistics},
            config.decimate,
            config.crop,
            config.series,
        )
        learner = cls(run, config, device, inputs, digest, group)
        torch.manual_seed(config.seed)
        # A resumed run takes its weights from its state, and needs no download.
        net = models.build_for(
            models.describe(config), inputs, config.pretrained if state is None else models.NONE
        )
        learner._fit_out(group.normalised(device.place(net), device.is_gpu))
        if state is not None:
            learner._restore(state, tell)
        if config.compile:
            learner._compile(tell)
        millions = models.parameters(net) / 1e6
        tell(Log("info", f"{MODELS[config.model].title}, {millions:.1f} M parameters"))
        return learner

    def _fit_out(self, net: nn.Module) -> None:
        self.net = net
        self._taught = self._group.wrap(net, self._device.is_gpu)
        self.optimiser = torch.optim.AdamW(
            net.parameters(), lr=self._config.lr, weight_decay=self._config.weight_decay
        )

    def _compile(self, tell: Tell) -> None:
        """Have torch compile the model, where there is what it needs for that."""
        try:
            torch.compile(lambda x: (x * 2).sin())(torch.ones(4, device=self._device.torch))
        except Exception as error:  # whatever an absent compiler makes the library raise
            why = str(error).strip().splitlines()[0][:200] if str(error) else type(error).__name__
            tell(Log("warning", f"the model is not compiled: {why}"))
            return
        self._taught = cast("nn.Module", torch.compile(self._taught))

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self.optimiser.param_groups[0]["lr"])

    @property
    def tired(self) -> bool:
        """Whether so many epochs went by without a better one that it is time to end."""
        return 0 < self._config.patience <= self.progress.stale

    def step(self, batch: dict[str, Tensor], whole: int, total: int, per_epoch: int) -> float:
        """One step of the optimiser.

        Args:
            batch: This process's share of the batch.
            whole: How many samples the batch has over all processes.
            total: Steps of the run.
            per_epoch: Steps of an epoch.

        Returns:
            The loss over the whole batch.

        Raises:
            RunError: The loss is not finite.
        """
        progress, config = self.progress, self._config
        seed = config.seed * 1_000_003 + progress.step
        torch.manual_seed(seed)  # dropout and the like
        planes, target = self._device.send(batch["planes"]), self._device.send(batch["mask"])
        if self._augment is not None:
            chance = torch.Generator().manual_seed(seed)
            planes, target = self._augment(planes, target, chance, (whole, self._group.rows(whole)))
        if not self._segments:
            target = self._device.send(batch["label"])
        for group in self.optimiser.param_groups:
            group["lr"] = config.lr * lr_factor(config.schedule, progress.step, total, per_epoch)
        self.net.train()
        self.optimiser.zero_grad(set_to_none=True)
        logits = self._logits(self._taught, planes, batch["days"])
        sure = self._device.send(batch["confidence"])
        loss = self._loss(logits, target, sure) * self._group.weight(whole)
        value = sum(self._group.gather(float(loss.detach()))) / self._group.size
        if not math.isfinite(value):
            raise RunError(
                f"the loss became {value} at step {progress.step + 1}",
                where=self._run.folder,
                why="the steps are too large, or the data hold impossible values",
                fix="lower [training] lr (a tenth is a good try) and start the run anew",
            )
        loss.backward()  # type: ignore[no-untyped-call]
        if config.clip > 0:
            nn.utils.clip_grad_norm_(self.net.parameters(), config.clip)
        self.optimiser.step()
        progress.loss_sum += value
        progress.losses += 1
        return value

    def end_epoch(self, loader: Any, tell: Tell, pace: Mapping[str, float]) -> None:
        """Measure the epoch on the validation split, and keep the model when it is the best.

        Args:
            loader: This process's share of the validation batches.
            tell: Takes the news.
            pace: What else was measured.
        """
        progress = self.progress
        values = self.validate(loader)
        train_loss = progress.loss_sum / max(progress.losses, 1)
        measured = {"train_loss": train_loss} | {f"val_{k}": v for k, v in values.items()}
        tell(Metric(progress.step, progress.epoch, measured | {"lr": self.rate, **pace}))
        progress.stale += 1
        progress.epoch, progress.batch = progress.epoch + 1, 0
        progress.loss_sum, progress.losses = 0.0, 0
        if values["loss"] < progress.best_loss:
            progress.best_loss, progress.stale = values["loss"], 0
            if self._group.leads:
                checkpoints.save(self._run.folder / checkpoints.BEST, self._state(measured))
                tell(Artifact("best model", checkpoints.BEST))

    @torch.no_grad()
    def validate(self, loader: Any) -> dict[str, float]:
        """Loss and measures on the centred crops of a split, over all processes."""
        self.net.eval()
        total, n, counts = 0.0, 0, Counts()
        scores: list[float] = []
        truth: list[int] = []
        for batch in loader:
            target = batch["mask"] if self._segments else batch["label"]
            logits = self._logits(self.net, self._device.send(batch["planes"]), batch["days"])
            sure = self._device.send(batch["confidence"])
            loss = self._loss(logits, self._device.send(target), sure)
            total += float(loss) * len(target)
            n += len(target)
            probability = logits.softmax(dim=1)[:, 1].cpu().numpy()
            counts += Counts.of(probability >= 0.5, target.numpy() > 0)
            if not self._segments:
                scores += probability.tolist()
                truth += target.tolist()
        shares = self._group.gather((total, n, counts, scores, truth))
        total, n = sum(share[0] for share in shares), sum(share[1] for share in shares)
        counts = sum((share[2] for share in shares), Counts())
        values = {"loss": total / max(n, 1), **counts.values()}
        if not self._segments:
            scores = [score for share in shares for score in share[3]]
            truth = [label for share in shares for label in share[4]]
            del values["iou"]
            values["auroc"] = auroc(scores, truth)
        return values

    def save_last(self) -> None:
        """Save all that is needed to go on; the first process of a group does."""
        if not self._group.leads:
            return
        state = self._state({}) | {
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        checkpoints.save(self._run.folder / checkpoints.LAST, state)

    def _logits(self, net: nn.Module, planes: Tensor, days: Tensor) -> Tensor:
        x = self.inputs.encode(planes).contiguous(memory_format=torch.channels_last)
        with self._device.autocast():
            return models.forward(net, x, self._device.send(days))

    def _state(self, measured: dict[str, float]) -> dict[str, Any]:
        return {
            "config": self._config.to_toml(),
            "task": self._config.task,
            **models.describe(self._config),
            "inputs": self.inputs.to_dict(),
            "model": self.net.state_dict(),
            "measured": measured,
            "steps": self.progress.step,
            "data_digest": self._digest,
            "versions": {"thalia": __version__, "torch": str(torch.__version__)},
        }

    def _restore(self, state: dict[str, Any], tell: Tell) -> None:
        same = Inputs.from_dict(state["inputs"]) == self.inputs
        design = models.describe(self._config)
        if not same or any(state.get(key, value) != value for key, value in design.items()):
            raise RunError(
                "the run's model or inputs were changed since it was stopped",
                where=self._run.config_path,
                fix="restore them, or start a new run",
            )
        self.net.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])
        tell(Log("info", f"resumed after {self.progress.step} steps"))
        if state["data_digest"] != self._digest:
            tell(Log("warning", "the labels or splits changed since the run was stopped"))


def lr_factor(schedule: str, step: int, total: int, per_epoch: int) -> float:
    """Learning rate as a share of the settings' own: constant, or a cosine after a warm-up."""
    if schedule == "constant":
        return 1.0
    warm = min(_WARM_UP_EPOCHS * per_epoch, total // 10)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))


def statistics_of(config: TrainConfig, samples: Samples) -> dict[str, tuple[float, float]]:
    """Mean and deviation of each channel, published or of the training split."""
    if config.statistics == "published":
        return {name: PUBLISHED[name] for name in config.channels}
    return channel_statistics(samples, config.channels)
