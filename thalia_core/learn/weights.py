"""Weights from files: for machines without internet, a folder of them with their checksums.

A folder of weights holds files such as ``resnet50.safetensors``, named by what timm calls the
backbone, and ``SHA256SUMS``, as ``sha256sum *`` writes it. A file whose sum differs, or that the
list does not name, is not opened.

More channels than three: both libraries repeat the three published channels of the first
convolution in turn, and multiply all by three over their number, so that the answer to grey
pictures stays as large (timm's ``adapt_input_conv``; the same in segmentation-models-pytorch).
"""

from hashlib import file_digest
from pathlib import Path

from thalia_core.errors import RunError
from thalia_core.learn.names import Model

SUMS = "SHA256SUMS"
_ENDINGS = (".safetensors", ".pth", ".pt", ".bin")


def weights_file(pretrained: str, model: Model) -> str:
    """The file of weights that is meant: the file itself, or the model's in a folder.

    Args:
        pretrained: A file, or a folder of weights.
        model: Whose backbone is wanted.

    Raises:
        RunError: The folder has no weights for the model, no list of sums, or a file that was
            changed.
    """
    folder = Path(pretrained)
    if not folder.is_dir():
        return pretrained
    name = model.encoder or model.architecture
    files = sorted(p for p in folder.iterdir() if p.suffix in _ENDINGS and _fits(p.stem, name))
    if not files:
        found = ", ".join(sorted(p.name for p in folder.iterdir() if p.suffix in _ENDINGS))
        raise RunError(
            f"the folder has no weights for {model.title}",
            where=folder,
            why=f"it holds {found or 'no file of weights'}",
            fix=f"put {name}.safetensors there, and its sum into {SUMS}",
        )
    path = files[0]
    wanted = _sums(folder).get(path.name)
    with path.open("rb") as file:
        actual = file_digest(file, "sha256").hexdigest()
    if wanted != actual:
        why = (
            "it is not listed"
            if wanted is None
            else f"its sum is {actual[:16]}…, not {wanted[:16]}…"
        )
        raise RunError(
            "the file of weights is not the one that was put there",
            where=path,
            why=why,
            fix=f"fetch it again, or run 'sha256sum * > {SUMS}' there if you trust it",
        )
    return str(path)


def _fits(stem: str, name: str) -> bool:
    """``resnet50`` or ``resnet50.a1_in1k``, but not ``resnet50d``."""
    return stem == name or stem.startswith((f"{name}.", f"{name}-"))


def _sums(folder: Path) -> dict[str, str]:
    """File -> sum."""
    path = folder / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RunError(
            "the folder of weights has no list of sums",
            where=path,
            why=error.strerror,
            fix=f"run 'sha256sum * > {SUMS}' there",
        ) from error
    entries = (line.split(maxsplit=1) for line in lines if line.strip())
    return {parts[1].lstrip("*"): parts[0].lower() for parts in entries if len(parts) == 2}
