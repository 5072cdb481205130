"""Figures of risk computed in a process of its own: ``python -m ledger.account.risk_apart LEDGER
NOW``.

What computing them takes of memory, numpy and its tables, would stay with the app for as long as it
runs; a process gives it back when it ends.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from ledger.clock import FrozenClock, from_iso, iso

_PATIENCE = 120.0
"""Seconds; it takes less than one."""


def keep_apart(ledger: Path, now: datetime) -> bool:
    """Have another process compute the figures of ``ledger`` as of ``now``, and keep them there;
    ``False`` where it could not."""
    command = [sys.executable, "-m", "ledger.account.risk_apart", str(ledger), iso(now)]
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def main(ledger: str, now: str) -> None:
    """Compute and keep them."""
    from ledger.account.risk import RiskBook
    from ledger.store import Store

    clock = FrozenClock(from_iso(now))
    store = Store.open(Path(ledger), clock=clock)
    RiskBook(store, clock).keep()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
