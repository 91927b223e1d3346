"""Names and limits of what can be learned and with what; imports no torch, so that a dialog may."""

from dataclasses import dataclass

from thalia_core.cube.schema import ERA5, PAIR

SEGMENTATION, CLASSIFICATION = "segmentation", "classification"
TASKS = (SEGMENTATION, CLASSIFICATION)

PHASE, COHERENCE, DEM = "insar_difference", "insar_coherence", "dem"
BASE_CHANNELS = (PHASE, COHERENCE, DEM)
"""The benchmark's base setting."""
WEATHER_CHANNELS = tuple(f"{date}_{name}" for name in ERA5 for date in PAIR)
CHANNELS = BASE_CHANNELS + WEATHER_CHANNELS
"""All channels in the benchmark's order: primary before secondary for each variable."""

SCALAR, PHASOR = "scalar", "phasor"
ENCODINGS = (SCALAR, PHASOR)

EARLY, LATE = "early", "late"
FUSIONS = (EARLY, LATE)
"""How the weather meets the interferogram: stacked on it as channels (published), or at the
bottleneck, see ``nets.late``."""
STACKED, SHARED = "stacked", "shared"
TEMPORALS = (STACKED, SHARED)
"""How the steps of a series meet: stacked as channels (published), or each through the same
encoder, see ``nets.temporal``."""
CACHE, CUBES, WEBDATASET = "cache", "cubes", "webdataset"
SOURCES = (CACHE, CUBES, WEBDATASET)
"""Where crops come from."""

FOCAL, CROSS_ENTROPY = "focal", "ce"

DATES = "dates"
SPLITS_BY = (DATES, "temporal", "regions")
"""How pairs are sorted into splits: by frames and dates of one's own, or as published."""

UNION, LAST_STEP, PEAK, EACH_STEP = "union", "last", "peak", "all"
TARGETS = (UNION, LAST_STEP, PEAK, EACH_STEP)
"""What is asked of a series: deformation at any step, at the last one, at the one with most
deformed pixels, or at each step."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model that can be trained.

    Attributes:
        name: How a configuration calls it.
        title: How people call it.
        task: Segmentation or classification.
        library: ``timm``, ``smp`` or ``own``.
        architecture: Its name in that library.
        encoder: Backbone, for smp.
        stride: The crop must be a multiple of it.
        loss: What it is trained with when nothing else is asked for.
        millions: Trainable parameters with 9 and with 27 channels and 2 classes, as published.
    """

    name: str
    title: str
    task: str
    library: str
    architecture: str
    encoder: str = ""
    stride: int = 32
    loss: str = CROSS_ENTROPY
    millions: tuple[float, float] | None = None


def _classifier(name: str, title: str, architecture: str, nine: float, more: float) -> Model:
    # A transformer trained with cross-entropy stays at the majority class: the paper uses focal.
    loss = FOCAL if name.startswith("vit") else CROSS_ENTROPY
    return Model(
        name, title, CLASSIFICATION, "timm", architecture, loss=loss, millions=(nine, more)
    )


def _segmenter(name: str, title: str, architecture: str, nine: float, more: float) -> Model:
    millions = nine, more
    return Model(
        name, title, SEGMENTATION, "smp", architecture, "resnet50", loss=FOCAL, millions=millions
    )


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        _segmenter("unet", "U-Net (ResNet-50)", "Unet", 32.5, 32.6),
        _segmenter("deeplabv3", "DeepLabV3+ (ResNet-50)", "DeepLabV3Plus", 26.7, 26.8),
        _segmenter("segformer", "SegFormer (ResNet-50)", "Segformer", 24.9, 24.9),
        Model("tiny_unet", "Small U-Net", SEGMENTATION, "own", "TinyUnet", stride=8, loss=FOCAL),
        _classifier("resnet50", "ResNet-50", "resnet50", 23.5, 23.6),
        _classifier("mobilenetv3", "MobileNetV3 Large", "mobilenetv3_large_100", 4.2, 4.2),
        _classifier("efficientnetv2", "EfficientNetV2 Small", "tf_efficientnetv2_s", 20.2, 20.2),
        _classifier("convnext", "ConvNeXt Base", "convnext_base", 87.6, 87.6),
        _classifier("vit", "ViT Small", "vit_small_patch16_224", 22.3, 24.0),
        Model("tiny_cnn", "Small convolutional net", CLASSIFICATION, "own", "TinyCnn", stride=8),
    )
}
"""What can be trained, by the name a configuration uses."""


def models_of(task: str) -> tuple[str, ...]:
    """Names of the models for a task."""
    return tuple(name for name, model in MODELS.items() if model.task == task)
