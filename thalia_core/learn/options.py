"""Typed settings in TOML: one frozen dataclass, one row of options, errors a person can act on.

Each field of a settings class carries an ``Option``: where it stands in the file, what it is for,
and what it may be. Reading, writing, checking, and the form of a dialog all follow from that table.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from thalia_core.errors import ConfigError

T = TypeVar("T")

_WORDS = {
    "text": "a text",
    "int": "a whole number",
    "float": "a number",
    "flag": "true or false",
    "texts": "a list of texts",
    "dates": "a list of two dates (first, last), or an empty list for all",
}


@dataclass(frozen=True, slots=True)
class Option:
    """What a field of the settings is.

    Attributes:
        section: TOML table; empty for the top level.
        key: Name within the section.
        kind: ``text``, ``int``, ``float``, ``flag``, ``texts`` or ``dates``.
        help: One line for people.
        low: Smallest allowed number.
        high: Largest allowed number.
        choices: Allowed values (of each item, for ``texts``); empty for any.
    """

    section: str
    key: str
    kind: str
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """How the field is called in the file, such as ``[training] lr``."""
        return f"[{self.section}] {self.key}" if self.section else self.key

    @property
    def allowed(self) -> str:
        """What the field may be, in words."""
        if self.choices:
            head = "a list of any of" if self.kind == "texts" else "one of"
            return f"{head} {', '.join(self.choices)}"
        if self.low is None or self.high is None:
            return _WORDS[self.kind]
        return f"{_WORDS[self.kind]} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one field; ``field`` is its name in the settings class."""

    field: str
    text: str


def option(section: str, key: str, kind: str, default: Any, help: str, **limits: Any) -> Any:
    """A dataclass field that carries its ``Option``."""
    metadata = {"option": Option(section, key, kind, help, **limits)}
    return field(default=default, metadata=metadata)


def options_of(kind: type[Any]) -> dict[str, Option]:
    """Field name -> option, in the order of the class."""
    return {f.name: f.metadata["option"] for f in fields(kind) if "option" in f.metadata}


def check_value(spec: Option, value: Any) -> str | None:
    """Why the value does not fit the option, or None."""
    if spec.kind in ("int", "float"):
        fits = isfinite(value) and (spec.low is None or value >= spec.low)
        fits = fits and (spec.high is None or value <= spec.high)
    elif spec.kind == "texts":
        fits = not spec.choices or all(item in spec.choices for item in value)
    elif spec.kind == "dates":
        fits = value is None or value[0] <= value[1]
    else:
        fits = not spec.choices or value in spec.choices
    return None if fits else f"{_shown(value)} is not allowed: it must be {spec.allowed}"


def check(config: Any) -> list[Problem]:
    """Every field whose value is outside what its option allows."""
    found = [
        (name, check_value(spec, getattr(config, name)))
        for name, spec in options_of(type(config)).items()
    ]
    return [Problem(name, text) for name, text in found if text]


def parse(kind: type[T], text: str, where: str | Path) -> T:
    """Settings of that class from TOML.

    Raises:
        ConfigError: Not TOML, an unknown key (with the nearest known one), or a wrong value.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("not a TOML file", where=where, why=str(error)) from error
    return of_tables(kind, tables, where)


def of_tables(kind: type[T], tables: Mapping[str, Any], where: str | Path) -> T:
    """Settings of that class from tables such as TOML holds.

    Raises:
        ConfigError: An unknown key (with the nearest known one), or a wrong value.
    """
    known = {(spec.section, spec.key): name for name, spec in options_of(kind).items()}
    values: dict[str, Any] = {}
    sections = {section for section, _ in known}
    for key, value in tables.items():
        if isinstance(value, dict) and key not in sections:
            raise _unknown_section(key, sections - {""}, where)
    for section, key, value in _entries(tables, sections):
        name = known.get((section, key))
        if name is None:
            raise _unknown(section, key, known, where)
        values[name] = _value(options_of(kind)[name], value, where)
    needed = [f for f in fields(kind) if f.default is MISSING and f.name not in values]  # type: ignore[arg-type]
    if needed:
        raise ConfigError(f"'{needed[0].name}' is missing", where=where)
    return kind(**values)


def write(config: Any) -> str:
    """The settings as TOML, each field under its explanation."""
    lines: list[str] = []
    section = ""
    for name, spec in options_of(type(config)).items():
        if spec.section != section:
            section = spec.section
            lines += ["", f"[{section}]"]
        lines += [f"# {spec.help}", f"{spec.key} = {_toml(getattr(config, name))}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _entries(tables: Mapping[str, Any], sections: set[str]) -> list[tuple[str, str, Any]]:
    """(section, key, value) of everything in the file."""
    result: list[tuple[str, str, Any]] = []
    for key, value in tables.items():
        if isinstance(value, dict) and key in sections:
            result += [(key, inner, item) for inner, item in value.items()]
        else:
            result.append(("", key, value))
    return result


def _unknown_section(section: str, sections: set[str], where: str | Path) -> ConfigError:
    near = get_close_matches(section, sections, n=1)
    known = ", ".join(f"[{name}]" for name in sorted(sections))
    fix = f"the nearest known section is [{near[0]}]" if near else f"known sections: {known}"
    return ConfigError(f"unknown section [{section}]", where=where, fix=fix)


def _unknown(
    section: str, key: str, known: Mapping[tuple[str, str], str], where: str | Path
) -> ConfigError:
    shown = f"'{key}' in [{section}]" if section else f"'{key}'"
    homes = [place for place in known if place[1] == key]
    near = get_close_matches(key, [inner for _, inner in known], n=1)
    if homes:
        fix = f"'{key}' belongs in [{homes[0][0]}]"
    elif near:
        home = next(place for place in known if place[1] == near[0])
        fix = f"the nearest known key is '{near[0]}' in [{home[0]}]"
    else:
        inside = [inner for place, inner in known if place == section]
        fix = f"known here: {', '.join(inside or sorted({place for place, _ in known} - {''}))}"
    return ConfigError(f"unknown key {shown}", where=where, fix=fix)


def _value(spec: Option, value: Any, where: str | Path) -> Any:
    try:
        result = _convert(spec.kind, value)
    except (TypeError, ValueError):
        problem: str | None = f"{_shown(value)} is not allowed: it must be {spec.allowed}"
    else:
        problem = check_value(spec, result)
    if problem:
        raise ConfigError(f"wrong value for {spec.where}", where=where, why=problem)
    return result


def _convert(kind: str, value: Any) -> Any:
    """The value as the field keeps it; raises where it is of another type."""
    if kind == "dates":
        if value in ([], None):
            return None
        first, last = value
        return _day(first), _day(last)
    if kind == "texts":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError
        return tuple(value)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not {"text": str, "int": int, "float": float, "flag": bool}[kind]:
        raise TypeError
    return value


def _day(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError
    return value


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "[]"
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """A basic TOML string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in plain) + '"'


def _shown(value: Any) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
