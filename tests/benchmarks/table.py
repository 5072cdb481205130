"""``terminal``: this app beside its peers, measured through ptys of 120x36 in one run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.peers import Program
from tests.benchmarks.progress import progress
from tests.benchmarks.terminal import Terminal
from tests.benchmarks.wire import Cost, Wire, measure, rests_after

STARTS = 9
IDLE = 20
SLOW_LINE = 100_000
"""Bytes per second."""

PAINTS = ("diff", "full")

GOALS = {
    peers.HOME_CURSOR: 250,
    peers.CURSOR: 250,
    peers.WITH_DETAIL: 250,
    peers.TAB: 4_000,
    peers.OPENED: 5_000,
    peers.CLOSED: 5_000,
    peers.FORM: 5_000,
    peers.PALETTE: 5_000,
}
"""Bytes of the median key."""

P95 = 20
"""Milliseconds from a key to the last byte."""

ACTIONS = (
    peers.HOME_CURSOR,
    peers.CURSOR,
    peers.WITH_DETAIL,
    peers.FOLLOWS,
    peers.PAGE,
    peers.TAB,
    peers.OPENED,
    peers.CLOSED,
    peers.FORM,
    peers.PALETTE,
    peers.EDIT,
)


@dataclass(slots=True)
class Measured:
    """What one program costs."""

    name: str
    starts: list[float] = field(default_factory=list)
    first: int = 0
    first_packed: int = 0
    costs: dict[str, Cost] = field(default_factory=dict)
    idle_bytes: int = 0
    idle_cpu: float = 0.0
    memory: float = 0.0
    memory_after: float = 0.0
    rest: float = 0.0

    @property
    def start(self) -> float:
        """Seconds; the first start, with cold caches, counts for nothing."""
        return statistics.median(self.starts[1:])


def run(folder: Path, marker: str, config: str) -> list[Measured]:
    """Measure everything installed. ``folder`` has a synced ledger, ``marker`` shows that the
    first screen is there."""
    programs = [ours(folder, marker, config, paint) for paint in PAINTS]
    programs += [peers.bare(), *filter(starts, peers.others(folder))]
    found = {program.name: Measured(program.name) for program in programs}
    for turn in range(STARTS):
        progress(f"start {turn + 1} of {STARTS}")
        for program in programs:
            with started(program) as terminal:
                found[program.name].starts.append(terminal.wait_for(program.marker)[0])
    for program in programs:
        _tell(program.name, "start", f"{found[program.name].start * 1000:.0f} ms")
    for program in programs:
        progress(program.name)
        _measure(program, found[program.name])
    return list(found.values())


def ours(folder: Path, marker: str, config: str, paint: str) -> Program:
    """The same ledger in a folder of its own, with a config that sets how the app paints."""
    home = folder / paint
    home.mkdir()
    (home / "data").symlink_to(folder / "data")
    (home / "config.toml").write_text(f'{config}paint = "{paint}"\n')
    return peers.ours(home, marker, paint)


def starts(program: Program) -> bool:
    """Whether it does here; says so if not."""
    progress(f"whether {program.name} starts")
    with started(program) as terminal:
        try:
            terminal.wait_for(program.marker)
        except (EOFError, TimeoutError) as error:
            print(f"left out: {program.name}: {error}")
            return False
    return True


def started(program: Program) -> Terminal:
    """The program on a pty of its own."""
    return Terminal(program.command, environment=program.environment, cwd=program.cwd)


def _measure(program: Program, into: Measured) -> None:
    with started(program) as terminal:
        wire = Wire()
        data = terminal.wait_for(program.marker)[1] + terminal.read(1.5)
        into.first, into.first_packed = len(data), wire.packed(data)
        into.memory = terminal.resident_megabytes()
        _tell(program.name, "first screen", f"{into.first:,} bytes, {into.memory:.0f} MB")
        into.idle_bytes, into.idle_cpu = terminal.idle(IDLE)
        _tell(program.name, "idle", f"{into.idle_bytes:,} bytes, {into.idle_cpu:.2%} of a core")
        into.costs = measure(
            terminal,
            wire,
            program.actions,
            lambda row, cost: _tell(
                program.name, row, f"{cost.bytes:,.0f} bytes, {cost.median:.1f} ms"
            ),
        )
        into.memory_after = terminal.resident_megabytes()
    with started(program) as terminal:
        terminal.wait_for(program.marker)
        terminal.read(1.5)
        terminal.press(program.before)
        terminal.read(1.0)
        into.rest = rests_after(terminal, program.held, line=SLOW_LINE)
        _tell(program.name, "held key", f"rests after {into.rest:.0f} ms")


def _tell(name: str, what: str, figure: str) -> None:
    """A figure as it comes, before the table that has them all."""
    print(f"{name:<16} {what:<24} {figure}", flush=True)


def lines(found: Sequence[Measured]) -> list[str]:
    """The table: a row for each figure, a column for each program, the goal behind."""
    bare = next(one for one in found if one.name == "bare Textual")
    rows = [
        _row("", [one.name for one in found], "goal"),
        _row("start, ms", [f"{one.start * 1000:.0f}" for one in found], ""),
        _row("  beside bare Textual", [f"{one.start / bare.start:.2f}" for one in found], "1.2"),
        _row("first screen, bytes", [f"{one.first:,}" for one in found], "8,000"),
        _row("  compressed", [f"{one.first_packed:,}" for one in found], ""),
    ]
    for action in ACTIONS:
        costs = [one.costs.get(action) for one in found]
        goal = f"{GOALS[action]:,}" if action in GOALS else ""
        rows += [
            _row(f"{action}, bytes", [_said(cost, "bytes") for cost in costs], goal),
            _row("  compressed", [_said(cost, "compressed") for cost in costs], ""),
            _row("  ms to last byte", [_said(cost, "median") for cost in costs], ""),
            _row("  p95", [_said(cost, "p95") for cost in costs], f"{P95}"),
        ]
    return [
        *rows,
        _row(f"idle for {IDLE} s, bytes", [f"{one.idle_bytes:,}" for one in found], "0"),
        _row("  of a core", [f"{one.idle_cpu:.2%}" for one in found], "1 %"),
        _row("memory, MB", [f"{one.memory:.0f}" for one in found], "60"),
        _row("  after all keys", [f"{one.memory_after:.0f}" for one in found], ""),
        _row("held key, 100 kB/s: rests, ms", [f"{one.rest:.0f}" for one in found], "100"),
    ]


def _row(what: str, figures: Sequence[str], goal: str) -> str:
    cells = "".join(f"{figure:>16}" for figure in figures)
    return f"{what:<30}{cells}{goal:>10}".rstrip()


def _said(cost: Cost | None, figure: str) -> str:
    if cost is None:
        return "-"
    value: float = getattr(cost, figure)
    return f"{value:,.0f}" if figure in {"bytes", "compressed"} else f"{value:.1f}"
