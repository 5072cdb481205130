"""Earnings narrowed to one line of a report, or to one model: all sums are of that alone."""

from __future__ import annotations

from dataclasses import replace

from ledger.domain.earnings.paid_rounds import Amounts, Earned, Grouping, PaidRound
from ledger.reports.earnings.earnings import EarningsGroup, line_of


def of_line(earned: Earned, by: Grouping, line: EarningsGroup) -> Earned:
    """The rounds that ``line`` of a report grouped ``by`` adds up; not by model."""
    numbers = frozenset(line.rounds)

    def is_in(entry: PaidRound) -> bool:
        return entry.number in numbers and line_of(entry, by) == line.key

    return tuple(replace(part, rounds=tuple(filter(is_in, part.rounds))) for part in earned)


def of_model(earned: Earned, model_id: str) -> Earned:
    """The rounds that the model took part in, with its payouts alone."""
    return tuple(
        replace(
            part,
            models=(model,),
            rounds=tuple(_only(one, index) for one in part.rounds if one.taking[index]),
        )
        for part in earned
        for index, model in enumerate(part.models)
        if model.id == model_id
    )


def _only(entry: PaidRound, index: int) -> PaidRound:
    """``entry`` with one of its models; what others still wait for keeps no settled one running."""

    def cut(amounts: Amounts | None) -> Amounts | None:
        return amounts and (amounts[index],)

    settled = cut(entry.settled)
    done = settled is not None and settled[0] is not None
    return replace(
        entry,
        taking=(True,),
        settled=settled,
        pending=None if done else cut(entry.pending),
        at_risk=cut(entry.at_risk),
    )
