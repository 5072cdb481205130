"""Single values out of an answer, strictly; what can't be used is reported, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from ledger.clock import from_iso
from ledger.domain.facts import Problem
from ledger.domain.nmr import NMR
from ledger.numerai.answers import Json, printable

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOST = Decimal(100_000_000)
"""More NMR than will ever exist, or any other figure of Numerai's."""

_YEARS = range(2015, 2101)


class Problems:
    """Collects what could not be used, each complaint once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, where: str, field: str, what: str) -> None:
        """Report ``field`` of ``where`` (a model's name, a round)."""
        self._found[Problem(where, field, printable(what))] = None

    def take(self, others: Problems) -> None:
        """Report all of ``others`` too."""
        self._found.update(others._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@lru_cache(maxsize=65_536)
def number(text: str) -> Decimal:
    """``"1,234.5"``, ``"0E-18"``, ``"-3"`` as a Decimal.

    Commas must separate thousands: "1,5" is refused rather than read as 15.

    Raises:
        ValueError: anything else, or beyond all reason.
    """
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError("not a number")
    return sane(Decimal(text.strip().replace(",", "")))


def sane(value: Decimal) -> Decimal:
    """``value``, if it is finite and no larger than anything Numerai could mean.

    Raises:
        ValueError: it is not.
    """
    if not value.is_finite() or abs(value) > _MOST:
        raise ValueError("an impossible amount")
    return value


@lru_cache(maxsize=65_536)
def moment(text: str) -> datetime:
    """An ISO-8601 time or date as aware UTC.

    Raises:
        ValueError: it is none, or in no year Numerai knows.
    """
    result = from_iso(text)
    if result.year not in _YEARS:
        raise ValueError("an impossible time")
    return result


@lru_cache(maxsize=65_536)
def nmr_of(text: str) -> NMR:
    """An amount of NMR; what is finer than a wei is cut off."""
    return NMR.down(number(text))


class Fields:
    """One JSON object of an answer, read field by field.

    Every reader returns ``None`` for null and for what is malformed, and reports the latter;
    ``required`` reports null as well.
    """

    __slots__ = ("_payload", "_problems", "where")

    def __init__(self, payload: dict[str, Json], where: str, problems: Problems) -> None:
        self._payload = payload
        self._problems = problems
        self.where = where

    def report(self, field: str, what: str) -> None:
        """Report something about ``field`` of this object."""
        self._problems.add(self.where, field, what)

    def _get(self, name: str, required: bool) -> Json:
        value = self._payload.get(name)
        if value is None and required:
            self.report(name, "missing")
        return value

    def _malformed(self, name: str, value: Json, why: str) -> None:
        self.report(name, f"{why}: {value!r}")

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A non-empty text; control characters are dropped."""
        value = self._get(name, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self._malformed(name, value, "not a text")
            return None
        cleaned = value if value.isprintable() else printable(value)
        if not cleaned and required:
            self.report(name, "empty")
        return cleaned or None

    def decimal(
        self, name: str, *, required: bool = False, low: int | None = None, high: int | None = None
    ) -> Decimal | None:
        """A number, from ``low`` to ``high`` where those are given."""
        value = self._get(name, required)
        if value is None:
            return None
        try:
            result = _decimal(value)
        except ValueError as error:
            self._malformed(name, value, str(error))
            return None
        if (low is not None and result < low) or (high is not None and result > high):
            self._malformed(name, value, "an impossible value")
            return None
        return result

    def nmr(self, name: str, *, required: bool = False, negative: bool = False) -> NMR | None:
        """An amount of NMR; below zero only where ``negative`` allows it."""
        value = self._get(name, required)
        if value is None:
            return None
        try:
            result = nmr_of(value) if isinstance(value, str) else NMR.down(_decimal(value))
        except ValueError as error:
            self._malformed(name, value, str(error))
            return None
        if not negative and result.amount < 0:
            self._malformed(name, value, "below zero")
            return None
        return result

    def integer(self, name: str, *, required: bool = False, low: int | None = None) -> int | None:
        """A whole number, as a number or as a text."""
        value = self._get(name, required)
        if value is None:
            return None
        try:
            result = _decimal(value)
        except ValueError as error:
            self._malformed(name, value, str(error))
            return None
        if result != int(result) or (low is not None and result < low):
            self._malformed(name, value, "not a whole number that is possible")
            return None
        return int(result)

    def boolean(self, name: str, *, required: bool = False) -> bool | None:
        """True or false."""
        value = self._get(name, required)
        if value is None or isinstance(value, bool):
            return value
        self._malformed(name, value, "neither true nor false")
        return None

    def time(self, name: str, *, required: bool = False) -> datetime | None:
        """A moment, aware UTC."""
        value = self._get(name, required)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError("not a time")
            return moment(value)
        except ValueError:
            self._malformed(name, value, "not a time")
            return None

    def child(self, name: str) -> Fields | None:
        """An object below this one."""
        value = self._payload.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._malformed(name, value, "not an object")
            return None
        return Fields(value, self.where, self._problems)

    def children(self, name: str) -> list[Fields]:
        """The objects of a list; nulls in it are passed over, other strangers reported."""
        value = self._payload.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._malformed(name, value, "not a list")
            return []
        for entry in value:
            if entry is not None and not isinstance(entry, dict):
                self._malformed(name, entry, "not an object")
        return [
            Fields(entry, self.where, self._problems) for entry in value if isinstance(entry, dict)
        ]

    def texts(self, name: str) -> list[str]:
        """The texts of a list."""
        value = self._payload.get(name)
        if value is not None and not isinstance(value, list):
            self._malformed(name, value, "not a list")
            return []
        return [entry for entry in value or () if isinstance(entry, str)]

    def named(self, where: str) -> Fields:
        """The same object, reported under another name."""
        return Fields(self._payload, where, self._problems)

    def __contains__(self, name: str) -> bool:
        return self._payload.get(name) is not None


def _decimal(value: Json) -> Decimal:
    if isinstance(value, Decimal):
        return sane(value)
    if isinstance(value, str):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return sane(Decimal(value))
    raise ValueError("not a number")
