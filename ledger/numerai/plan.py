"""What a sync has to ask for: only what is missing and what can still change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.model import Model, Tournament
from ledger.domain.round import Round
from ledger.rules import calendar

SLICE_ROUNDS = 100
"""Rounds of one model in one request; the live server takes long over more."""

SPARE_ROUNDS = 10
"""Rounds asked for beyond those expected: upcoming ones, and for a calendar that moved."""

OUTLIVED = 130
"""A round this far behind the newest is over, whatever its flags say: 64 run at a time."""

MOST_SUBMISSIONS = 500
"""Rounds back for which submissions are listed."""

RoundsByNumber = Mapping[int, Round]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Rounds ``first_round`` to ``final_to`` of a model are final and stored."""

    model_id: str
    first_round: int
    final_to: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger has already, as far as it decides what to ask for."""

    rounds: Mapping[Tournament, RoundsByNumber] = field(default_factory=dict)
    fetched: Mapping[str, Fetched] = field(default_factory=dict)
    transactions: frozenset[tuple[object, ...]] = frozenset()
    strategy_stakes: frozenset[Tournament] = frozenset()
    moved: frozenset[Tournament] = frozenset()
    model_by_key: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """Rounds ``first`` to ``last`` of one model."""

    model: Model
    first: int
    last: int


def rounds_limit(
    tournament: Tournament, known: Known, history_rounds: int | None, now: datetime
) -> int | None:
    """How many of the newest rounds to ask for; ``None`` for all there are."""
    have = known.rounds.get(tournament, {})
    if history_rounds is None and _somewhere_limited(known):
        return None
    if not have:
        return None if history_rounds is None else history_rounds + SPARE_ROUNDS
    newest = current(have.values(), now) or max(have)
    gap = max(0, calendar.latest_round(now) - newest)
    wanted = newest - oldest_open(have, newest) + 1
    if history_rounds is not None and min(have) > max(1, newest - history_rounds + 1):
        wanted = max(wanted, history_rounds)
    return wanted + gap + SPARE_ROUNDS


def _somewhere_limited(known: Known) -> bool:
    return not known.fetched or any(entry.first_round > 1 for entry in known.fetched.values())


def current(rounds: Iterable[Round], now: datetime) -> int | None:
    """The newest round that has opened."""
    return max((entry.number for entry in rounds if entry.opens <= now), default=None)


def final(rounds: RoundsByNumber, number: int, newest: int) -> bool:
    """Whether nothing can change in round ``number`` any more."""
    if number < newest - OUTLIVED:
        return True
    entry = rounds.get(number)
    return entry is not None and entry.resolved


def oldest_open(rounds: RoundsByNumber, newest: int) -> int:
    """The oldest round up to ``newest`` that can still change."""
    first = max(min(rounds, default=newest), newest - OUTLIVED)
    return next((n for n in range(first, newest) if not final(rounds, n, newest)), newest)


def leaves_gap(old: RoundsByNumber, new: RoundsByNumber, now: datetime) -> bool:
    """Whether ``new`` leaves out rounds that ``old`` lacks or that could still change there."""
    if not old or not new:
        return False
    newest = current(old.values(), now) or max(old)
    return min(new) > oldest_open(old, newest)


def spans(
    models: Sequence[Model],
    rounds: Mapping[Tournament, RoundsByNumber],
    fetched: Mapping[str, Fetched],
    history_rounds: int | None,
    now: datetime,
) -> list[Span]:
    """All rounds to ask for, per model in one or two pieces."""
    wanted: list[Span] = []
    for model in models:
        have = rounds.get(model.tournament, {})
        newest = current(have.values(), now)
        if newest is None:
            continue
        start = history_start(newest, history_rounds)
        oldest = max(start, min(have))
        before = fetched.get(model.id)
        if before is None:
            wanted.append(Span(model, oldest, newest))
            continue
        if start < before.first_round:
            wanted.append(Span(model, oldest, before.first_round - 1))
        wanted.append(Span(model, _next_round(before), newest))
    return [span for span in wanted if span.first <= span.last]


def history_start(newest: int, history_rounds: int | None) -> int:
    """The first round of the history that is wanted; 1 stands for all there is."""
    return 1 if history_rounds is None else max(1, newest - history_rounds + 1)


def _next_round(before: Fetched) -> int:
    return before.first_round if before.final_to is None else before.final_to + 1


def slices(wanted: Iterable[Span]) -> Iterator[Span]:
    """``wanted`` cut to what one request may ask for, newest rounds first."""
    for span in wanted:
        last = span.last
        while last >= span.first:
            first = max(span.first, last - SLICE_ROUNDS + 1)
            yield Span(span.model, first, last)
            last = first - 1


def batches(pieces: Iterable[Span], size: int) -> list[tuple[Span, ...]]:
    """``pieces`` in groups of ``size``, like-sized together so that no request drags."""
    ordered = sorted(pieces, key=lambda span: span.first - span.last)
    return [tuple(ordered[i : i + size]) for i in range(0, len(ordered), size)]


def fetched_now(
    before: Fetched,
    start: int,
    rounds: RoundsByNumber,
    newest: int,
    open_rounds: Iterable[int],
) -> Fetched:
    """``before``, brought up to what is final once everything from ``start`` is stored.

    ``open_rounds``: those of this model that may not be called final, whatever the round itself
    says.
    """
    first = min(start, before.first_round)
    further_back = first < before.first_round
    number = first if further_back or before.final_to is None else before.final_to + 1
    number = max(number, min(rounds, default=number))
    first_open = min((n for n in open_rounds if n >= number), default=newest + 1)
    while number < first_open and final(rounds, number, newest):
        number += 1
    return Fetched(before.model_id, first, number - 1 if number > first else None)


def reaches_back(span: Span, fetched: Mapping[str, Fetched]) -> bool:
    """Whether ``span`` is older than what the ledger has of its model, or all it will have."""
    before = fetched.get(span.model.id)
    return before is None or span.last < before.first_round


def submission_depth(
    wanted: Iterable[Span],
    known: Known,
    newest: Mapping[Tournament, int],
    now: datetime,
) -> int:
    """How many rounds back submissions have to be asked for."""
    fresh = [
        newest[span.model.tournament] - span.first + 1
        for span in wanted
        if reaches_back(span, known.fetched)
    ]
    gaps = [
        newest[tournament] - (current(have.values(), now) or newest[tournament])
        for tournament, have in known.rounds.items()
        if have and tournament in newest
    ]
    return min(MOST_SUBMISSIONS, max([*fresh, *(gap + SPARE_ROUNDS for gap in gaps)], default=0))
