"""What was earned and burned of late, and by whom: the sums of Earnings, by its own periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import Earned, Grouping, PaidRound
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.records.worth import Span
from ledger.reports.earnings.earnings import line_of, period_of
from ledger.rules.naming import names

PERIODS = (Grouping.DAY, Grouping.WEEK, Grouping.MONTH, Grouping.YEAR)
"""Those that are looked at, each as it runs now."""


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """The day, week, month or year that runs, by when rounds resolve (UTC).

    ``label`` is its line's in Earnings, ``rounds`` how many are in it. ``gained`` and ``burned``
    are of settled payouts, ``unsettled`` is what running rounds would pay by now; ``running`` are
    these payouts, by model id and round.
    """

    by: Grouping
    label: str
    rounds: int
    gained: NMR
    burned: NMR
    unsettled: NMR
    running: tuple[tuple[str, int], ...]

    @property
    def settled(self) -> NMR:
        """What was gained less what was burned."""
        return self.gained - self.burned


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a ``model`` earned, or burned where negative, in settled ``rounds`` rounds."""

    model: Model
    nmr: NMR
    rounds: int


@dataclass(frozen=True, slots=True)
class PaidLately:
    """``periods`` in the order of :data:`PERIODS`. ``ranked`` are models by what settled over each
    span, the most earned first. ``missing`` is what Numerai did not tell of ``models``.
    """

    periods: tuple[PaidPeriod, ...]
    models: tuple[Model, ...]
    ranked: Mapping[Span, tuple[Ranked, ...]]
    missing: MissingFacts = NOTHING_MISSING


def build_paid(
    earned: Earned, now: datetime, missing: MissingFacts = NOTHING_MISSING
) -> PaidLately:
    """Out of all that was paid, as Earnings reads it."""
    today = now.astimezone(UTC).date()
    labels = names(model for entry in earned for model in entry.models)
    models = tuple(
        replace(model, name=labels[model.id]) for entry in earned for model in entry.models
    )
    return PaidLately(
        periods=tuple(_period(earned, by, today) for by in PERIODS),
        models=models,
        ranked={span: _ranked(earned, models, span, today) for span in Span},
        missing=missing,
    )


def _ranked(earned: Earned, models: Sequence[Model], span: Span, today: date) -> tuple[Ranked, ...]:
    start = today - timedelta(days=int(span))
    paid: dict[str, list[Decimal]] = {}
    for entry in earned:
        for row in entry.rounds:
            if row.resolves is None or not start < row.resolves.astimezone(UTC).date() <= today:
                continue
            for place, amount in _settled(row):
                paid.setdefault(entry.models[place].id, []).append(amount)
    ranked = (
        Ranked(model, NMR.summed(paid[model.id]), len(paid[model.id]))
        for model in models
        if model.id in paid
    )
    return tuple(sorted(ranked, key=lambda one: (-one.nmr.wei, one.model.name.casefold())))


def _period(earned: Earned, by: Grouping, today: date) -> PaidPeriod:
    label = period_of(today, by)
    settled: list[Decimal] = []
    unsettled: list[Decimal] = []
    running: list[tuple[str, int]] = []
    numbers = set()
    for entry in earned:
        for row in entry.rounds:
            if row.resolves is None or line_of(row, by) != label:
                continue
            numbers.add(row.number)
            settled += [amount for _, amount in _settled(row)]
            if row.pending is not None:
                pending = zip(entry.models, row.pending, strict=True)
                due = [(model.id, paid) for model, paid in pending if paid is not None]
                running += [(model_id, row.number) for model_id, _ in due]
                unsettled += [amount for _, amount in due]
    return PaidPeriod(
        by=by,
        label=label,
        rounds=len(numbers),
        gained=NMR.summed(amount for amount in settled if amount > 0),
        burned=-NMR.summed(amount for amount in settled if amount < 0),
        unsettled=NMR.summed(unsettled),
        running=tuple(running),
    )


def _settled(row: PaidRound) -> Iterator[tuple[int, Decimal]]:
    """The place of each model that was paid, with its amount in NMR."""
    for place, paid in enumerate(row.settled or ()):
        if paid is not None:
            yield place, paid
