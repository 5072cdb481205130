"""A notice: one thing that deserves attention, and how urgent it is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.concern import Concern, Level, Outlook
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR


class NoticeKind(StrEnum):
    """What it is about."""

    SUBMISSION = "submission"
    LATE = "late"
    BURN = "burn"
    RELEASED = "released"
    RESOLUTION = "resolution"
    CLAIM = "claim"
    IDLE = "idle"
    SCOPE = "scope"
    STALE = "stale"
    GONE = "gone"
    MISSING = "missing"
    CORRECTED = "corrected"
    DISAGREEMENT = "disagreement"
    TROUBLE = "trouble"
    CLOCK = "clock"
    UNDONE = "undone"
    CONFIG = "config"


OUTLOOKS = {
    NoticeKind.SUBMISSION: Outlook.AVERTABLE,
    NoticeKind.IDLE: Outlook.AVERTABLE,
    NoticeKind.UNDONE: Outlook.AVERTABLE,
    NoticeKind.TROUBLE: Outlook.UNGUARDED,
    NoticeKind.STALE: Outlook.UNGUARDED,
    NoticeKind.GONE: Outlook.DOUBTFUL,
    NoticeKind.MISSING: Outlook.DOUBTFUL,
    NoticeKind.CLOCK: Outlook.DOUBTFUL,
    NoticeKind.CONFIG: Outlook.DOUBTFUL,
    NoticeKind.LATE: Outlook.LOST,
    NoticeKind.BURN: Outlook.LOST,
    NoticeKind.CLAIM: Outlook.NEWS,
    NoticeKind.RESOLUTION: Outlook.NEWS,
    NoticeKind.RELEASED: Outlook.NEWS,
    NoticeKind.CORRECTED: Outlook.NEWS,
    NoticeKind.DISAGREEMENT: Outlook.NEWS,
    NoticeKind.SCOPE: Outlook.NEWS,
}
"""What each kind comes to; of two notices alike in all else, the kind named first comes first."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One ``sentence`` with amounts and dates about what deserves attention, by ``kind``.

    ``id`` stays the same while it is about the same thing. ``tournament`` is ``None`` for what is
    about the account. ``at`` is when it happens or has happened, UTC, ``None`` if it is so now.
    ``models`` are the names of models it is about, ``model_ids`` their ids in the same order,
    ``round`` the round, ``change`` the id of a change. ``nmr`` is what is at stake, lost or moved,
    ``None`` where nobody can say. ``level`` is how much it asks for attention by now.
    """

    id: str
    kind: NoticeKind
    tournament: Tournament | None
    models: tuple[str, ...]
    at: datetime | None
    sentence: str
    nmr: NMR | None = None
    model_ids: tuple[str, ...] = ()
    round: int | None = None
    level: Level = Level.NEWS
    change: int | None = None

    @property
    def concern(self) -> Concern:
        """What it comes to."""
        return Concern(OUTLOOKS[self.kind], self.nmr, self.at)
