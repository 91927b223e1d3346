"""What the captions are made of, as packaged data: phrases, glossary, words; and spelling."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from thalia_core.cube.schema import VARIABLES

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_CLOSE = 0.8
"""Share of letters in common (difflib) from which a word is taken for another, misspelled."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The data of ``captions.toml``.

    Attributes:
        phrases: Sentences of the experts by what they say; some with places to fill in.
        glossary: Term, in small letters -> what it means.
        words: All words that are spelled right, in small letters.
    """

    phrases: Mapping[str, str] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def completions(self, begun: str) -> list[str]:
        """Whole sentences that go on from what is typed of one, at most eight."""
        start = begun.strip().casefold()
        if len(start) < 2:
            return []
        whole = [text for text in self.phrases.values() if "{" not in text]
        return [text for text in whole if text.casefold().startswith(start)][:8]

    def meaning(self, word: str) -> tuple[str, str] | None:
        """The term of the glossary that a word belongs to, and what it means."""
        word = word.casefold()
        for term, meaning in self.glossary.items():
            if len(word) > 3 and word in (term, term + "s", *term.split()):
                return term, meaning
        return None


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A word that is probably another one.

    Attributes:
        start: Its first letter in the text, from 0.
        word: As it stands.
        instead: What is meant, the likeliest first.
    """

    start: int
    word: str
    instead: tuple[str, ...]


@cache
def phrases() -> Phrases:
    """The packaged phrases; none where the file is missing, for a hint is worth no failure."""
    package = Path(__file__).parents[1]
    inside = package / "resources" / "captions.toml"
    path = inside if inside.is_file() else package.with_name("resources") / "captions.toml"
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Phrases()
    meant = [variable.long_name for variable in VARIABLES.values()]
    texts = [*told["phrases"].values(), *told["glossary"].values(), *told["glossary"], *meant]
    known = {word for text in texts for word in _words(text)}
    return Phrases(
        told["phrases"], told["glossary"], frozenset(known | set(told["spelling"]["words"].split()))
    )


def misspelled(text: str) -> list[Misspelling]:
    """Words that are not known but close to a known one.

    Names and words of which nothing close is known are left alone: a list of a few hundred words is
    no dictionary.
    """
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        instead = _instead(word.casefold())
        named = word[0].isupper() and not _begins_sentence(text, match.start())
        if instead and not named:
            found.append(Misspelling(match.start(), word, instead))
    return found


@cache
def _instead(word: str) -> tuple[str, ...]:
    known = phrases().words
    if len(word) < 3 or word in known or word.removesuffix("s") in known:
        return ()
    return tuple(get_close_matches(word, sorted(known), 3, _CLOSE))


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or before[-1] in ".!?"


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
