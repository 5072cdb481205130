"""Where the payouts of running rounds may end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import Band
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.rules.earnings.expectation import rate_history
from ledger.rules.earnings.pending_range import Days, Finals, ScoreRevisions, band

_USUAL_DAYS = 20
"""Scoring days of a round whose scores do not say how many there are."""


@dataclass(frozen=True, slots=True)
class ProjectedPayouts:
    """``bands`` of running rounds by model id and round.

    ``unknown`` counts running rounds whose stake at risk is not known: they are in no band.
    ``missing`` is what Numerai did not tell.
    """

    bands: Mapping[tuple[str, int], Band]
    unknown: int = 0
    missing: MissingFacts = NOTHING_MISSING

    def total(self, keys: Iterable[tuple[str, int]] | None = None) -> Band | None:
        """Several added up as if all moved together, which makes it wide; all without ``keys``."""
        included = self.bands if keys is None else keys
        chosen = [self.bands[key] for key in included if key in self.bands]
        if not chosen:
            return None
        return Band(
            sum((band.now for band in chosen), Decimal(0)),
            sum((band.low for band in chosen), Decimal(0)),
            sum((band.high for band in chosen), Decimal(0)),
            min(band.sample for band in chosen),
        )


def build_projected(
    performances: Iterable[Performance], rounds: Iterable[Round], days: Days
) -> ProjectedPayouts:
    """Bands of one tournament; ``days`` are the weighted scores seen while rounds ran."""
    entries, by_number = tuple(performances), {entry.number: entry for entry in rounds}
    revisions = ScoreRevisions(entries, days)
    ids = {entry.model_id for entry in entries}
    finals = Finals(rate_history(entries, by_number.values(), ids))
    bands = {}
    for entry in entries:
        if entry.state is PayoutState.PENDING:
            projected = band(entry, _days(by_number.get(entry.round)), revisions, finals)
            if projected is not None:
                bands[entry.model_id, entry.round] = projected
    unknown = sum(entry.at_risk is None for entry in entries if entry.state is PayoutState.PENDING)
    return ProjectedPayouts(bands, unknown)


def _days(entered: Round | None) -> int:
    scores = entered.payout_scores if entered else ()
    return max((score.days for score in scores if score.days), default=_USUAL_DAYS)
