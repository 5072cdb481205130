"""Where the payouts of running rounds may end.

What works that out is loaded with the first call: where it is kept in the ledger, nobody calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Band
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round

if TYPE_CHECKING:
    from ledger.rules.earnings.pending_range import Days, Finals, ScoreRevisions

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
    performances: Iterable[Performance],
    rounds: Iterable[Round],
    days: Days,
    running: Iterable[Performance] | None = None,
) -> ProjectedPayouts:
    """Bands of one tournament; ``days`` are the weighted scores seen while rounds ran.

    Where ``running`` are given, those of ``performances`` that run are not kept: hundreds of rounds
    can be read piece by piece, and then the few that run.
    """
    from ledger.rules.earnings.pending_range import band

    entries = tuple(performances) if running is None else performances
    by_number = {entry.number: entry for entry in rounds}
    revisions, finals = _learned(iter(entries), by_number.values(), days)
    bands: dict[tuple[str, int], Band] = {}
    unknown = 0
    for entry in entries if running is None else running:
        if entry.state is PayoutState.PENDING:
            unknown += entry.at_risk is None
            projected = band(entry, _days(by_number.get(entry.round)), revisions, finals)
            if projected is not None:
                bands[entry.model_id, entry.round] = projected
    return ProjectedPayouts(bands, unknown)


def _learned(
    performances: Iterator[Performance], rounds: Collection[Round], days: Days
) -> tuple[ScoreRevisions, Finals]:
    """What is known of how rounds end, gone through once."""
    from ledger.rules.earnings.expectation import rate_history
    from ledger.rules.earnings.pending_range import Finals, ScoreRevisions

    revisions = ScoreRevisions((), days)

    def learning() -> Iterator[Performance]:
        for entry in performances:
            revisions.learn(entry)
            yield entry

    history = rate_history(learning(), rounds, None)
    for entry in performances:  # where nothing says what pays, nobody has looked at them
        revisions.learn(entry)
    return revisions, Finals(history)


def _days(entered: Round | None) -> int:
    scores = entered.payout_scores if entered else ()
    return max((score.days for score in scores if score.days), default=_USUAL_DAYS)
