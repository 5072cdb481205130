"""Figures of risk computed in a process of its own; its arguments are the file of a ledger and the
time that the figures are as of. They are kept in the ledger.

What computing them takes of memory, numpy and its tables, would stay with the app for as long as it
runs; a process gives it back when it ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.account.risk import RiskBook
from ledger.clock import FrozenClock, from_iso
from ledger.store import Store


def main() -> None:
    """Compute and keep them."""
    ledger, now = sys.argv[1:]
    clock = FrozenClock(from_iso(now))
    store = Store.open(Path(ledger), clock=clock)
    RiskBook(store, clock).keep()
    store.close()
