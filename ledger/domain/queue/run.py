"""What one run of the queue did."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.model import Tournament
from ledger.domain.queue.change import Change
from ledger.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt to send ``change``.

    ``held`` says what it waits for, and nothing was sent; ``unprepared`` that this is a fact
    nobody tells. ``returned`` says why it is a draft again. ``error`` is what the other side or
    the way there had against it.
    """

    change: Change
    held: str | None = None
    error: LedgerError | None = None
    unprepared: bool = False
    returned: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A confirmed change that was not sent; ``why`` says what it waits for."""

    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nothing more was sent for ``tournament``, or, with ``None``, at all: ``error``."""

    tournament: Tournament | None
    error: LedgerError


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run of the queue.

    ``reconciled`` are changes whose answer had been lost before, as they stand now; ``sent`` those
    that left in this run, as ``accepted``, ``refused`` or ``unknown``, in the order they left;
    ``held`` those that are not due; ``left`` those that a halt or the user (``stopped``) left
    queued, and ``halts`` say why. ``unprepared`` are those of ``held`` that were due and could not
    be prepared, because Numerai does not tell what they rest on; ``returned`` are drafts again,
    with the reason.
    """

    reconciled: tuple[Change, ...] = ()
    sent: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()
    left: tuple[Change, ...] = ()
    halts: tuple[Halt, ...] = ()
    stopped: bool = False
    unprepared: tuple[Held, ...] = ()
    returned: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run is about to look at ``change``; ``done`` of ``total`` are behind it."""

    change: Change
    done: int
    total: int
