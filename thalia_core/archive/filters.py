"""The filter language: which pairs of an archive a person wants to see.

    frame:106A type:dyke intensity:>=medium days:<=24 state:unreviewed caption:"wave-like pattern"

Terms stand side by side and must all hold; ``-term`` turns one round. Within a term, values joined
by commas are alternatives (``type:dyke,sill``), numbers and days take ``<``, ``<=``, ``>``, ``>=``
and ranges (``days:12..24``, ``primary:2019-06..2020``). A word without a key is looked for in the
frame, its volcanoes and the caption. ``conditions`` has the keys.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.conditions import ALSO_CALLED, KEYS, Condition, Rows
from thalia_core.errors import ConfigError

_TERM = re.compile(r'(?P<no>-)?(?:(?P<key>[A-Za-z_]+):)?(?P<value>(?:"[^"]*"|[^\s"])+)')
_COMMAS = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # those outside quotation marks


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a filter.

    Attributes:
        alternatives: Of which one must hold.
        negated: Whether none may.
    """

    alternatives: tuple[Condition, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that all must hold; without any, every pair is wanted.

    Attributes:
        text: As a person wrote it.
        terms: What it means.
    """

    text: str
    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Understand what a person wrote.

        Raises:
            ConfigError: A key or value is not known; the message names it and what is.
        """
        if text.count('"') % 2:
            raise ConfigError(
                "the filter is not understood", where=text, fix="close the quotation mark"
            )
        return cls(text.strip(), tuple(_term(match) for match in _TERM.finditer(text)))

    def rows(self, catalogue: Catalogue) -> Rows:
        """(n,) True for the pairs of an archive that are wanted."""
        wanted: Rows = np.ones(len(catalogue.pairs), np.bool_)
        for term in self.terms:
            found = np.zeros(len(wanted), np.bool_)
            for condition in term.alternatives:
                found |= condition(catalogue)
            wanted &= ~found if term.negated else found
        return wanted


def _term(match: "re.Match[str]") -> Term:
    written = (match["key"] or "").casefold()
    key = ALSO_CALLED.get(written, written)
    if key not in KEYS:
        near = get_close_matches(key, [*KEYS, *ALSO_CALLED], 1)
        known = ", ".join(sorted(name for name in KEYS if name))
        raise ConfigError(
            "no such key of a filter",
            where=repr(match["key"]),
            fix=f"did you mean '{near[0]}'?" if near else f"known are {known}",
        )
    values = _COMMAS.split(match["value"]) if key else [match["value"]]
    values = [value.replace('"', "") for value in values]
    if not all(values) or (not key and values[0].endswith(":")):
        raise ConfigError("a filter without a value", where=repr(match[0]))
    return Term(tuple(KEYS[key](value) for value in values), bool(match["no"]))
