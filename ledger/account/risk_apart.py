"""Figures of risk computed in a process of its own: ``python -m ledger.account.risk_apart LEDGER
NOW`` computes those of ``LEDGER`` as of ``NOW``, and keeps them there.

What computing them takes of memory, numpy and its tables, would stay with the app for as long as it
runs; a process gives it back when it ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.account.risk import RiskBook
from ledger.clock import FrozenClock, from_iso
from ledger.store import Store


def main(ledger: str, now: str) -> None:
    """Compute and keep them."""
    clock = FrozenClock(from_iso(now))
    store = Store.open(Path(ledger), clock=clock)
    RiskBook(store, clock).keep()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
