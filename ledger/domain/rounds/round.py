"""Rounds and the scores they are paid by."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """One score of one round (``roundScoreConfigs``); everything may be unknown.

    ``name`` is Numerai's internal one, ``display_name`` that of the website, ``version`` the
    score's. ``is_payout``: it pays. ``multiplier`` is ``defaultMultiplier``; ``clip`` is
    ``clipThreshold`` (0.05 is 5 %); ``payout_factor`` and ``stake_threshold`` are the score's own;
    ``days`` is ``totalScoreDays`` (20 or 60).
    """

    name: str
    display_name: str
    version: str | None
    is_payout: bool
    multiplier: Decimal | None
    clip: Decimal | None
    payout_factor: Decimal | None
    stake_threshold: Decimal | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """One prediction contest of one ``tournament``, by its ``number``.

    Submissions are taken from ``opens`` until ``closes``, stakes are fixed at ``closes_staking``,
    and at ``resolves`` the last score is there; ``scored`` is Numerai's ``scoreTime``; all UTC.
    ``resolved`` is Numerai's flag. ``payout_factor`` and ``stake_threshold`` are the round's,
    ``target`` is what is predicted, ``scores`` are what is scored. A null from Numerai stays
    ``None``.
    """

    tournament: Tournament
    number: int
    opens: datetime
    closes: datetime | None
    closes_staking: datetime | None
    scored: datetime | None
    resolves: datetime | None
    resolved: bool
    payout_factor: Decimal | None
    stake_threshold: Decimal | None
    target: str | None = None
    scores: tuple[ScoreConfig, ...] = ()

    @property
    def payout_scores(self) -> tuple[ScoreConfig, ...]:
        """The scores that pay."""
        return tuple(score for score in self.scores if score.is_payout)

    @property
    def clip(self) -> Decimal | None:
        """The payout clip of this round, as a fraction; ``None`` when the round does not say."""
        for score in self.payout_scores:
            if score.clip is not None:
                return score.clip
        return None
