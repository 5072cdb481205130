"""Single values out of an answer, strictly; what can't be used is reported, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from ledger.clock import from_iso
from ledger.domain.knowledge import Fact
from ledger.domain.nmr import NMR
from ledger.domain.syncing.facts import Problem
from ledger.numerai.answers import Json, Reply, Steps, printable
from ledger.rules.rounds.calendar import HIGHEST_ROUND

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOST = Decimal(100_000_000)
"""More NMR than will ever exist, or any other figure of Numerai's."""

_FINEST = -60
"""The power of ten below which a figure is not one."""

_LONGEST = 100
"""Characters of a number in a text."""

LONGEST_ROUND = 366
"""Days; as many rounds run at a time, and are counted through."""

_YEARS = range(2015, 2101)


Facts = Fact | tuple[Fact, ...]
"""What a value tells: one fact, several, or ``()`` for none that is kept apart."""

_NOTHING_SAID = Reply({})


class Problems:
    """Collects what could not be used, each complaint once, and which facts are missing by it.

    ``missing`` says why, by fact and subject; ``nulls`` are facts of which Numerai says that
    there is nothing. Iterating goes over the complaints.
    """

    def __init__(self) -> None:
        self.missing: dict[tuple[Fact, str], str] = {}
        self.nulls: set[tuple[Fact, str]] = set()
        self._damaged = False
        self._problems: dict[Problem, None] = {}

    @property
    def damaged(self) -> bool:
        """Whether anything that was asked for can't be used; what the server refuses was not."""
        return self._damaged

    def add(self, where: str, field: str, what: str) -> None:
        """Report ``field`` of ``where`` (a model's name, a round)."""
        self._problems[Problem(where, field, printable(what))] = None

    def lacks(self, facts: Facts, subject: str, why: str, *, asked: bool = True) -> None:
        """Report ``facts`` about ``subject`` as not told; ``asked``: they had been asked for."""
        self._damaged = self._damaged or asked
        for fact in _each(facts):
            self.missing.setdefault((fact, subject), printable(why))

    def none(self, facts: Facts, subject: str) -> None:
        """Report that Numerai says of ``facts`` that there is nothing."""
        self.nulls.update((fact, subject) for fact in _each(facts))

    def take(self, others: Problems) -> None:
        """Report all of ``others`` too."""
        self._problems.update(others._problems)
        for key, why in others.missing.items():
            self.missing.setdefault(key, why)
        self.nulls |= others.nulls
        self._damaged = self._damaged or others._damaged

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)


def _each(facts: Facts) -> tuple[Fact, ...]:
    return (facts,) if isinstance(facts, Fact) else facts


@lru_cache(maxsize=65_536)
def number(text: str) -> Decimal:
    """``"1,234.5"``, ``"0E-18"``, ``"-3"`` as a Decimal.

    Commas must separate thousands: "1,5" is refused rather than read as 15.

    Raises:
        ValueError: anything else, or beyond all reason.
    """
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text.strip()):
        raise ValueError("not a number")
    return sane(Decimal(text.strip().replace(",", "")))


def sane(value: Decimal) -> Decimal:
    """``value``, if it is finite and no larger, and no finer, than anything Numerai could mean.

    Raises:
        ValueError: it is not.
    """
    if not value.is_finite() or value.copy_abs() > _MOST or value.adjusted() < _FINEST:
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


def forget() -> None:
    """Let go of the values that were read: the next answers hold others, hours later."""
    for cached in (number, moment, nmr_of):
        cached.cache_clear()


def is_plain_text(value: Json) -> bool:
    """Whether ``value`` is a text with something in it that needs no cleaning."""
    return type(value) is str and value.isprintable() and value != ""


class Fields:
    """One JSON object of an answer, read field by field.

    A value is told, or null, or missing: refused, not there, null by an error, or unreadable.
    Every reader returns ``None`` for the latter two. What is missing, and what is null, is
    reported as the ``fact`` about ``subject`` that it would have told; what is unreadable, and
    null where a value is ``required``, is a problem too.
    """

    __slots__ = ("_path", "_payload", "_problems", "_reply", "_void", "subject", "where")

    def __init__(
        self,
        payload: Mapping[str, Json],
        where: str,
        problems: Problems,
        *,
        reply: Reply = _NOTHING_SAID,
        path: Steps = (),
        subject: str = "",
        void: str | None = None,
    ) -> None:
        self._payload = payload
        self._problems = problems
        self._reply = reply
        self._path = path
        self._void = void
        self.where = where
        self.subject = subject

    @classmethod
    def top(
        cls,
        reply: Reply,
        where: str,
        problems: Problems,
        subject: str = "",
        *,
        may_be_null: bool = False,
    ) -> Fields:
        """The top of an answer. What is null there was not told, whether an error says so or not,
        unless it ``may_be_null``: there may be no such thing."""
        void = None if may_be_null else "Numerai says null."
        return cls(reply.data, where, problems, reply=reply, subject=subject, void=void)

    def report(self, field: str, what: str) -> None:
        """Report something about ``field`` of this object."""
        self._problems.add(self.where, field, what)

    def lacks(self, facts: Facts, why: str, *, asked: bool = True) -> None:
        """Report ``facts`` about the subject of this object as not told."""
        self._problems.lacks(facts, self.subject, why, asked=asked)

    def asked(self, name: str) -> bool:
        """Whether ``name`` was asked for: the server takes it."""
        return self._reply.asked((*self._path, name))

    def sent(self, name: str) -> bool:
        """Whether the answer has ``name``, be it null."""
        return name in self._payload

    def whole(self, name: str) -> bool:
        """Whether nothing in ``name`` can be missing for being refused, or null by an error."""
        return self._reply.whole((*self._path, name))

    @property
    def payload(self) -> Mapping[str, Json]:
        """The object itself, for who reads its values otherwise."""
        return self._payload

    def why_missing(self, name: str) -> str | None:
        """Why ``name`` is missing; ``None`` where it has a value or is null for good."""
        if self._payload.get(name) is not None:
            return None
        why = self._reply.why_missing((*self._path, name), present=name in self._payload)
        return why or self._void

    def _get(self, name: str, required: bool, fact: Facts) -> Json:
        value = self._payload.get(name)
        if value is not None:
            return value
        why = self.why_missing(name)
        if why is None:
            self._problems.none(fact, self.subject)
        else:
            self.lacks(fact, why, asked=self.asked(name))
        if required:
            self.report(name, "missing")
        return None

    def _malformed(self, name: str, value: Json, why: str, fact: Facts) -> None:
        self.report(name, f"{why}: {value!r}")
        self.lacks(fact, f"Numerai's answer can't be read: {name}, {why}.")

    def text(self, name: str, *, required: bool = False, fact: Facts = ()) -> str | None:
        """A non-empty text; control characters are dropped."""
        value = self._get(name, required, fact)
        if value is None:
            return None
        if not isinstance(value, str):
            self._malformed(name, value, "not a text", fact)
            return None
        cleaned = value if value.isprintable() else printable(value)
        if not cleaned and required:
            self.report(name, "empty")
        return cleaned or None

    def decimal(
        self,
        name: str,
        *,
        required: bool = False,
        low: int | None = None,
        high: int | None = None,
        fact: Facts = (),
    ) -> Decimal | None:
        """A number, from ``low`` to ``high`` where those are given."""
        value = self._get(name, required, fact)
        if value is None:
            return None
        try:
            result = _decimal(value)
        except ValueError as error:
            self._malformed(name, value, str(error), fact)
            return None
        if not _between(low, result, high):
            self._malformed(name, value, "an impossible value", fact)
            return None
        return result

    def nmr(
        self, name: str, *, required: bool = False, negative: bool = False, fact: Facts = ()
    ) -> NMR | None:
        """An amount of NMR; below zero only where ``negative`` allows it."""
        value = self._get(name, required, fact)
        if value is None:
            return None
        try:
            result = nmr_of(value) if isinstance(value, str) else NMR.down(_decimal(value))
        except ValueError as error:
            self._malformed(name, value, str(error), fact)
            return None
        if not negative and result.amount < 0:
            self._malformed(name, value, "below zero", fact)
            return None
        return result

    def integer(
        self,
        name: str,
        *,
        required: bool = False,
        low: int | None = None,
        high: int | None = None,
        fact: Facts = (),
    ) -> int | None:
        """A whole number, as a number or as a text, from ``low`` to ``high`` where given."""
        value = self._get(name, required, fact)
        if value is None:
            return None
        try:
            result = _decimal(value)
        except ValueError as error:
            self._malformed(name, value, str(error), fact)
            return None
        if result != int(result) or not _between(low, result, high):
            self._malformed(name, value, "not a whole number that is possible", fact)
            return None
        return int(result)

    def round_number(
        self,
        name: str,
        *,
        required: bool = False,
        highest: int = HIGHEST_ROUND,
        fact: Facts = (),
    ) -> int | None:
        """The number of a round, which no count or date goes astray with: from 1 to ``highest``."""
        return self.integer(name, required=required, low=1, high=highest, fact=fact)

    def days(self, name: str, *, low: int, fact: Facts = ()) -> int | None:
        """So many days of a round, or one of them; it lasts for months."""
        return self.integer(name, low=low, high=LONGEST_ROUND, fact=fact)

    def boolean(self, name: str, *, required: bool = False, fact: Facts = ()) -> bool | None:
        """True or false."""
        value = self._get(name, required, fact)
        if value is None or isinstance(value, bool):
            return value
        self._malformed(name, value, "neither true nor false", fact)
        return None

    def time(self, name: str, *, required: bool = False, fact: Facts = ()) -> datetime | None:
        """A moment, aware UTC."""
        value = self._get(name, required, fact)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError("not a time")
            return moment(value)
        except ValueError:
            self._malformed(name, value, "not a time", fact)
            return None

    def child(self, name: str, *, fact: Facts = ()) -> Fields | None:
        """An object below this one."""
        value = self._get(name, False, fact)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._malformed(name, value, "not an object", fact)
            return None
        return self._below(value, (*self._path, name))

    def children(self, name: str, *, fact: Facts = (), gaps: bool = False) -> list[Fields]:
        """The objects of a list; what is none is reported, nulls as missing.

        With ``gaps``, nulls that no error goes with are passed over.
        """
        return self.children_or_none(name, fact=fact, gaps=gaps) or []

    def children_or_none(
        self, name: str, *, fact: Facts = (), gaps: bool = False
    ) -> list[Fields] | None:
        """The same, with ``None`` for a list that was not told, or is null."""
        value = self._get(name, False, fact)
        if value is None:
            return None
        if not isinstance(value, list):
            self._malformed(name, value, "not a list", fact)
            return None
        children = []
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                children.append(self._below(entry, (*self._path, name, index)))
            elif entry is None:
                self._null_entry((*self._path, name, index), fact, gaps)
            else:
                self._malformed(name, entry, "not an object", fact)
        return children

    def _null_entry(self, path: Steps, fact: Facts, gaps: bool) -> None:
        """A row that is null tells nothing; the other rows do not stand for it."""
        why = self._reply.why_missing(path, present=True)
        if why is not None or not gaps:
            self.lacks(fact, why or "A row of Numerai's answer is empty.")

    def texts(self, name: str, *, fact: Facts = ()) -> list[str]:
        """The texts of a list; control characters are dropped."""
        value = self._get(name, False, fact)
        if value is not None and not isinstance(value, list):
            self._malformed(name, value, "not a list", fact)
            return []
        entries = value or ()
        if any(not isinstance(entry, str) for entry in entries):
            self.lacks(fact, f"Numerai's answer can't be read: {name} holds what is no text.")
        return [
            entry if entry.isprintable() else printable(entry)
            for entry in entries
            if isinstance(entry, str)
        ]

    def named(self, where: str, subject: str | None = None) -> Fields:
        """The same object, reported under another name and about another subject."""
        about = self.subject if subject is None else subject
        return self._copy(self._problems, where, about)

    def reporting(self, problems: Problems) -> Fields:
        """The same object, reporting elsewhere."""
        return self._copy(problems, self.where, self.subject)

    def merge(self, problems: Problems) -> None:
        """Report all of ``problems`` where this object reports."""
        self._problems.take(problems)

    def _copy(self, problems: Problems, where: str, subject: str) -> Fields:
        return Fields(
            self._payload,
            where,
            problems,
            reply=self._reply,
            path=self._path,
            subject=subject,
            void=self._void,
        )

    def _below(self, value: Mapping[str, Json], path: Steps) -> Fields:
        return Fields(
            value, self.where, self._problems, reply=self._reply, path=path, subject=self.subject
        )

    def __contains__(self, name: str) -> bool:
        return self._payload.get(name) is not None


def _between(low: int | None, value: Decimal, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _decimal(value: Json) -> Decimal:
    if isinstance(value, Decimal):
        return sane(value)
    if isinstance(value, str):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return sane(Decimal(value))
    raise ValueError("not a number")
