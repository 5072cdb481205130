"""How long until something is on screen, beside the smallest Textual app with a table.

All are started in turn, so that what else the machine does falls on each of them alike.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.terminal import Terminal

STARTS = 16
SIZES = {"an empty ledger": (0, 0), "30 x 400": (30, 400), "100 x 1,000": (100, 1_000)}
"""Models and rounds. The embedded Numerai has 1,000 rounds at most."""

CONFIG = """\
[numerai]
api_url = "http://127.0.0.1:9/"
"""
"""As without a file, but that the sync it begins finds nobody."""

MARKERS = {False: "The first sync", True: "Net worth"}
"""What Home says at its first paint, without models and with some."""


@dataclass(slots=True)
class Starts:
    """Seconds until the first paint, by the clock and of the processor, and resident MB when the
    app rests."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0.0


def measured(homes: Mapping[str, tuple[Path, str]]) -> Iterator[tuple[str, str, str]]:
    """A line of the table for each of ``homes``, with what shows that the first screen is there."""
    bare = peers.bare()
    programs = {bare.name: (bare.command, bare.marker)}
    for name, (home, marker) in homes.items():
        programs[name] = ((sys.executable, "-m", "tui", "--at", str(home)), marker)
    found = {name: Starts() for name in programs}
    for number in range(STARTS + 1):
        for name, (command, marker) in programs.items():
            _start(command, marker, found[name], first=number == 0)
    base = found[bare.name]
    for name, starts in found.items():
        wall, cpu = _ratio(starts.wall, base.wall), _ratio(starts.cpu, base.cpu)
        figure = f"{_ms(starts.wall)}, {wall:.2f}; cpu {_ms(starts.cpu)}, {cpu:.2f}"
        yield f"start with {name}", figure, "goal <= 1.2"
        yield "  memory at rest", f"{starts.memory:.0f} MB", "goal <= 60 MB"


def _start(command: tuple[str, ...], marker: str, into: Starts, *, first: bool) -> None:
    """One start. The ``first``, with cold caches, counts for its memory only."""
    with Terminal(command) as terminal:
        seconds, _ = terminal.wait_for(marker)
        cpu = _processor_seconds(terminal.process.pid)
        if first:
            terminal.read(1.5)
            into.memory = terminal.resident_megabytes()
        else:
            into.wall.append(seconds)
            into.cpu.append(cpu)


def _processor_seconds(pid: int) -> float:
    """Of all threads, finer than ``/proc`` has it: Linux numbers the clocks of processes so."""
    return time.clock_gettime(~pid << 3 | 2)


def _ratio(starts: list[float], base: list[float]) -> float:
    """Start by start, since a busy machine slows down those next to each other alike."""
    return statistics.median(mine / other for mine, other in zip(starts, base, strict=True))


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"
