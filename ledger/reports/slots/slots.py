"""Which slot got a submission in which round, and how it scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from ledger.clock import from_iso
from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.lazily import Lazily
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Score
from ledger.domain.rounds.round import Round
from ledger.domain.slots.filled import FilledRound
from ledger.domain.slots.submission import SubmissionState
from ledger.rules.naming import names
from ledger.rules.rounds.payout import weighted_score
from ledger.rules.stakes.atomic import is_atomic
from ledger.rules.stakes.standing import exposure

_FILLED_BY = (Fact.SUBMISSIONS, Fact.SUBMISSION_ID, Fact.PERFORMANCES)
"""What has to be known for a round without a submission to be one that was missed."""


_STATES = {state.value: state for state in SubmissionState}
_SUBMITTED, _LATE = SubmissionState.SUBMITTED.value, SubmissionState.LATE.value
_MISSED, _AWAITED = SubmissionState.MISSED.value, SubmissionState.AWAITED.value
_PENDING, _SETTLED = PayoutState.PENDING.value, PayoutState.SETTLED.value
_UNTOLD = ""
"""For a state that nobody tells."""

_NOTHING = FilledRound()


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What the ledger knows of one ``tournament``: ``rounds`` newest first, and by their numbers
    how their slots were ``filled``."""

    tournament: Tournament
    rounds: tuple[Round, ...]
    filled: Mapping[int, FilledRound]


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
    cells: Sequence[SlotCell | None]


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
    facts: SlotFacts,
    models: Iterable[Model],
    now: datetime,
    last: int | None = None,
    missing: MissingFacts = NOTHING_MISSING,
) -> SlotsReport:
    """The newest ``last`` rounds (all when ``None``) that have opened, over ``models``.

    A slot's history begins with its first submission or performance; before that its cells
    are ``None``. ``staked`` is what running rounds can burn. Cells are made when they are looked
    at.
    """
    opened = [entry for entry in facts.rounds if entry.opens <= now][:last]
    first = _first_rounds(facts.filled)
    slots = [model for model in models if model.id in first]
    labels = names(slots)
    untold = {slot.id for slot in slots if missing.first(slot.id, *_FILLED_BY)}
    rows = [
        _Row(entry, facts.filled.get(entry.number, _NOTHING), first, untold, now)
        for entry in opened
    ]
    counts: dict[str, Counter[str]] = {slot.id: Counter() for slot in slots}
    for row in rows:
        row.count(counts)
    ids = [slot.id for slot in slots]
    return SlotsReport(
        tournament=facts.tournament,
        slots=tuple(
            _column(replace(slot, name=labels[slot.id]), _staked(slot, facts), counts[slot.id])
            for slot in slots
        ),
        rounds=tuple(row.shown(ids) for row in rows),
        missing=missing,
    )


def _first_rounds(filled: Mapping[int, FilledRound]) -> dict[str, int]:
    """By model id the first round it was in."""
    first: dict[str, int] = {}
    for number in sorted(filled, reverse=True):
        first |= dict.fromkeys((*filled[number].played, *filled[number].listed), number)
    return first


def _staked(slot: Model, facts: SlotFacts) -> NMR | None:
    """What the running rounds can burn of a slot."""
    running = (entry for entry in facts.filled.values() if entry.running)
    rows = (entry.played.get(slot.id) for entry in running)
    return exposure(
        (Decimal(at_risk) if at_risk else None, None, True, _atomic(clip))
        for at_risk, clip, state, _ in filter(None, rows)
        if state == _PENDING
    )


@lru_cache(maxsize=16)
def _atomic(clip: str) -> bool:
    return is_atomic(Decimal(clip) if clip else None)


def _column(slot: Model, staked: NMR | None, counts: Counter[str]) -> SlotColumn:
    return SlotColumn(
        model_id=slot.id,
        name=slot.name,
        staked=staked,
        submitted=counts[_SUBMITTED],
        late=counts[_LATE],
        missed=counts[_MISSED],
        unknown=counts[_UNTOLD],
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A round, how its slots were ``filled``, the ``first`` round of each and of which of them
    submissions are ``untold``."""

    entry: Round
    filled: FilledRound
    first: Mapping[str, int]
    untold: Iterable[str]
    now: datetime

    def count(self, counts: Mapping[str, Counter[str]]) -> None:
        """Add one to how each slot stood."""
        number = self.entry.number
        listed, played = self.filled.listed.whole(), self.filled.played.whole()
        for model_id, of_slot in counts.items():
            if self.first[model_id] <= number:
                submission = listed.get(model_id)
                row = played.get(model_id)
                of_slot[submission[0] if submission else self._state(model_id, row)] += 1

    def shown(self, ids: Sequence[str]) -> SlotRound:
        """The row of the report, with a cell for each of ``ids``."""
        return SlotRound(
            round=self.entry.number,
            opens=self.entry.opens,
            closes=self.entry.closes_staking,
            resolved=self.entry.resolved,
            cells=Lazily(len(ids), lambda at: self._cell(ids[at])),
        )

    def _cell(self, model_id: str) -> SlotCell | None:
        if self.entry.number < self.first[model_id]:
            return None
        played = self.filled.played.get(model_id)
        submission = self.filled.listed.get(model_id)
        scores = self.filled.scores_of(model_id)
        at_risk = played[0] if played else "0"
        return SlotCell(
            state=_STATES.get(submission[0] if submission else self._state(model_id, played)),
            at=from_iso(submission[1]) if submission and submission[1] else None,
            weighted=weighted_score(scores),
            scores=scores,
            at_risk=NMR(at_risk) if at_risk else None,
            final=played is not None and played[2] == _SETTLED,
        )

    def _state(self, model_id: str, played: tuple[str, ...] | None) -> str:
        """How a slot stands of which no submission is listed."""
        if played is not None and played[3] == "1":
            return _SUBMITTED
        if model_id in self.untold:
            return _UNTOLD
        closes = self.entry.closes_staking
        return _AWAITED if closes is not None and closes > self.now else _MISSED
