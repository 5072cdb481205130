"""The palette over a large account: from a letter to its paint, and what that sends."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.store import Store
from tests.benchmarks.peers import CTRL_P
from tests.benchmarks.progress import progress
from tests.benchmarks.terminal import Terminal
from tests.benchmarks.wire import ESCAPE, PATIENCE

MODELS, ROUNDS = 100, 1_400
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NEWEST = 1404

TYPED = (
    "model_042",
    "mdoel_007",
    "round 1403",
    "move 20 model_0",
    "earnings",
    "theme nord",
    "burn",
)
RUNS = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds and bytes: opening for the first time and later, each letter of each text.
    ``processor`` is the milliseconds of processor time that a letter takes on average."""

    first: float
    opened: list[float]
    opened_bytes: list[int]
    letters: list[float]
    letter_bytes: list[int]
    processor: float = 0.0

    @property
    def p95(self) -> float:
        """Of all letters."""
        return statistics.quantiles(self.letters, n=20)[-1]


def fill(path: Path) -> None:
    """A ledger of ``MODELS`` models and ``ROUNDS`` rounds of Classic, in which none took part."""
    models = tuple(Model(f"{i:08d}-m", f"model_{i:03d}", Tournament.CLASSIC) for i in range(MODELS))
    facts = SyncFacts(
        account=Account("large", NOW, None, NMR(0), NMR(0), NMR(0), None, frozenset()),
        models=models,
        stakes=(),
        scheduled=(),
        systems={Tournament.CLASSIC: System.CONTINUOUS},
        rounds=tuple(_round(number) for number in range(NEWEST - ROUNDS + 1, NEWEST + 1)),
        performances=(),
    )
    store = Store.open(path, clock=FrozenClock(NOW))
    store.apply(facts, SyncLog(NOW, NOW, "done", 0, 0, ROUNDS))
    store.close()


def _round(number: int) -> Round:
    at = NOW - timedelta(days=NEWEST - number)
    return Round(Tournament.CLASSIC, number, at, at, at, at, at, True, None, None)


def measure(folder: Path, marker: str) -> Figures:
    """Open, type and close again, over the ledger in ``folder``."""
    figures = Figures(0.0, [], [], [], [])
    firsts, used = [], 0.0
    for turn in range(RUNS):
        progress(f"palette: run {turn + 1} of {RUNS}")
        with Terminal([sys.executable, "-m", "tui", "--at", str(folder)]) as terminal:
            terminal.wait_for(marker)
            terminal.read(2.0)
            firsts.append(_press(terminal, CTRL_P)[0])
            _press(terminal, ESCAPE)
            for text in TYPED:
                if terminal.restless > PATIENCE:
                    raise TimeoutError("the palette does not come to rest")
                milliseconds, written = _press(terminal, CTRL_P)
                figures.opened.append(milliseconds)
                figures.opened_bytes.append(written)
                before = terminal.cpu_seconds()
                for letter in text:
                    milliseconds, written = _press(terminal, letter)
                    figures.letters.append(milliseconds)
                    figures.letter_bytes.append(written)
                used += terminal.cpu_seconds() - before
                letters = statistics.median(figures.letters[-len(text) :])
                print(
                    f"{text:<20} opened in {figures.opened[-1]:.0f} ms, a letter {letters:.1f}",
                    flush=True,
                )
                _press(terminal, ESCAPE)
    return Figures(
        statistics.median(firsts),
        figures.opened,
        figures.opened_bytes,
        figures.letters,
        figures.letter_bytes,
        used * 1000 / len(figures.letters),
    )


def _press(terminal: Terminal, key: str) -> tuple[float, int]:
    """Milliseconds to the last byte that ``key`` has the app write, and how many bytes."""
    started = time.perf_counter()
    terminal.press(key)
    last, written = started, 0
    for at, chunk in terminal.chunks(0.4):
        last, written = at, written + len(chunk)
    return (last - started) * 1000, written
