"""What a sync has to ask for: only what is missing and what can still change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ledger.dataclass import dataclass
from ledger.domain.model import Model
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission
from ledger.domain.syncing.coverage import RoundRange, RoundRanges
from ledger.rules.rounds import calendar

SLICE_ROUNDS = 100
"""Rounds of one model in one request; the live server takes long over more."""

SPARE_ROUNDS = 10
"""Rounds asked for beyond those expected: upcoming ones, and for a calendar that moved."""

OUTLIVED = 130
"""A round this far behind the newest is over, whatever its flags say: 64 run at a time."""

RECENT_SUBMISSIONS = 60
"""Rounds back for which submissions are listed with every sync: as deep as was ever recorded."""

MOST_SUBMISSIONS = 500
"""Rounds back for which submissions are asked for at all."""

_SETTLING_IN = timedelta(days=7)
"""For how long after it was made a model may stay out of rounds, which then have no row, without
that looking as if its list had been cut short."""

_CLOSE_BY = 10
"""Complete rounds between two gaps that are asked for once more rather than in two requests."""

RoundsByNumber = Mapping[int, Round]


@dataclass(frozen=True, slots=True)
class Span:
    """Rounds ``first`` to ``last`` of one model."""

    model: Model
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


def current(rounds: Iterable[Round], now: datetime) -> int | None:
    """The newest round that has opened; what a ledger holds beyond any calendar is none."""
    highest = calendar.highest_round(now)
    opened = (entry.number for entry in rounds if entry.opens <= now and entry.number <= highest)
    return max(opened, default=None)


def over(rounds: RoundsByNumber, number: int, newest: int) -> bool:
    """Whether round ``number`` has resolved, or is too old to run still."""
    entry = rounds.get(number)
    return number < newest - OUTLIVED or (entry is not None and entry.resolved)


def ended(rounds: RoundsByNumber, newest: int) -> RoundRanges:
    """The rounds up to ``newest`` that are over."""
    return RoundRanges.of(number for number in range(1, newest + 1) if over(rounds, number, newest))


def oldest_open(rounds: RoundsByNumber, newest: int) -> int:
    """The oldest round up to ``newest`` that may still run; rounds that are not known do."""
    first = max(min(rounds, default=newest), newest - OUTLIVED)
    return next((n for n in range(first, newest) if not over(rounds, n, newest)), newest)


def history_start(newest: int, history_rounds: int | None) -> int:
    """The first round of the history that is wanted; 1 stands for all there is."""
    return 1 if history_rounds is None else max(1, newest - history_rounds + 1)


def rounds_limit(complete: RoundRanges, history_rounds: int | None, now: datetime) -> int | None:
    """How many of the newest rounds to ask for; ``None`` for all there are."""
    newest = calendar.latest_round(now)
    start = history_start(newest, history_rounds)
    gaps = RoundRanges.span(start, newest) - complete
    if not gaps:
        return SPARE_ROUNDS
    oldest = min(gaps).first
    return None if oldest == 1 else newest - oldest + 1 + SPARE_ROUNDS


def born(model: Model, rounds: RoundsByNumber) -> int:
    """The first round ``model`` can have taken part in; 1 when that is not known."""
    return 1 if model.created is None else _first_closing(rounds, model.created)


def at_home(model: Model, rounds: RoundsByNumber) -> int:
    """The first round in which ``model`` had been there for some days; 1 when that is not known."""
    return 1 if model.created is None else _first_closing(rounds, model.created + _SETTLING_IN)


def _first_closing(rounds: RoundsByNumber, since: datetime) -> int:
    closing = (
        number
        for number in sorted(rounds)
        if ((entry := rounds[number]).closes or entry.closes_staking or entry.opens) >= since
    )
    return next(closing, 1)


def gaps(expected: RoundRanges, complete: RoundRanges) -> tuple[RoundRange, ...]:
    """What is wanted and not complete, oldest first; gaps close to each other as one."""
    merged: list[RoundRange] = []
    for gap in expected - complete:
        close = bool(merged) and gap.first - merged[-1].last <= _CLOSE_BY
        first = merged.pop().first if close else gap.first
        merged.append(RoundRange(first, gap.last))
    return tuple(merged)


def slices(spans: Iterable[Span], size: int = SLICE_ROUNDS) -> Iterator[Span]:
    """``spans`` cut to what one request may ask for, newest rounds of each first."""
    for span in spans:
        last = span.last
        while last >= span.first:
            first = max(span.first, last - size + 1)
            yield Span(span.model, first, last)
            last = first - 1


def batches(pieces: Iterable[Span], size: int) -> list[tuple[Span, ...]]:
    """``pieces`` in groups of ``size``: the newest first, those of alike length together so that
    no request drags."""
    ordered = sorted(pieces, key=lambda span: (-(span.last // SLICE_ROUNDS), -len(span)))
    return [tuple(ordered[i : i + size]) for i in range(0, len(ordered), size)]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a list of rows proves: rounds that are ``complete``, and rounds that were ``absent``
    from it where that may just as well mean that the list was cut short."""

    complete: RoundRanges
    absent: RoundRanges


def prove(
    listed: RoundRange,
    present: Iterable[int],
    final: Iterable[int],
    *,
    ended: RoundRanges,
    expected: RoundRanges,
    first: int,
) -> Proof:
    """What one list proves that was asked for the rounds ``listed`` and came whole.

    ``present``: rounds with a row, ``final`` those of them in which nothing can move any more and
    nothing was unreadable. A round without a row counts as complete when it has ``ended``, no
    other list ``expected`` a row, and the model was not there yet (``first`` is its first round)
    or rows on both sides show that the list was not cut there.
    """
    rows = RoundRanges.of(present)
    without = (RoundRanges.span(listed.first, listed.last) & ended) - rows - expected
    inside = RoundRanges.span(1, first - 1)
    if rows:
        inside |= RoundRanges.span(min(rows).first, max(rows).last)
    return Proof(RoundRanges.of(final) | (without & inside), without - inside)


def evidence(
    payouts: Iterable[tuple[str, int]],
    transactions: Iterable[StakeTransaction],
    submissions: Iterable[Submission],
) -> dict[str, RoundRanges]:
    """Rounds in which a model must have a row, by its id: it was paid, staked or submitted."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for model_id, number in payouts:
        numbers[model_id].add(number)
    for row in transactions:
        if row.round is not None and row.type == STRATEGY_STAKE:
            numbers[row.model_id].add(row.round)
    for entry in submissions:
        if entry.submission_id is not None:
            numbers[entry.model_id].add(entry.round)
    return {model_id: RoundRanges.of(rounds) for model_id, rounds in numbers.items()}
