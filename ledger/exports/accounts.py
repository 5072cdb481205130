"""The accounts of the journals, one for each place NMR can be in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from ledger.domain.model import Tournament
from ledger.domain.records.place import Place
from ledger.domain.records.record import ModelAccount, Record, RecordKind
from ledger.exports.books import Books, plain

_OTHER = re.compile(r"[^A-Za-z0-9-]+")
"""What may not stand in a part of an account's name."""


class Accounts:
    """Names of accounts: ``style`` turns their parts into one name.

    A model keeps the account it was first given. Where another model has that name already, as far
    as accounts go, its id is behind it.
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
    """The part of an account's name for each model: its own, whatever others are called later."""
    parts: dict[str, str] = {}
    taken: set[tuple[Tournament | None, str]] = set()
    for account in _named(books):
        for name in _candidates(plain(account.name), plain(account.model_id)):
            key = (account.tournament, style((name,)).casefold())
            if key not in taken:
                taken.add(key)
                parts[account.model_id] = name
                break
    return parts


def _named(books: Books) -> Iterator[ModelAccount]:
    """The accounts that were named, then those of models that have none yet."""
    yield from books.accounts
    named = {account.model_id for account in books.accounts}
    for row in books.history or books.records:
        if row.model_id is not None and row.model_id not in named:
            named.add(row.model_id)
            yield ModelAccount(row.model_id, row.tournament, books.name(row))


def _candidates(name: str, model_id: str) -> Iterator[str]:
    yield name
    yield f"{name}-{model_id}"
    yield from (f"{name}-{model_id}-{number}" for number in count(2))
