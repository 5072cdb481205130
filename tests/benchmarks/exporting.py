"""How long a large ledger takes to export: 100 models over 1,000 rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ledger.account.records import RecordBook
from ledger.clock import FrozenClock
from ledger.config.settings import AtomicSettings
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.syncing.facts import Price, SyncFacts, SyncLog
from ledger.exports.beancount import beancount
from ledger.exports.books import Books
from ledger.exports.journal import journal
from ledger.exports.table import table
from ledger.exports.workbook import workbook
from ledger.reports.records.yearly import build_yearly
from ledger.rules.rounds import calendar
from ledger.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LAST = 1380
SIGNALS = Tournament.SIGNALS


def measured(folder: Path, models: int = 100, rounds: int = 1_000) -> Iterator[tuple[str, float]]:
    """Names and seconds: filling the records once, then each export from the ledger to text."""
    with _filled(folder / "large.sqlite3", models, rounds) as store:
        book = RecordBook(store, FrozenClock(NOW), AtomicSettings())
        yield "keeping the records of the whole history", _seconds(book.keep)
        renderers: dict[str, Callable[[Books], object]] = {
            "csv": table,
            "hledger": journal,
            "beancount": beancount,
            "xlsx": _workbook,
        }
        for name, render in renderers.items():
            yield name, _seconds(lambda render=render: render(book.books()))
        yield "yearly summary", _seconds(book.yearly)


def _workbook(books: Books) -> bytes:
    yearly = build_yearly(books.records, books.models, books.prices, books.currency)
    return workbook(books, yearly)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@contextmanager
def _filled(path: Path, models: int, rounds: int) -> Iterator[Store]:
    store = Store.open(path, clock=FrozenClock(NOW))
    store.apply(_facts(models, rounds), SyncLog(NOW, NOW, "done", 1, 1, rounds))
    try:
        yield store
    finally:
        store.close()


def _facts(models: int, rounds: int) -> SyncFacts:
    numbers = range(LAST - rounds + 1, LAST + 1)
    slots = [Model(f"id-{index:03}", f"model_{index:03}", SIGNALS) for index in range(models)]
    paid = {
        (slot.id, number): NMR.from_wei(
            (index * 7919 + number * 104_729) % 10**6 * 10**11 - 4 * 10**16
        )
        for index, slot in enumerate(slots)
        for number in numbers
    }
    return SyncFacts(
        account=Account("big", NOW, None, NMR(5), ZERO, ZERO, None, frozenset(), "USD"),
        models=tuple(slots),
        stakes=tuple(ContinuousStake(slot.id, NMR(20_000), NMR(20_000), False) for slot in slots),
        scheduled=(),
        systems={SIGNALS: System.CONTINUOUS},
        rounds=tuple(_round(number) for number in numbers),
        performances=tuple(
            _performance(slot.id, number, paid[slot.id, number])
            for slot in slots
            for number in numbers
        ),
        prices=tuple(
            Price(
                NOW - timedelta(days=day),
                "USD",
                str(Decimal(11) + Decimal(day % 50) / 10),
                "numerai",
            )
            for day in range(0, 1_500, 2)
        ),
    )


def _round(number: int) -> Round:
    return Round(
        SIGNALS,
        number,
        calendar.opens(number),
        None,
        None,
        None,
        calendar.resolves(number, 20),
        True,
        Decimal(1),
        None,
    )


def _performance(model_id: str, number: int, paid: NMR) -> Performance:
    return Performance(
        model_id,
        SIGNALS,
        number,
        NMR(10),
        paid,
        PayoutState.SETTLED,
        PayoutSource.NUMERAI,
        Decimal(1),
        Decimal("0.05"),
        calendar.resolves(number, 20),
        "s",
    )
