"""The columns of the models table, and its last line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFact, MissingFacts
from ledger.domain.model import System
from ledger.domain.names import marked
from ledger.domain.nmr import NMR
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.stake import PendingKind
from ledger.domain.sums import Part, Sum
from ledger.reports.account.portfolio import ModelLine
from tui import format
from tui.theme import Meaning, Parts
from tui.widgets.missing import (
    STAKED,
    aged,
    estimate,
    figure,
    name_cell,
    of_payouts,
    part_of,
    sum_cell,
    worst,
)
from tui.widgets.tables.grid import Cell, Column

GRAPH = 10
"""Payouts in the small graph."""

_SUBMISSION_MEANING: dict[SubmissionState, Meaning] = {
    SubmissionState.SUBMITTED: "gain",
    SubmissionState.LATE: "burn",
    SubmissionState.MISSED: "burn",
    SubmissionState.AWAITED: "pending",
}


def columns(
    dates: format.Dates, decimals: int, missing: MissingFacts = NOTHING_MISSING
) -> list[Column[ModelLine]]:
    """All columns; ``decimals`` of NMR amounts, ``dates`` of pending changes in one style, and
    what Numerai did not tell, which is said in the cells."""

    def gap(line: ModelLine, *facts: Fact) -> MissingFact | None:
        return worst(missing, line.model_id, *facts)

    def staked(line: ModelLine) -> Cell:
        missing_fact = gap(line, *STAKED[line.system])
        return figure(staked_cell(line.staked, decimals), missing_fact, line.staked)

    def at_risk(line: ModelLine) -> Cell:
        missing_fact = gap(line, *STAKED[System.ATOMIC])
        return figure(staked_cell(line.at_risk, decimals), missing_fact, line.at_risk)

    def pending(line: ModelLine) -> Cell:
        missing_fact = gap(line, Fact.PENDING) if line.system is System.CONTINUOUS else None
        return figure(pending_cell(line, dates, decimals), missing_fact)

    def per_round(line: ModelLine) -> Cell:
        missing_fact = gap(line, *STAKED[System.ATOMIC]) if line.system is System.ATOMIC else None
        return figure(_per_round(line, decimals), missing_fact, line.per_round)

    def paid(line: ModelLine) -> Cell:
        cell = payout_cell(line.earned, decimals) if line.recent else _ABSENT
        cell = estimate(cell) if line.recent and line.unsettled else cell
        return part_of(cell, of_payouts(missing, line.model_id, line.tournament), line.recent)

    def last(line: ModelLine) -> Cell:
        missing_fact = of_payouts(missing, line.model_id, line.tournament)
        return part_of(graph_cell(line.recent), missing_fact, line.recent)

    def one_year(line: ModelLine) -> Cell:
        return figure(_one_year(line), gap(line, Fact.RETURNS), line.one_year)

    def reputation(line: ModelLine) -> Cell:
        return figure(_reputation(line), gap(line, Fact.REPUTATION), _first_value(line))

    def rank(line: ModelLine) -> Cell:
        return figure(_rank(line), gap(line, Fact.REPUTATION), _first_rank(line))

    def submission(line: ModelLine) -> Cell:
        return figure(_submission(line), gap(line, Fact.SUBMISSIONS), line.submission)

    return [
        Column("model", "model", _model, _name, fixed=True),
        Column("tournament", "tournament", _tournament, lambda line: line.tournament, drop=6),
        Column("system", "system", lambda line: Cell(line.system.value, "muted"), _system, drop=9),
        Column("staked", "staked", staked, lambda line: line.staked, align="right"),
        Column("at_risk", "at risk", at_risk, lambda line: line.at_risk, align="right", drop=5),
        Column("pending", "change", pending, _due, drop=1),
        Column("per_round", "per round", per_round, _each, drop=4, largest_first=True),
        Column("last", "last", last, None, drop=2),
        Column(
            "payouts",
            "payouts",
            paid,
            lambda line: line.earned if line.recent else None,
            align="right",
            drop=3,
        ),
        Column("one_year", "1 year", one_year, lambda line: line.one_year, "right", drop=7),
        Column("rep", "rep", reputation, _first_value, align="right", drop=8),
        Column("rank", "rank", rank, _first_rank, align="right", drop=10),
        Column("round", "round", submission, _state, drop=0),
    ]


def totals(
    lines: Sequence[ModelLine], decimals: int, missing: MissingFacts = NOTHING_MISSING
) -> dict[str, Cell | str]:
    """The last line: sums over the lines shown, with the sign of what they lack."""
    staked = Sum.of(
        aged(line.staked, worst(missing, line.model_id, *STAKED[line.system])) for line in lines
    )
    at_risk = Sum.of(
        aged(line.at_risk, worst(missing, line.model_id, *STAKED[System.ATOMIC])) for line in lines
    )
    paid = Sum.of(_paid(line, missing) for line in lines)
    earned = sum_cell(paid, decimals, _gain_or_burn(paid.known), signed=True)
    unsettled = any(line.unsettled for line in lines)
    return {
        "model": format.count(len(lines), "model"),
        "staked": sum_cell(staked, decimals),
        "at_risk": sum_cell(at_risk, decimals),
        "payouts": estimate(earned) if unsettled else earned,
    }


def _paid(line: ModelLine, missing: MissingFacts) -> Part:
    gap = of_payouts(missing, line.model_id, line.tournament)
    if gap is not None and gap.as_of is None and not line.recent:
        return Part(None)
    return aged(line.earned, gap)


def _model(line: ModelLine) -> Cell:
    cell = name_cell(line.name, line.missing_since)
    if line.archived:
        return replace(cell, parts=((marked(line.name), "muted"), (" archived", "muted")))
    return cell


_ABSENT = Cell(format.ABSENT, "muted")


def staked_cell(amount: NMR | None, decimals: int) -> Cell:
    """An amount that stands still; nothing staked is a quiet dot."""
    return Cell(format.nmr(amount, decimals)) if amount else _ABSENT


def payout_cell(amount: NMR, decimals: int) -> Cell:
    """A gain or a burn, signed."""
    return Cell(format.payout(amount, decimals), _gain_or_burn(amount))


def _gain_or_burn(amount: NMR) -> Meaning:
    return "gain" if amount.wei > 0 else "burn" if amount.wei < 0 else "muted"


def pending_cell(line: ModelLine, dates: format.Dates, decimals: int) -> Cell:
    """``+2.50 Tue 13:00``."""
    pending = line.pending
    if pending is None:
        return Cell(f"{format.ABSENT:>{decimals + 4}}", "muted")
    amount = format.pending(pending.kind, pending.amount, decimals)
    way: Meaning = "pending" if pending.kind is PendingKind.INCREASE else "locked"
    return Cell(parts=((f"{amount:>{decimals + 4}} ", way), (dates.moment(pending.due), "muted")))


def graph_cell(recent: Sequence[NMR]) -> Cell:
    """One block per payout, newest right; burns hang from the top."""
    shown = recent[-GRAPH:]
    bars = format.sparkline(shown).replace("█", "▇")  # rows above each other stay apart
    parts: list[tuple[str, Meaning]] = [(" " * (GRAPH - len(shown)), "")]
    for bar, amount in zip(bars, shown, strict=True):
        parts.append((bar, "gain" if amount.wei > 0 else "burn" if amount.wei < 0 else "muted"))
    return Cell(parts=tuple(parts))


def reputation_cell(value: Decimal | None) -> Cell:
    """A reputation score with four places."""
    return Cell(format.score(value)) if value is not None else _ABSENT


def _name(line: ModelLine) -> str:
    return line.name.casefold()


def _tournament(line: ModelLine) -> Cell:
    return Cell(line.tournament.label, "muted")


def _system(line: ModelLine) -> str:
    return line.system.value


def _due(line: ModelLine) -> datetime | None:
    return line.pending.due if line.pending else None


def _each(line: ModelLine) -> NMR | None:
    return line.per_round


def _per_round(line: ModelLine, decimals: int) -> Cell:
    if line.per_round is None:
        return Cell(f"{format.ABSENT:>{decimals + 3}}", "muted")
    mode = f" {line.mode.value}" if line.mode else ""
    amount = f"{format.nmr(line.per_round, decimals):>{decimals + 3}}"
    parts: Parts = ((amount, ""), (mode, "muted"))
    return Cell(parts=parts)


def _one_year(line: ModelLine) -> Cell:
    if line.one_year is None:
        return _ABSENT
    meaning: Meaning = "gain" if line.one_year > 0 else "burn" if line.one_year < 0 else "muted"
    return Cell(format.percent(line.one_year, signed=True), meaning)


def _first_value(line: ModelLine) -> Decimal | None:
    return line.reputations[0].value if line.reputations else None


def _first_rank(line: ModelLine) -> int | None:
    return line.reputations[0].rank if line.reputations else None


def _reputation(line: ModelLine) -> Cell:
    return reputation_cell(_first_value(line))


def _rank(line: ModelLine) -> Cell:
    rank = _first_rank(line)
    return Cell(f"{rank:,}", "muted") if rank is not None else _ABSENT


def _submission(line: ModelLine) -> Cell:
    if line.submission is None:
        return _ABSENT
    usual = line.submission is SubmissionState.SUBMITTED
    return Cell(
        format.submission(line.submission, word=not usual), _SUBMISSION_MEANING[line.submission]
    )


def _state(line: ModelLine) -> str | None:
    return line.submission.value if line.submission else None
