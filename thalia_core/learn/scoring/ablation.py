"""What a model makes of its channels: blind to some of them, and how the first layer weighs them.

The paper masks channels with zeros after normalisation (Table 9) and shows the weights of the layer
in which all channels meet (Fig. 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from thalia_core.errors import RunError
from thalia_core.export.figures import as_svg
from thalia_core.learn.inputs import Inputs
from thalia_core.learn.names import PHASE, PHASOR
from thalia_core.learn.predict import Predictor

ATMOSPHERE, INSAR = "atmosphere", "insar"
MASKS = (ATMOSPHERE, INSAR)


def silence(predictor: Predictor, mask: str) -> None:
    """From now on the model sees zeros in place of its atmospheric channels, or of all others.

    Raises:
        RunError: It has none of these channels, or no others.
    """
    inputs = predictor.inputs
    weather = set(inputs.weather)
    chosen = sorted(weather if mask == ATMOSPHERE else set(range(inputs.count)) - weather)
    if not 0 < len(chosen) < inputs.count:
        raise RunError(
            f"nothing is left, or nothing is masked, without its {mask} channels",
            where=predictor.checkpoint.parent,
            why=f"the model sees {', '.join(inputs.channels)}",
            fix="mask the channels of a model that sees both kinds",
        )
    predictor.silent = tuple(chosen)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much of the first layer's weights belongs to one channel.

    Attributes:
        channel: Its name; that of a step of a series carries the number of the step.
        share: Mean absolute weight over that of all channels; the shares sum up to 1.
    """

    channel: str
    share: float


def fusion_weights(predictor: Predictor) -> list[Weight]:
    """The share of each input channel in the layer where all of them meet (paper, Fig. 9).

    Of phase as cosine and sine both are added up. A model with late fusion has no such layer.

    Raises:
        RunError: The model has no layer in which all channels meet.
    """
    names = _names(predictor.inputs)
    layer = _first(predictor.net, len(names))
    if layer is None:
        raise RunError(
            "the model has no layer in which all channels meet",
            where=predictor.checkpoint.parent,
            why="it encodes the weather, or each step, by itself",
            fix="name a run with early fusion and stacked steps",
        )
    strength = layer.weight.detach().float().abs().mean(dim=(0, 2, 3))
    total = float(strength.sum()) or 1.0
    found: dict[str, float] = {}
    for name, value in zip(names, strength.tolist(), strict=True):
        found[name] = found.get(name, 0.0) + value / total
    return [Weight(name, share) for name, share in found.items()]


def draw(weights: Mapping[str, list[Weight]]) -> bytes:
    """An SVG of the weights of some runs, side by side."""
    from matplotlib.figure import Figure

    channels = list(dict.fromkeys(w.channel for some in weights.values() for w in some))
    figure = Figure(figsize=(8.0, 1.4 + 0.3 * len(channels)), layout="constrained")
    axis = figure.subplots()
    height = 0.8 / max(len(weights), 1)
    for n, (run, some) in enumerate(weights.items()):
        shares = {w.channel: w.share for w in some}
        places = [c + height * (n - (len(weights) - 1) / 2) for c in range(len(channels))]
        axis.barh(places, [100 * shares.get(c, 0.0) for c in channels], height, label=run)
    axis.set_yticks(range(len(channels)), channels)
    axis.invert_yaxis()
    axis.set_xlabel("share of the first layer's weights, %")
    axis.spines[["top", "right"]].set_visible(False)
    if len(weights) > 1:
        axis.legend(frameon=False)
    return as_svg(figure)


def _names(inputs: Inputs) -> list[str]:
    """The channel of each input plane."""
    names = []
    for step in range(inputs.steps):
        suffix = f", step {step + 1}" if inputs.steps > 1 else ""
        for name in inputs.channels:
            twice = name == PHASE and inputs.phase_encoding == PHASOR
            names += [f"{name}{suffix}"] * (2 if twice else 1)
    return names


def _first(net: nn.Module, planes: int) -> nn.Conv2d | None:
    """The first convolution, where it takes all planes."""
    layer = next((m for m in net.modules() if isinstance(m, nn.Conv2d)), None)
    return layer if layer is not None and layer.in_channels == planes else None
