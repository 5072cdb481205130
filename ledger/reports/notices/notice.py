"""A notice: one thing that deserves attention, and how urgent it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.model import Tournament


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


URGENCY = {
    NoticeKind.SUBMISSION: 0,
    NoticeKind.TROUBLE: 1,
    NoticeKind.STALE: 2,
    NoticeKind.CLOCK: 2,
    NoticeKind.GONE: 3,
    NoticeKind.MISSING: 4,
    NoticeKind.LATE: 5,
    NoticeKind.CLAIM: 6,
    NoticeKind.IDLE: 7,
    NoticeKind.RESOLUTION: 8,
    NoticeKind.RELEASED: 9,
    NoticeKind.CORRECTED: 10,
    NoticeKind.BURN: 11,
    NoticeKind.SCOPE: 12,
    NoticeKind.DISAGREEMENT: 13,
}
"""The most urgent first."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One ``sentence`` with amounts and dates about what deserves attention, by ``kind``.

    ``id`` stays the same while it is about the same thing. ``tournament`` is ``None`` for what is
    about the account. ``at`` is when it happens or has happened, UTC, ``None`` if it is so now.
    ``models`` are the names of models it is about.
    """

    id: str
    kind: NoticeKind
    tournament: Tournament | None
    models: tuple[str, ...]
    at: datetime | None
    sentence: str
