"""``growth``: what a ledger costs as it grows, by processor time, memory and requests."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger.clock import SystemClock
from ledger.sandbox import control
from ledger.sandbox.process import SandboxProcess
from ledger.store import Store
from tests.benchmarks.nursery import ROOT
from tests.benchmarks.progress import progress
from tests.benchmarks.terminal import Terminal
from tui import keys

SIZES = ((10, 100), (30, 400), (100, 1_070))
"""Models and rounds. The last are all the daily rounds there were by the end of November 2026."""

CONFIG = """\
[app]
sync_on_start = false
sync_every = 0

[numerai]
history_rounds = 0
account_reads_per_minute = 1_000
performance_reads_per_minute = 10_000
"""
"""Nothing waits for a server's limits: they are told in minutes, not in processor time."""

GOALS = {
    "first sync": "",
    "following sync": "1.5 s",
    "earnings opened": "0.3 s",
    "slots opened": "0.2 s",
    "export csv": "2 s",
    "export xlsx": "5 s",
    "simulate a policy": "1 s",
    "backtest": "2 s",
}
PANES = ("earnings", "slots", "models", "home")
READING = (
    "keep records",
    "export csv",
    "export xlsx",
    "earnings --json",
    "simulate a policy",
    "backtest",
)
"""Jobs that need a ledger only."""

_NOTED = 0.05
"""Seconds of loading modules from which on they are noted, in parentheses."""

READY = 600.0
"""Seconds that an embedded Numerai may take to live through its history."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time in seconds, of which ``loading`` went into modules, the most memory in MB (0:
    not looked at), and requests."""

    seconds: float
    loading: float = 0.0
    megabytes: float = 0.0
    requests: int = 0

    def __str__(self) -> str:
        memory = f"{self.megabytes:.0f} MB" if self.megabytes else ""
        requests = f"{self.requests} req" if self.requests else ""
        loading = f"({self.loading:.2f})" if self.loading >= _NOTED else ""
        return " ".join(filter(None, (f"{self.seconds:.2f} s", loading, memory, requests)))


@dataclass(slots=True)
class Grown:
    """What a ledger of so many ``models`` and ``rounds`` costs, by what is done with it."""

    models: int
    rounds: int
    costs: dict[str, Cost] = field(default_factory=dict)
    megabytes: float = 0.0

    @property
    def cells(self) -> int:
        """One for each model in each round."""
        return self.models * self.rounds


def measured(folder: Path, models: int, rounds: int) -> Iterator[tuple[str, Cost]]:
    """What is done with a ledger of that size, and what it costs, as it comes."""
    home = folder / f"{models}x{rounds}"
    (home / "data").mkdir(parents=True)
    (home / "config.toml").write_text(CONFIG)
    with _served(models, rounds) as server:
        keys_and_url = json.dumps(
            {"url": server.url, "public_id": server.public_id, "secret_key": server.secret_key}
        )
        yield "first sync", _job("sync", home, keys_and_url)
        yield "sync, nothing new", _job("sync", home, keys_and_url)
        control.advance(server.url, rounds=1)
        yield "following sync", _job("sync", home, keys_and_url)
    for job in READING:
        yield job, _job(job, home)
    yield from opened(home)


@contextmanager
def _served(models: int, rounds: int) -> Iterator[SandboxProcess]:
    process = SandboxProcess(models=models, rounds=rounds, rate_scale=0)
    process.start()
    process.wait_ready(READY)
    try:
        yield process
    finally:
        process.stop()


def _job(name: str, home: Path, server: str = "") -> Cost:
    """A job of :mod:`tests.benchmarks.growth_jobs`.

    Raises:
        RuntimeError: it failed; what it said is in there.
    """
    told = json.loads(_python(name, str(home), server).splitlines()[-1])
    modules = told.pop("modules")
    loading = float(_python("loading", str(home), given=json.dumps(modules)))
    return Cost(**told, loading=loading)


def _python(name: str, *arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "tests.benchmarks.growth_jobs", name, *arguments]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, input=given, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{name} failed: {ended.stderr[-2_000:]}")
    return ended.stdout


def opened(home: Path) -> Iterator[tuple[str, Cost]]:
    """The app's start, and its panes opened for the first time, each in an app of its own."""
    for index, pane in enumerate(PANES):
        if pane not in keys.BY_ID:
            continue
        with Terminal([sys.executable, "-m", "tui", "--at", str(home)], cwd=ROOT) as terminal:
            terminal.rest()
            if index == 0:
                yield "start", Cost(terminal.cpu_seconds(), megabytes=terminal.peak_megabytes())
            before = terminal.cpu_seconds()
            terminal.press(keys.BY_ID[pane].key)
            terminal.rest()
            seconds = terminal.cpu_seconds() - before
            yield f"{pane} opened", Cost(seconds, megabytes=terminal.peak_megabytes())


def first_model(folder: Path) -> str:
    """The name of the first model in the Models pane."""
    store = Store.open(folder / "data" / "default.sqlite3", clock=SystemClock(), read_only=True)
    name = store.models()[0].name
    store.close()
    return name


def run(folder: Path, sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
    """Measure every size, saying each figure as it comes; then the table."""
    grown = []
    for models, rounds in sizes:
        size = Grown(models, rounds)
        progress(f"{models} models x {rounds:,} rounds")
        for what, cost in measured(folder, models, rounds):
            size.costs[what] = cost
            print(f"{models:>3} x {rounds:>5,}  {what:<24} {cost}", flush=True)
        path = folder / f"{models}x{rounds}" / "data" / "default.sqlite3"
        size.megabytes = path.stat().st_size / 1e6
        grown.append(size)
    print(*lines(grown), sep="\n")


def lines(grown: list[Grown]) -> list[str]:
    """The table: a row for each thing done, a column for each size, how it grows with the number
    of cells between the first and the last size, and its goal at the last."""
    sizes = [f"{size.models} x {size.rounds:,}" for size in grown]
    rows = [_row("", sizes, "exponent", "goal")]
    for what in grown[-1].costs:
        costs = [size.costs[what] for size in grown]
        growth = exponent([size.cells for size in grown], [cost.seconds for cost in costs])
        rows.append(_row(what, [str(cost) for cost in costs], growth, GOALS.get(what, "")))
    sizes_of_files = [size.megabytes for size in grown]
    growth = exponent([size.cells for size in grown], sizes_of_files)
    rows.append(_row("ledger", [f"{size:.0f} MB" for size in sizes_of_files], growth, ""))
    return rows


def exponent(cells: list[int], figures: list[float]) -> str:
    """``p`` where a figure grows with the cells to the power of ``p``; empty where none does."""
    if len(cells) < 2 or figures[0] <= 0 or figures[-1] <= 0:
        return ""
    return f"{math.log(figures[-1] / figures[0]) / math.log(cells[-1] / cells[0]):.2f}"


def _row(what: str, figures: list[str], growth: str, goal: str) -> str:
    cells = "".join(f"{figure:>22}" for figure in figures)
    return f"{what:<20}{cells}{growth:>10}{goal:>8}".rstrip()
