"""What may be written next in a filter: its keys, and the words that a key takes."""

from collections.abc import Iterable

from thalia_core.archive.conditions import ALSO_CALLED, KEYS
from thalia_core.cube import schema
from thalia_core.cube.labels import Activity, Intensity

_ANSWERED = ("deformation", "labelled", "glacier", "orbital", "low_coherence", "no_info") + (
    "corrupted",
    "artifacts",
    "several",
)
_LEGENDS = {
    "phase": "phase",
    "atmosphere": "atmospheric_fringes",
    "processing": "processing_error",
    "state": "label_state",
}


def completions(word: str, frames: Iterable[str] = ()) -> tuple[str, ...]:
    """The last word of a filter, written out in each way that it can go on.

    Args:
        word: Such as ``ty``, ``-type:dy`` or ``type:dyke,m``.
        frames: Identifiers of the frames.

    Returns:
        Keys with their colon for a word without one; nothing where anything may follow.
    """
    no = "-" if word.startswith("-") else ""
    key, colon, value = word.removeprefix("-").partition(":")
    if not colon:
        begun = key.casefold()
        return tuple(f"{no}{k}:" for k in KEYS if k and begun and k.startswith(begun))
    done, comma, last = value.rpartition(",")
    written = key.casefold()
    sign = next((s for s in ("<=", ">=", "<", ">", "=") if last.startswith(s)), "")
    begun = last.removeprefix(sign).casefold()
    words = _values(ALSO_CALLED.get(written, written), frames)
    found = [w for w in words if w.casefold().startswith(begun) and w.casefold() != begun]
    return tuple(f"{no}{key}:{done}{comma}{sign}{w}" for w in found)


def _values(key: str, frames: Iterable[str]) -> tuple[str, ...]:
    if key in _ANSWERED:
        return "yes", "no"
    if key == "frame":
        return tuple(frames)
    if key == "type":
        return tuple(code.name.casefold() for code in Activity if code)
    if key == "intensity":
        return tuple(code.name.casefold() for code in Intensity)
    words = (
        tuple(_one_word(word) for word in schema.legend(_LEGENDS[key]).values())
        if (key in _LEGENDS)
        else ()
    )
    return ("unreviewed", "reviewed", *words) if key == "state" else words


def _one_word(text: str) -> str:
    """As a filter takes it without quotation marks."""
    return text.casefold().replace("_", "-").replace(" ", "-")
