"""Facts that Numerai does not tell, put into a ledger as a sync would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from ledger.book import Book
from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.domain.syncing.facts import SyncFacts

SINCE = datetime(2026, 11, 28, 14, tzinfo=UTC)
TOLD = datetime(2026, 11, 27, 12, tzinfo=UTC)


def never(fact: Fact, subject: str = "", **more: object) -> MissingFact:
    """Something that was never told."""
    return MissingFact(fact, subject, None, SINCE, "Numerai says null", **more)  # type: ignore[arg-type]


def old(fact: Fact, subject: str = "", **more: object) -> MissingFact:
    """Something that was told a day before."""
    return MissingFact(fact, subject, TOLD, SINCE, "Numerai says null", **more)  # type: ignore[arg-type]


def missing(*entries: MissingFact) -> MissingFacts:
    return MissingFacts(entries)


def lose(book: Book, *entries: MissingFact) -> None:
    """The last sync was not told ``entries``; former figures stand unless they were never told."""
    store = book._store
    gone = {entry.subject for entry in entries if entry.fact is Fact.STAKE and entry.as_of is None}
    stakes = tuple(
        replace(stake, settled=None, projected=None) if model_id in gone else stake
        for model_id, stake in store.stakes().items()
    )
    account = store.account()
    wallet = [entry for entry in entries if entry.fact is Fact.WALLET and entry.as_of is None]
    if account is not None and wallet:
        account = replace(account, available=None)
    store.apply(SyncFacts(account=account, stakes=stakes, missing=tuple(entries)))


def tell_all(book: Book, stakes: Iterable[object]) -> None:
    """A sound sync: everything is told again, ``stakes`` among it."""
    book._store.apply(SyncFacts(stakes=tuple(stakes), missing=()))  # type: ignore[arg-type]
