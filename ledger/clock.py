"""The only place that asks what time it is. All times are timezone-aware UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

TOLERANCE = timedelta(minutes=1)
"""How far the machine's clock may be from the server's without a word about it."""

JITTER = timedelta(seconds=5)
"""How much two measurements of the same difference may differ: answers take their time."""


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The current time, UTC, timezone-aware."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """The machine's clock shifted by ``offset``: follows a sandbox whose time was advanced."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def follow(self, now: datetime) -> None:
        """Make ``now()`` answer ``now`` from here on."""
        self.offset = now - datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward by ``by``."""
        self._now += by


class ServerClock:
    """The machine's clock, or the server's where the two differ by more than :data:`TOLERANCE`.

    Closes, deadlines, notices and limits are Numerai's, so they are judged by Numerai's time, and
    what the ledger keeps is stamped with it. The difference is the last one measured: in this
    process, else by the last sync. Usable from any thread.
    """

    def __init__(self, machine: Clock) -> None:
        self.machine = machine
        self._measure: Callable[[], timedelta | None] = lambda: None
        self._known: timedelta | None = None

    def now(self) -> datetime:
        return self.machine.now() + self.shift

    @property
    def shift(self) -> timedelta:
        """What is added to the machine's time; nothing while the clocks agree."""
        measured = self._measure()
        if measured is not None:
            self.follow(measured)
        known = self._known
        return timedelta(0) if known is None or abs(known) <= TOLERANCE else known

    def follow(self, skew: timedelta | None) -> None:
        """The server's clock minus the machine's, as it was last measured; ``None`` says nothing.

        A difference that is the same but for the time an answer takes leaves all as it is, so that
        time does not jump to and fro.
        """
        before = self._known
        if skew is not None and (before is None or abs(skew - before) > JITTER):
            self._known = skew

    def listen(self, measure: Callable[[], timedelta | None]) -> None:
        """Ask ``measure`` from now on: what the last answer of this process showed."""
        self._measure = measure


def off_by(shift: timedelta) -> str:
    """``2 h 05 min behind`` or ``ahead of``: this machine's clock by what is added to it; empty
    for nothing."""
    minutes = round(abs(shift).total_seconds() / 60)
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    length = f"{hours} h {rest:02} min" if hours else f"{minutes} min"
    return f"{length} {'behind' if shift > timedelta(0) else 'ahead of'}"


def iso(moment: datetime) -> str:
    """``2026-08-28T13:00:00Z``: ISO-8601 in UTC, whole seconds unless there are microseconds."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The inverse of :func:`iso`; a text without a zone is taken as UTC.

    Raises:
        ValueError: ``text`` is no ISO-8601 time.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
