"""What a growing ledger is measured by, each in a process of its own:
``python -m tests.benchmarks.growth_jobs JOB HOME [SERVER]``.

Prints as JSON the processor time of the job in seconds, without opening the ledger, the most memory
the process ever took in MB, the requests it sent, and the modules it loaded, which only the first
such job of a process does. ``SERVER`` is a JSON object with the ``url`` and the keys of an embedded
Numerai. ``python -m tests.benchmarks.growth_jobs loading HOME`` prints what loading takes of that:
it loads the modules whose names come on standard input, and nothing is counted while jobs run.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from tests.benchmarks.memory import memory_of
from tui.cli import YOUNG

if TYPE_CHECKING:
    from ledger.book import Book

BACKTEST_SHUFFLES = 10_000
REPLAYED = 10_000
"""Rounds of a policy's simulation: all there are."""


def main(job: str, home: str, server: str = "") -> None:
    """Do it and say what it took."""
    book = opened(Path(home), json.loads(server) if server else None)
    book.portfolio()
    gc.set_threshold(YOUNG)
    before, started = set(sys.modules), process_time()
    requests = JOBS[job](book)
    seconds = process_time() - started
    megabytes = memory_of("self", "VmHWM")
    book.close()
    cost = {"seconds": seconds, "megabytes": megabytes, "requests": requests}
    print(json.dumps({**cost, "modules": [name for name in sys.modules if name not in before]}))


def load(home: str, names: list[str]) -> None:
    """Load modules where a job would, and say the seconds of processor time that it took."""
    book = opened(Path(home), None)
    book.portfolio()
    gc.set_threshold(YOUNG)
    started = process_time()
    for name in names:
        # Some are known under names that nobody could load them by.
        with suppress(ImportError):
            import_module(name)
    print(process_time() - started)
    book.close()


def opened(home: Path, server: dict[str, str] | None) -> Book:
    """The book at ``home`` as the program opens it, with a way to ``server``."""
    from ledger.book import Book
    from ledger.clock import ServerClock, SystemClock
    from ledger.credentials import Credentials, Secret
    from ledger.opening import Options, load_config, make_client
    from ledger.store import Store

    url = server["url"] if server else None
    config = load_config(Options(at=home, api_url=url))
    clock = ServerClock(SystemClock())
    key = Credentials(server["public_id"], Secret(server["secret_key"])) if server else None
    return Book(
        profile="default",
        store=Store.open(home / "data" / "default.sqlite3", clock=clock),
        clock=clock,
        config=config,
        connect=lambda: make_client(config, key, clock.machine),
    )


def _sync(book: Book) -> int:
    return book.sync().requests


def _keep(book: Book) -> int:
    book.records.keep()
    return 0


def _export(kind: str) -> Callable[[Book], int]:
    def export(book: Book) -> int:
        from ledger.exports.rendering import rendered

        return 0 * len(rendered(kind, book.records.books()))

    return export


def _earnings_json(book: Book) -> int:
    """The command itself, into nothing."""
    from tui.cli.commands import cli

    home = book._store.path.parent.parent
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        cli(["--at", str(home), "earnings", "--json"], standalone_mode=False)
    return 0


def _simulate(book: Book) -> int:
    from ledger.domain.policy import HUNDRED, WALLET, Policy, PolicyRow

    everything = Policy(Tournament.CLASSIC, (PolicyRow(None, {WALLET: HUNDRED}),))
    book.policy.replay(Tournament.CLASSIC, REPLAYED, everything)
    return 0


def _backtest(book: Book) -> int:
    shuffling = book.slots.shuffling
    table = shuffling.table(Tournament.CLASSIC, by_slot=True)
    shuffling.backtest(table, shuffles=BACKTEST_SHUFFLES, seed=0)
    return 0


JOBS: dict[str, Callable[[Book], int]] = {
    "sync": _sync,
    "keep records": _keep,
    "export csv": _export("csv"),
    "export xlsx": _export("xlsx"),
    "earnings --json": _earnings_json,
    "simulate a policy": _simulate,
    "backtest": _backtest,
}

if __name__ == "__main__":
    if sys.argv[1] == "loading":
        load(sys.argv[2], json.load(sys.stdin))
    else:
        main(*sys.argv[1:])
