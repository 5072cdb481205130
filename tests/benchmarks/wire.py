"""What single keys cost on the wire: bytes, the same through ``ssh -C``, and milliseconds."""

from __future__ import annotations

import math
import os
import select
import statistics
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from tests.benchmarks.progress import progress
from tests.benchmarks.terminal import RESTLESS, Terminal

QUIET = 0.3
"""Seconds without a byte after which an action is over: more than any pause an app makes."""

PATIENCE = 3
"""How many keys a program may not come to rest after."""

PAUSE = 0.04
"""Seconds without a byte after which what comes is no part of the answer to the key."""

ESCAPE = "\x1b[27u"
"""As terminals with the Kitty protocol send it: nothing waits for the rest of a sequence."""


@dataclass(frozen=True, slots=True)
class Action:
    """Keys that are pressed in turn, each with the row of the table it counts for.

    ``before`` and ``after`` lead there and back and count for nothing. Where the app waits on
    purpose before it goes on, what comes after that pause counts for the row ``follows``.
    """

    steps: tuple[tuple[str, str], ...]
    times: int = 20
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    follows: str = ""


@dataclass(slots=True)
class Answer:
    """What was written, and when its last byte came."""

    data: bytes = b""
    milliseconds: float = 0.0


@dataclass(slots=True)
class Cost:
    """One entry for each press: bytes, bytes compressed, milliseconds to the last byte."""

    sizes: list[int] = field(default_factory=list)
    packed: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def add(self, answer: Answer, wire: Wire) -> None:
        """One press more."""
        self.sizes.append(len(answer.data))
        self.packed.append(wire.packed(answer.data))
        self.milliseconds.append(answer.milliseconds)

    @property
    def bytes(self) -> float:
        """The median."""
        return statistics.median(self.sizes)

    @property
    def compressed(self) -> float:
        """The median."""
        return statistics.median(self.packed)

    @property
    def median(self) -> float:
        """Milliseconds to the last byte."""
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        """The milliseconds that 95 of 100 presses stay below."""
        return sorted(self.milliseconds)[round(0.95 * (len(self.milliseconds) - 1))]


class Wire:
    """One stream of compressed data, flushed after each action, as ``ssh -C`` keeps it."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def packed(self, data: bytes) -> int:
        """How many bytes ``data`` takes after all that went before it."""
        sent = self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        return len(sent) if data else 0


def measure(
    terminal: Terminal,
    wire: Wire,
    actions: Sequence[Action],
    tell: Callable[[str, Cost], None] = lambda row, cost: None,
) -> dict[str, Cost]:
    """Do ``actions`` one after the other; the costs by row, each told to ``tell`` as it is there.

    A program that never rests is given up: what was measured of it by then is all there is.
    """
    costs: dict[str, Cost] = {}
    for action in actions:
        _lead(terminal, wire, action.before)
        for _ in range(action.times):
            for row, key in action.steps:
                if terminal.restless > PATIENCE:
                    progress(f"given up: it did not rest within {RESTLESS:.0f} s of a key")
                    return costs
                answer, later = _pressed(terminal, key, split=bool(action.follows))
                costs.setdefault(row, Cost()).add(answer, wire)
                if action.follows:
                    costs.setdefault(action.follows, Cost()).add(later, wire)
        for row in dict.fromkeys([*(row for row, _ in action.steps), action.follows]):
            if row:
                tell(row, costs[row])
        _lead(terminal, wire, action.after)
    return costs


def _lead(terminal: Terminal, wire: Wire, keys: Sequence[str]) -> None:
    for key in keys:
        terminal.press(key)
        wire.packed(terminal.read(QUIET * 2))


def _pressed(terminal: Terminal, key: str, *, split: bool) -> tuple[Answer, Answer]:
    """What a key made the app write, and with ``split`` what it wrote after a pause."""
    answers = Answer(), Answer()
    started = time.perf_counter()
    terminal.press(key)
    place = answers[0]
    for at, chunk in terminal.chunks(QUIET):
        milliseconds = (at - started) * 1000
        if split and place.data and milliseconds - place.milliseconds > PAUSE * 1000:
            place = answers[1]
        place.data += chunk
        place.milliseconds = milliseconds
    return answers


def rests_after(
    terminal: Terminal, keys: Sequence[str], *, line: int, seconds: float = 3.0, rate: int = 60
) -> float:
    """Press ``keys`` in turn as fast as a held key repeats, over a line of ``line`` bytes per
    second; milliseconds from the last press to the last byte, endless for one that never rests.

    The line takes no more than its share of every tick, so a program that writes faster waits.
    """
    tick = 1 / rate
    due = pressed = last = before = time.perf_counter()
    ends, allowed, turns = due + seconds, 0.0, cycle(keys)
    while (now := time.perf_counter()) < ends or now - max(last, pressed) < QUIET * 2:
        if now > ends + RESTLESS:
            return math.inf
        if due <= now < ends:
            terminal.press(next(turns))
            pressed, due = now, due + tick
        allowed, before = min(allowed + line * (now - before), line * tick), now
        if select.select([terminal.fileno()], [], [], tick / 4)[0] and allowed >= 1:
            allowed -= len(os.read(terminal.fileno(), int(allowed)))
            last = time.perf_counter()
        elif allowed < 1:
            time.sleep(1 / line)
    return max(0.0, last - pressed) * 1000
