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
from tests.benchmarks.progress import progress
from tests.benchmarks.terminal import Terminal

STARTS = 16
SIZES = {"an empty ledger": (0, 0), "30 x 400": (30, 400), "100 x 1,070": (100, 1_070)}
"""Models and rounds."""

NOBODY = "http://127.0.0.1:9/"
"""Where a sync finds nobody."""

CONFIG = """\
[numerai]
api_url = "{url}"

[credentials]
allow_environment = true
"""
"""As without a file, but for where the sync it begins asks, and that no keyring is asked for the
key: a machine may have any."""

MARKERS = {False: "The first sync", True: "Net worth"}
"""What Home says at its first paint, without models and with some."""


@dataclass(frozen=True, slots=True)
class Home:
    """A ledger in ``folder``; ``marker`` shows that its first screen is there. ``key`` are the
    variables with a key, where a sync finds somebody."""

    folder: Path
    marker: str
    key: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, url: str, *, models: bool, key: Mapping[str, str]) -> Home:
        """One whose syncs ask at ``url``; whether there are ``models`` in it."""
        (folder / "config.toml").write_text(CONFIG.format(url=url))
        return cls(folder, MARKERS[models], key)


@dataclass(slots=True)
class Starts:
    """Seconds until the first paint, by the clock and of the processor, and when the app rests
    those of the processor and resident MB."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rested: float = 0.0
    memory: float = 0.0


def measured(homes: Mapping[str, Home]) -> Iterator[tuple[str, str, str]]:
    """A line of the table for each of ``homes``."""
    bare = peers.bare()
    programs = {bare.name: (bare.command, bare.marker, {})}
    for name, home in homes.items():
        command = (sys.executable, "-m", "tui", "--at", str(home.folder))
        programs[name] = (command, home.marker, dict(home.key))
    found = {name: Starts() for name in programs}
    for number in range(STARTS + 1):
        progress(f"start {number} of {STARTS}")
        for name, program in programs.items():
            _start(*program, found[name], first=number == 0)
    base = found[bare.name]
    for name, starts in found.items():
        wall, cpu = _ratio(starts.wall, base.wall), _ratio(starts.cpu, base.cpu)
        figure = f"{_ms(starts.wall)}, {wall:.2f}; cpu {_ms(starts.cpu)}, {cpu:.2f}"
        yield f"start with {name}", figure, "goal <= 1.2"
        at_rest = f"{starts.rested:.2f} s, {starts.memory:.0f} MB"
        yield "  at rest: cpu, memory", at_rest, "goal <= 60 MB"


def _start(
    command: tuple[str, ...], marker: str, key: dict[str, str], into: Starts, *, first: bool
) -> None:
    """One start. The ``first``, with cold caches, counts for what it comes to at rest only."""
    with Terminal(command, environment=key) as terminal:
        seconds, _ = terminal.wait_for(marker)
        cpu = _processor_seconds(terminal.process.pid)
        if first:
            terminal.rest()
            into.rested = terminal.cpu_seconds()
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
