"""Risk of a hundred models over years of rounds: how long computing, keeping and reading take."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from ledger.account.risk import RiskBook
from ledger.clock import FrozenClock
from ledger.rules.earnings.risk import estimate
from ledger.store import Store
from tests.benchmarks.earnings import NOW

RUNS = 9


def measure(path: Path) -> dict[str, float]:
    """Milliseconds by what is done, on the ledger at ``path``; numpy is loaded beforehand."""
    clock = FrozenClock(NOW)
    store = Store.open(path, clock=clock)
    book = RiskBook(store, clock)
    facts = book._facts()
    figures = estimate(facts)
    assert figures.outlook is not None
    times = {
        "reading the rounds": _median(book._facts),
        "computing": _median(lambda: estimate(facts)),
        "keeping": _median(lambda: store.keep_risk(figures)),
        "reading it": _median(book.kept),
    }
    store.close()
    return times


def _median(call: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begin = perf_counter()
        call()
        times.append(perf_counter() - begin)
    return statistics.median(times) * 1000
