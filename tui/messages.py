"""Messages between screens and the app; a widget's own messages live in the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from ledger.dataclass import dataclass

if TYPE_CHECKING:
    from ledger.config.config import Reading
    from ledger.config.file import Stamp
    from ledger.domain.queue.change import ChangeState
    from ledger.domain.syncing.facts import SyncLog, SyncProgress
    from ledger.errors import LedgerError
    from ledger.reports.account.missing import MissingReport
    from ledger.reports.account.portfolio import Portfolio
    from ledger.reports.account.reach import Reach
    from ledger.reports.notices.notice import Notice


@dataclass
class BookChanged(Message):
    """The ledger holds something new: panes in front load again, the others when next shown."""


@dataclass
class Remembered(Message):
    """What the app remembers is on disk."""


@dataclass
class PortfolioLoaded(Message):
    """A fresh portfolio, for the top bar."""

    portfolio: Portfolio


@dataclass
class QueueCounted(Message):
    """How many changes are in each state, for the mode bar."""

    counts: dict[ChangeState, int]


@dataclass
class NoticesFound(Message):
    """What deserves attention, most urgent first."""

    notices: tuple[Notice, ...]


@dataclass
class NoticesPassedOn(Message):
    """The user's command was run for these."""

    notices: tuple[Notice, ...]


@dataclass
class SyncProgressed(Message):
    """The running sync is a step further."""

    progress: SyncProgress


@dataclass
class ReachFound(Message):
    """How far back the ledger reaches by now, and whether a sync has filled in more."""

    reach: Reach


@dataclass
class MissingFound(Message):
    """What the sync that has just ended was not told."""

    missing: MissingReport


@dataclass
class SyncFinished(Message):
    """A sync went through."""

    log: SyncLog


@dataclass
class SyncFailed(Message):
    """A sync ended early; what it had brought in by then stays."""

    error: LedgerError


@dataclass
class ClockMoved(Message):
    """The demo's time was moved on."""


@dataclass
class ConfigLooked(Message):
    """The config file was looked at: ``reading`` is what it says where it says something new,
    ``error`` why it can't be used; neither while it is as it was."""

    stamp: Stamp | None
    reading: Reading | None = None
    error: LedgerError | None = None


@dataclass
class ConfigSaved(Message):
    """Settings were written into the config file, which says ``reading`` now."""

    stamp: Stamp | None
    reading: Reading


@dataclass
class JobFailed(Message):
    """A call to the book ended in an expected error; shown as a notice unless handled before."""

    error: LedgerError


@dataclass
class Unexpected(Message):
    """A defect: something raised what nobody expected."""

    error: Exception
