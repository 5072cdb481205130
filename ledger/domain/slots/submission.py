"""Submissions into slots."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament


class SubmissionState(StrEnum):
    """How a slot stands in a round.

    A late submission is scored but stakes nothing; ``awaited`` means none yet while the round
    is open.
    """

    SUBMITTED = "submitted"
    LATE = "late"
    MISSED = "missed"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True)
class Submission:
    """The submission of ``model_id`` to one ``round`` of ``tournament``.

    ``state`` says whether it came, ``at`` when (UTC), ``submission_id`` is Numerai's; both are
    ``None`` while there is none.
    """

    model_id: str
    tournament: Tournament
    round: int
    state: SubmissionState
    at: datetime | None
    submission_id: str | None = None
