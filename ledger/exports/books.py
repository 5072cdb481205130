"""What every export is made from: records with the names and prices they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from functools import lru_cache

from ledger.clock import day_in
from ledger.domain.model import Model
from ledger.domain.records.price import DOLLAR, DayPrice, is_currency
from ledger.domain.records.record import ModelAccount, Record
from ledger.rules.records.prices import PriceBook, value

_PLAIN = re.compile(r"[A-Za-z0-9 _.:()-]*")
"""Texts that mean nothing in any of the files; most are."""

_MEANS = '";|,\\'
"""Characters that mean something in one of the files."""

RECORD_ONLY = (
    "A record of what Numerai listed, not tax advice: what is taxable, when and at which price "
    "differs between countries."
)
"""What every summary has to say of itself."""


@dataclass(frozen=True, slots=True)
class Books:
    """``records`` oldest first, ``models`` by id; values are in ``currency`` at ``prices``.

    ``history`` is every record that a file of another range, or of another tournament, may hold,
    and those of this one; ``accounts`` is how the models' accounts were named. Without them this
    is all there is. Days are those of ``zone``.
    """

    records: tuple[Record, ...]
    models: Mapping[str, Model]
    currency: str
    prices: PriceBook
    history: tuple[Record, ...] = ()
    accounts: tuple[ModelAccount, ...] = ()
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise ValueError(f"no currency: {self.currency!r}")

    def name(self, row: Record) -> str:
        """The model's name, its id when it is not known any more, or nothing."""
        if row.model_id is None:
            return ""
        model = self.models.get(row.model_id)
        return plain(model.name if model is not None else row.model_id)

    def day(self, row: Record) -> date:
        """The day a record belongs to."""
        return day_in(self.zone, row.at)

    @property
    def about_days(self) -> str:
        """Which days and years these are, in a sentence."""
        return f"Days and years are those of {self.zone}; times are UTC."

    def price(self, row: Record) -> DayPrice | None:
        """The price of a record: Numerai's for this very movement, else that of its day."""
        day = self.day(row)
        if row.price is not None and self.currency == DOLLAR:
            return DayPrice(day, self.currency, row.price, "this movement")
        return self.prices.quoted(day, self.currency)

    def day_prices(self) -> Iterator[DayPrice]:
        """One price for every day with a record that has one, oldest first."""
        for day in self.days():
            price = self.prices.quoted(day, self.currency)
            if price is not None:
                yield price

    def days(self) -> list[date]:
        """The days with records, each once."""
        return sorted({self.day(row) for row in self.records})

    def missing(self) -> tuple[date, ...]:
        """The days with records on which nobody saw a price."""
        return self.prices.missing(self.days(), self.currency)


def value_of(row: Record, price: DayPrice | None) -> Decimal | None:
    """What a record is worth at ``price``."""
    return value(row.nmr, price.price) if price is not None else None


def described(books: Books, row: Record) -> str:
    """A record in a few words: ``payout of alder, Classic round 1339``."""
    words = f"correction of a {row.kind}" if row.part else row.kind.value
    name = books.name(row)
    words += f" of {name}" if name else ""
    if row.tournament is not None:
        words += f", {row.tournament.label}"
    return words if row.round is None else f"{words} round {row.round}"


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Text from outside without anything that could end a line or mean something in a file."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(char if char.isprintable() and char not in _MEANS else " " for char in text)


def remarks(books: Books) -> Iterator[str]:
    """What both journals begin with, as comments: what they are, and days without a price."""
    yield f"; Movements of NMR at Numerai, written by numstake-tui. {RECORD_ONLY}"
    yield f"; {books.about_days}"
    missing = books.missing()
    if missing:
        what = "interpolated where possible" if books.prices.interpolate else "left without a value"
        yield f"; No price was seen on {len(missing)} days with movements; {what}:"
        yield from (f";   {day}" for day in missing)
