"""The accounts of the journals, one for each place NMR can be in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ledger.domain.model import Tournament
from ledger.domain.records.record import Place, Record, RecordKind
from ledger.exports.books import Books

_OTHER = re.compile(r"[^A-Za-z0-9-]+")
"""What may not stand in a part of an account's name."""


class Accounts:
    """Names of accounts: ``style`` turns their parts into one name.

    Two models whose names become the same have their ids behind them.
    """

    def __init__(self, books: Books, style: Callable[[tuple[str, ...]], str]) -> None:
        self._style = style
        self._models = _models(books, style)
        self._names: dict[tuple[Place, bool, Tournament | None, str | None], str] = {}

    def of(self, row: Record, place: Place) -> str:
        """The account of ``row`` for one of its ends."""
        opening = row.kind is RecordKind.OPENING
        key = (place, opening, row.tournament, row.model_id)
        account = self._names.get(key)
        if account is None:
            account = self._names[key] = self._style(self._parts(*key))
        return account

    def both(self, row: Record) -> tuple[str, str]:
        """The accounts ``row`` moves from and to."""
        return self.of(row, row.giver), self.of(row, row.taker)

    def used(self, rows: Iterable[Record]) -> list[str]:
        """The accounts of ``rows``, each once, in order."""
        return sorted({account for row in rows for account in self.both(row)})

    def _parts(
        self, place: Place, opening: bool, tournament: Tournament | None, model_id: str | None
    ) -> tuple[str, ...]:
        label = () if tournament is None else (tournament.label.lower(),)
        numerai = {
            Place.STAKE: ("stake", *label, self._models.get(model_id or "", "")),
            Place.HELD: ("held", *label),
            Place.STRATEGY: ("strategy", *label),
            Place.WALLET: ("wallet",),
        }
        if place in numerai:
            return "assets", "numerai", *numerai[place]
        return {
            Place.OUTSIDE: ("assets", "outside"),
            Place.INCOME: ("income", "numerai", "payout"),
            Place.BURN: ("expenses", "numerai", "burn"),
            Place.EQUITY: ("equity", "opening" if opening else "adjustment"),
        }[place]


def ledger_style(parts: tuple[str, ...]) -> str:
    """``assets:numerai:wallet``, for hledger and ledger."""
    return ":".join(_colonless(part) for part in parts)


def beancount_style(parts: tuple[str, ...]) -> str:
    """``Assets:Numerai:Wallet``: letters, digits and dashes, each part with a capital."""
    return ":".join(_capital(part) for part in parts)


def _colonless(part: str) -> str:
    return " ".join(re.sub(r"[:;()\[\]]", " ", part).split()) or "unnamed"


def _capital(part: str) -> str:
    word = _OTHER.sub("-", part).strip("-") or "unnamed"
    return word[0].upper() + word[1:]


def _models(books: Books, style: Callable[[tuple[str, ...]], str]) -> dict[str, str]:
    """The part of an account's name for each model that has records."""
    ids = sorted({row.model_id for row in books.records if row.model_id is not None})
    tournaments = {row.model_id: row.tournament for row in books.records}
    names = {row.model_id: books.name(row) for row in books.records if row.model_id is not None}
    alike: dict[tuple[object, str], list[str]] = {}
    for model_id in ids:
        shown = style((names[model_id],)).lower()
        alike.setdefault((tournaments[model_id], shown), []).append(model_id)
    return {
        model_id: names[model_id] if len(group) == 1 else f"{names[model_id]}-{model_id}"
        for group in alike.values()
        for model_id in group
    }
