"""The only place that asks what time it is, and how much of it has passed.

All times are timezone-aware UTC. They jump when somebody sets the clock; :class:`Uptime` does not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

from ledger.dataclass import dataclass

TOLERANCE = timedelta(minutes=1)
"""How far the machine's clock may be from the server's without a word about it."""

_YEARS = range(1970, 2200)
"""Those that a time can lie in, whoever gives it."""

JITTER = timedelta(seconds=5)
"""How much two measurements of the same difference may differ: answers take their time."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long a machine has been running: ``seconds`` since the start that is named ``boot``.

    ``boot`` is empty on systems that do not name their starts.
    """

    boot: str
    seconds: float

    def since(self, earlier: Uptime | None) -> timedelta | None:
        """How long after ``earlier`` this is; ``None`` when that was under another start.

        Without names of starts it is at least this long: a start in between only adds to it.
        """
        if earlier is None or earlier.boot != self.boot or earlier.seconds > self.seconds:
            return None
        return timedelta(seconds=self.seconds - earlier.seconds)


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The current time, UTC, timezone-aware."""
        ...

    def uptime(self) -> Uptime:
        """The same for all processes of a machine, and never set back."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def uptime(self) -> Uptime:
        return _uptime()


class OffsetClock:
    """The machine's clock shifted by ``offset``: follows a sandbox whose time was advanced."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def uptime(self) -> Uptime:
        real = _uptime()
        return Uptime(real.boot, real.seconds + self.offset.total_seconds())

    def follow(self, now: datetime) -> None:
        """Make ``now()`` answer ``now`` from here on."""
        self.offset = now - datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved. Two that begin alike agree."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._uptime = Uptime("frozen", self._now.timestamp())

    def now(self) -> datetime:
        return self._now

    def uptime(self) -> Uptime:
        return self._uptime

    def advance(self, by: timedelta) -> None:
        """Move forward by ``by``."""
        self._now += by
        self._uptime = Uptime(self._uptime.boot, self._uptime.seconds + by.total_seconds())

    def jump(self, by: timedelta) -> None:
        """Somebody sets the clock; no time passes."""
        self._now += by

    def restart(self) -> None:
        """The machine starts anew; no time passes."""
        self._uptime = Uptime(f"{self._uptime.boot}'", 0.0)


def _uptime() -> Uptime:
    return Uptime(_boot(), time.monotonic())


@cache
def _boot() -> str:
    """The name of this start of the machine, as Linux and macOS give one."""
    try:
        if sys.platform == "darwin":
            return _boot_of_macos()
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _boot_of_macos() -> str:
    import ctypes

    system, size = ctypes.CDLL(None), ctypes.c_size_t(64)
    name = ctypes.create_string_buffer(size.value)
    failed = system.sysctlbyname(b"kern.bootsessionuuid", name, ctypes.byref(size), None, 0)
    return "" if failed else name.value.decode("ascii")


class ServerClock:
    """The machine's clock, or the server's where the two differ by more than :data:`TOLERANCE`.

    Closes, deadlines, notices and limits are Numerai's, so they are judged by Numerai's time, and
    what the ledger keeps is stamped with it. The difference is the last one measured: in this
    process, else by the last sync. Usable from any thread.
    """

    def __init__(self, machine: Clock) -> None:
        self.machine = machine
        self._measure: Callable[[], timedelta | None] = lambda: None
        self._skew: timedelta | None = None

    def now(self) -> datetime:
        return self.machine.now() + self.shift

    def uptime(self) -> Uptime:
        return self.machine.uptime()

    @property
    def shift(self) -> timedelta:
        """What is added to the machine's time; nothing while the clocks agree."""
        measured = self._measure()
        if measured is not None:
            self.follow(measured)
        skew = self._skew
        return timedelta(0) if skew is None or abs(skew) <= TOLERANCE else skew

    def follow(self, skew: timedelta | None) -> None:
        """The server's clock minus the machine's, as it was last measured; ``None`` says nothing.

        A difference that is the same but for the time an answer takes leaves all as it is, so that
        time does not jump to and fro.
        """
        before = self._skew
        if skew is not None and (before is None or abs(skew - before) > JITTER):
            self._skew = skew

    def listen(self, measure: Callable[[], timedelta | None]) -> None:
        """Ask ``measure`` from now on: what the last answer of this process showed."""
        self._measure = measure


def remaining(span: timedelta) -> str:
    """How long still, in two units: ``3 d 4 h``, ``2 h 05 min``, ``14 min``, at last ``now``."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return "now"
    minutes = seconds // 60
    if minutes < 1:
        return "<1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def off_by(shift: timedelta) -> str:
    """``2 h 05 min behind`` or ``ahead of``: this machine's clock by what is added to it; empty
    for nothing."""
    minutes = round(abs(shift).total_seconds() / 60)
    if not minutes:
        return ""
    length = remaining(timedelta(minutes=minutes))
    return f"{length} {'behind' if shift > timedelta(0) else 'ahead of'}"


def zone_of(name: str) -> tzinfo:
    """The time zone of that name, such as ``Europe/Berlin``; ``str`` gives the name back.

    Raises:
        ValueError: the system knows no such zone.
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(f"no time zone: {name!r}") from error


@lru_cache(maxsize=4_096)
def day_in(zone: tzinfo, moment: datetime) -> date:
    """The day it is in ``zone`` at ``moment``."""
    return moment.astimezone(zone).date()


def iso(moment: datetime) -> str:
    """``2026-08-28T13:00:00Z``: ISO-8601 in UTC, whole seconds unless there are microseconds."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The inverse of :func:`iso`; a text without a zone is taken as UTC.

    Raises:
        ValueError: ``text`` is no ISO-8601 time, or in a year that is none of ours: what is
            calculated from it would leave the calendar.
    """
    moment = datetime.fromisoformat(text)
    if moment.year not in _YEARS:
        raise ValueError("an impossible time")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
