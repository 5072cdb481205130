"""Which slot got a submission in which round, and how it scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.reports.account.tournament import TournamentFacts, exposure
from ledger.rules.naming import names
from ledger.rules.rounds.payout import weighted_score

_FILLED_BY = (Fact.SUBMISSIONS, Fact.SUBMISSION_ID, Fact.PERFORMANCES)
"""What has to be known for a round without a submission to be one that was missed."""


@dataclass(frozen=True, slots=True)
class SlotColumn:
    """A slot, ``model_id`` called ``name``, with its stake and how reliably it was filled.

    ``staked`` in NMR is ``None`` when it is not known. ``submitted``, ``late`` and ``missed`` count
    rounds; ``unknown`` counts those of which nobody tells whether they were filled.
    """

    model_id: str
    name: str
    staked: NMR | None
    submitted: int
    late: int
    missed: int
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class SlotCell:
    """One slot in one round.

    ``state`` is how its submission stands, ``at`` when it came (UTC). ``weighted`` is the
    payout-weighted score so far, of ``scores``; ``final`` says whether it stays. ``state`` and
    ``at_risk`` (NMR) are ``None`` where Numerai does not tell.
    """

    state: SubmissionState | None
    at: datetime | None
    weighted: Decimal | None
    scores: tuple[Score, ...]
    at_risk: NMR | None
    final: bool


@dataclass(frozen=True, slots=True)
class SlotRound:
    """A row: one ``round``, with its times ``opens`` and ``closes`` (UTC).

    ``resolved``: its scores are final. ``cells`` follow the report's ``slots``; ``None``: slot not
    there yet.
    """

    round: int
    opens: datetime | None
    closes: datetime | None
    resolved: bool
    cells: tuple[SlotCell | None, ...]


@dataclass(frozen=True, slots=True)
class SlotsReport:
    """One ``tournament``: ``rounds`` newest first, ``slots`` as columns.

    ``missing`` is what Numerai did not tell.
    """

    tournament: Tournament
    slots: tuple[SlotColumn, ...]
    rounds: tuple[SlotRound, ...]
    missing: MissingFacts = NOTHING_MISSING


def build_slots(
    facts: TournamentFacts,
    models: Iterable[Model],
    now: datetime,
    last: int | None = None,
    missing: MissingFacts = NOTHING_MISSING,
) -> SlotsReport:
    """The newest ``last`` rounds (all when ``None``) that have opened, over ``models``.

    A slot's history begins with its first submission or performance; before that its cells
    are ``None``. ``staked`` is what running rounds can burn.
    """
    opened = [entry for entry in facts.rounds if entry.opens <= now][:last]
    performances = {(entry.model_id, entry.round): entry for entry in facts.performances}
    submissions = {(entry.model_id, entry.round): entry for entry in facts.submissions}
    first: dict[str, int] = {}
    for model_id, number in (*performances, *submissions):
        first[model_id] = min(number, first.get(model_id, number))
    slots = [model for model in models if model.id in first]
    labels = names(slots)
    slots = [replace(slot, name=labels[slot.id]) for slot in slots]
    untold = {slot.id for slot in slots if missing.first(slot.id, *_FILLED_BY)}
    rows = tuple(
        SlotRound(
            round=entry.number,
            opens=entry.opens,
            closes=entry.closes_staking,
            resolved=entry.resolved,
            cells=tuple(
                _cell(
                    entry,
                    performances.get((slot.id, entry.number)),
                    submissions.get((slot.id, entry.number)),
                    now,
                    listed=slot.id not in untold,
                )
                if entry.number >= first[slot.id]
                else None
                for slot in slots
            ),
        )
        for entry in opened
    )
    histories = facts.by_model()
    return SlotsReport(
        tournament=facts.tournament,
        slots=tuple(
            _column(slot, histories.get(slot.id, []), [r.cells[i] for r in rows])
            for i, slot in enumerate(slots)
        ),
        rounds=rows,
        missing=missing,
    )


def _column(slot: Model, history: list[Performance], cells: list[SlotCell | None]) -> SlotColumn:
    counts = Counter(cell.state for cell in cells if cell is not None)
    running = [entry for entry in history if entry.state is PayoutState.PENDING]
    return SlotColumn(
        model_id=slot.id,
        name=slot.name,
        staked=exposure(running),
        submitted=counts[SubmissionState.SUBMITTED],
        late=counts[SubmissionState.LATE],
        missed=counts[SubmissionState.MISSED],
        unknown=counts[None],
    )


def _cell(
    entry: Round,
    performance: Performance | None,
    submission: Submission | None,
    now: datetime,
    *,
    listed: bool,
) -> SlotCell:
    return SlotCell(
        state=submission.state if submission else _state(entry, performance, now, listed=listed),
        at=submission.at if submission else None,
        weighted=weighted_score(performance.scores) if performance else None,
        scores=performance.scores if performance else (),
        at_risk=performance.at_risk if performance else ZERO,
        final=performance is not None and performance.state is PayoutState.SETTLED,
    )


def _state(
    entry: Round, performance: Performance | None, now: datetime, *, listed: bool
) -> SubmissionState | None:
    """How a slot stands of which no submission is listed; ``listed``: all others are."""
    if performance is not None and performance.submission_id is not None:
        return SubmissionState.SUBMITTED
    if not listed:
        return None
    still_open = entry.closes_staking is not None and entry.closes_staking > now
    return SubmissionState.AWAITED if still_open else SubmissionState.MISSED
