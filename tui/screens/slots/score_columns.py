"""Records of predictors and slots as rows of one table."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.names import marked
from ledger.domain.slots.attribution import Record
from ledger.domain.slots.predictor import Predictor
from ledger.domain.sums import Sum
from ledger.reports.slots.predictor_scores import PredictorLine, PredictorScores
from tui.format import (
    ABSENT,
    OLD,
    UNKNOWN,
    count,
    earned,
    exact,
    nmr,
    number,
    payout,
    percent,
    score,
    shorten,
)
from tui.theme import Meaning
from tui.widgets.line import Group
from tui.widgets.missing import PAID, UNKNOWN_CELL, estimate, sum_cell, worst
from tui.widgets.tables.grid import Cell, Column

NAME_WIDTH = 18


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A predictor (``line`` or, without a score yet, ``predictor`` alone) or a slot."""

    key: str
    name: str
    record: Record[int] | Record[str] | None
    predictor: Predictor | None = None
    line: PredictorLine | None = None
    held: tuple[str, ...] = ()
    old: bool = False


def predictor_key(number: int) -> str:
    """What tells a predictor's row from the others; that of a slot is its model's id."""
    return f"p{number}"


def rows(
    scores: PredictorScores,
    predictors: tuple[Predictor, ...],
    missing: MissingFacts = NOTHING_MISSING,
) -> list[RecordRow]:
    """Predictors by rank, those without a record after them, then the slots by rank; ``old`` are
    slots whose payouts are not told any more."""
    scored = [
        RecordRow(
            predictor_key(line.predictor.id), line.predictor.name, line.record, line.predictor, line
        )
        for line in scores.predictors
    ]
    there = {line.predictor.id for line in scores.predictors}
    idle = [
        RecordRow(predictor_key(p.id), p.name, None, p) for p in predictors if p.id not in there
    ]
    slots = [
        RecordRow(
            line.model_id,
            line.name,
            line.record,
            held=line.held,
            old=worst(missing, line.model_id, *PAID) is not None,
        )
        for line in scores.slots
    ]
    return [*scored, *idle, *slots]


def columns(decimals: int) -> list[Column[RecordRow]]:
    """The figures of both kinds."""

    def figure(row: RecordRow, name: str) -> object:
        return None if row.record is None else getattr(row.record, name)

    return [
        Column("kind", "", _kind, fixed=True, width=4),
        Column("name", "name", _name, lambda row: row.name, fixed=True, width=NAME_WIDTH),
        Column("rank", "rank", _rank, lambda row: figure(row, "rank"), "right"),
        Column("rounds", "rounds", _rounds, None, "right", drop=3),
        Column("mean", "mean", _mean, lambda row: figure(row, "mean"), "right"),
        Column(
            "sd", "sd", lambda row: _plain(row, "sd"), lambda r: figure(r, "sd"), "right", drop=2
        ),
        Column("sharpe", "sharpe", _sharpe, lambda row: figure(row, "sharpe"), "right"),
        Column(
            "drawdown",
            "drawdown",
            lambda row: _plain(row, "max_drawdown"),
            lambda row: figure(row, "max_drawdown"),
            "right",
            drop=4,
        ),
        Column("net", "net NMR", lambda row: _net(row, decimals), _net_sort, "right"),
        Column(
            "exposure", "NMR×rounds", lambda row: _exposure(row, decimals), None, "right", drop=5
        ),
        Column("rate", "per NMR", _rate, None, "right", drop=1),
        Column("corr", "corr", _correlation, None, "right", drop=6),
    ]


def _kind(row: RecordRow) -> Cell:
    if row.predictor is None:
        return Cell("slot", "muted")
    return Cell("old" if row.predictor.retired else "", "muted")


def _name(row: RecordRow) -> Cell:
    if row.predictor is None:
        return Cell(marked(row.name, NAME_WIDTH))
    return Cell(shorten(row.name, NAME_WIDTH), "strong")


def _rank(row: RecordRow) -> str:
    return ABSENT if row.record is None or row.record.rank is None else str(row.record.rank)


def _rounds(row: RecordRow) -> str:
    return ABSENT if row.record is None else str(len(row.record.scores))


def _mean(row: RecordRow) -> Cell:
    if row.record is None or row.record.mean is None:
        return Cell(ABSENT, "muted")
    return Cell(score(row.record.mean), "burn" if row.record.mean < 0 else "gain")


def _plain(row: RecordRow, name: str) -> str:
    value = None if row.record is None else getattr(row.record, name)
    return score(value).strip("+ ")


def _sharpe(row: RecordRow) -> str:
    return ABSENT if row.record is None else number(row.record.sharpe, 2)


def _net(row: RecordRow, decimals: int) -> Cell:
    if row.record is None or not (row.record.earnings.exposure or row.record.earnings.unknown):
        return Cell(ABSENT, "muted")
    net = row.record.earnings.net
    style: Meaning = "burn" if net.wei < 0 else "gain"
    cell = Cell(payout(net, decimals), style, hang=OLD if row.old else "")
    return estimate(cell) if row.record.earnings.pending else cell


def _net_sort(row: RecordRow) -> object:
    return None if row.record is None else row.record.earnings.net


def _exposure(row: RecordRow, decimals: int) -> Cell:
    if row.record is None:
        return Cell(ABSENT)
    earned = row.record.earnings
    exposure = Sum(earned.exposure, earned.unknown)
    return sum_cell(exposure, decimals)


def _rate(row: RecordRow) -> Cell:
    """The return where what was at risk is known; a ``?`` behind it says that it is not all."""
    if row.record is None:
        return Cell(ABSENT)
    earned = row.record.earnings
    if earned.rate is None and earned.unknown:
        return UNKNOWN_CELL
    lacking = UNKNOWN if earned.unknown else ""
    return Cell(percent(earned.rate, 3, signed=True), hang=lacking)


def _correlation(row: RecordRow) -> str:
    correlation = row.line.mean_correlation if row.line is not None else None
    return ABSENT if correlation is None else f"{correlation:.2f}"


def summary(scores: PredictorScores, decimals: int) -> tuple[Group, ...]:
    """How much is known, and what the log does not explain."""
    apart = _apart(scores)
    rest = earned(scores.unassigned.net, scores.unassigned.pending, decimals)
    return (
        (0, ((f" {count(len(scores.predictors), 'predictor')} ", "strong"),)),
        (1, ((f"{count(scores.rounds, 'round')} with scores", "muted"),)),
        (
            2,
            (
                ("mean scores: predictors ", "muted"),
                (apart[0], ""),
                (", slots ", "muted"),
                (apart[1], ""),
            ),
        ),
        (3, (("without a predictor ", "muted"), (rest, ""))),
    )


def _apart(scores: PredictorScores) -> tuple[str, str]:
    """From the lowest to the highest mean score, of predictors and of slots that held them."""

    def spread(records: list[Record[int] | Record[str]]) -> str:
        means = [record.mean for record in records if record.mean is not None]
        return f"{score(min(means))} to {score(max(means))}" if means else ABSENT

    predictors: list[Record[int] | Record[str]] = [line.record for line in scores.predictors]
    slots: list[Record[int] | Record[str]] = [line.record for line in scores.slots if line.held]
    return spread(predictors), spread(slots)


def account_for(row: RecordRow, decimals: int) -> str:
    """One row in full."""
    lines: list[str] = []
    if row.predictor is not None and row.predictor.notes:
        lines += [row.predictor.notes, ""]
    if row.held:
        lines += [f"Held {', '.join(row.held)}.", ""]
    if row.record is None:
        return "\n".join([*lines, "No slot with a score yet."])
    record, earned = row.record, row.record.earnings
    lines += [
        f"{count(len(record.scores), 'round')}, {count(record.places, 'place')} in slots.",
        f"Mean {score(record.mean, 6)}, sd {score(record.sd, 6)}, per round.",
        f"Mean over sd {number(record.sharpe, 3)}, deepest fall {score(record.max_drawdown)}.",
        "",
        f"Payouts {exact(earned.payouts)} NMR, burns {exact(earned.burns)} NMR,",
        f"together {exact(earned.net)} NMR, of that {exact(earned.pending)} unsettled.",
        f"On {nmr(earned.exposure, decimals)} NMR x rounds that is "
        f"{percent(earned.rate, 4, signed=True)} a round.",
    ]
    if row.line is not None and row.line.correlations:
        lines += ["", "Correlation of scores"]
        lines += [
            f"  {name:<{NAME_WIDTH}} {ABSENT if value is None else f'{value:+.3f}'}"
            for name, value in row.line.correlations.items()
        ]
    return "\n".join(lines)
