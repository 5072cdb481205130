"""Figures of risk as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.names import said
from tui import format as show
from tui.cli.earnings.earnings_output import plain
from tui.cli.output import Column, echo_table, text_or_none, time_or_none

if TYPE_CHECKING:
    from ledger.domain.model import Tournament
    from ledger.domain.nmr import NMR
    from ledger.domain.risk import (
        Drawdown,
        ModelRisk,
        RiskFigures,
        RiskRestated,
        Sharpe,
        TournamentRisk,
    )

_WORST = 3
"""How many models are named that lose most."""


def risk_json(
    figures: RiskFigures, restated: RiskRestated | None, tournament: Tournament | None
) -> dict[str, Any]:
    """All figures; amounts and ratios as text, estimates with six places at the most.

    ``var_95`` and ``es_95`` are results in NMR, negative for losses.
    """
    basis, outlook = figures.basis, figures.outlook
    models = _of(figures, tournament)
    return {
        "computed": time_or_none(basis.computed),
        "stale": figures.stale,
        "history": {
            "rounds": basis.rounds,
            "needed": basis.needed,
            "oldest": basis.oldest,
            "newest": basis.newest,
        },
        "draws": basis.draws,
        "block": basis.block,
        "seed": basis.seed,
        "at_risk": str(figures.at_risk),
        "covered": str(figures.covered),
        "limit": str(figures.limit),
        "unknown": figures.unknown,
        "outlook": None
        if outlook is None
        else {
            "expected": str(outlook.expected),
            "var_95": str(outlook.worst),
            "es_95": str(outlook.shortfall),
        },
        "why": figures.why,
        "under_targets": None if restated is None else _restated_json(restated),
        "effective_models": plain(figures.effective_models),
        "sharpe": _sharpe_json(figures.sharpe),
        "drawdown": _drawdown_json(figures.drawdown),
        "tournaments": [
            _tournament_json(row)
            for row in figures.tournaments
            if tournament in {None, row.tournament}
        ],
        "models": [_model_json(row) for row in models],
        "correlations": _correlations_json(figures, {row.model_id for row in models}),
    }


def _of(figures: RiskFigures, tournament: Tournament | None) -> Sequence[ModelRisk]:
    return [row for row in figures.models if tournament in {None, row.tournament}]


def _restated_json(restated: RiskRestated) -> dict[str, Any]:
    return {
        "at_risk": str(restated.at_risk),
        "expected": str(restated.expected),
        "es_95": str(restated.shortfall),
        "unknown": restated.unknown,
    }


def _parts_json(row: ModelRisk | TournamentRisk) -> dict[str, Any]:
    return {
        "at_risk": str(row.at_risk),
        "share": plain(row.share),
        "expected": text_or_none(row.expected),
        "es_95": text_or_none(row.shortfall),
        "variance": plain(row.variance),
    }


def _tournament_json(row: TournamentRisk) -> dict[str, Any]:
    return {"tournament": int(row.tournament), "running": row.running, **_parts_json(row)}


def _model_json(row: ModelRisk) -> dict[str, Any]:
    return {
        "model": row.name,
        "model_id": row.model_id,
        "tournament": int(row.tournament),
        "exposure": str(row.exposure),
        "unknown": row.unknown,
        **_parts_json(row),
        "rounds": row.rounds,
        "sharpe": _sharpe_json(row.sharpe),
        "drawdown": _drawdown_json(row.drawdown),
        "why": row.why,
    }


def _sharpe_json(sharpe: Sharpe | None) -> dict[str, Any] | None:
    if sharpe is None:
        return None
    return {"ratio": plain(sharpe.ratio), "error": plain(sharpe.error), "rounds": sharpe.rounds}


def _drawdown_json(fall: Drawdown | None) -> dict[str, Any] | None:
    if fall is None:
        return None
    return {
        "deepest": str(fall.deepest),
        "peak": fall.peak,
        "trough": fall.trough,
        "now": str(fall.now),
    }


def _correlations_json(figures: RiskFigures, shown: set[str]) -> dict[str, Any]:
    """Model ids, and in the same order thousandths between each two."""
    places = [place for place, one in enumerate(figures.correlated) if one in shown]
    return {
        "model_ids": [figures.correlated[place] for place in places],
        "thousandths": [[figures.correlations[row][column] for column in places] for row in places],
    }


# As text


def echo_risk(
    figures: RiskFigures,
    restated: RiskRestated | None,
    tournament: Tournament | None,
    decimals: int,
    now: datetime,
) -> None:
    """Sentences, then a table of the models, the largest loss first."""
    for line in _sentences(figures, restated, decimals, now):
        click.echo(line)
    click.echo()
    echo_table(
        [
            Column("Model", name=True),
            Column("Tournament", rank=2),
            Column("At risk", right=True),
            Column("Share", right=True, rank=1),
            Column("Expected", right=True, rank=1),
            Column("Worst 5%", right=True),
            Column("Variance", right=True, rank=2),
            Column("Sharpe", right=True, rank=1),
            Column("Drawdown", right=True, rank=2),
            Column("Rounds", right=True, rank=3),
        ],
        [_row(row, decimals) for row in _of(figures, tournament)],
    )


def _row(row: ModelRisk, decimals: int) -> list[str]:
    return [
        row.name,
        row.tournament.label,
        show.nmr(row.at_risk, decimals) + (show.UNKNOWN if row.unknown else ""),
        show.percent(row.share),
        estimate(row.expected, decimals),
        estimate(row.shortfall, decimals),
        show.UNKNOWN if row.variance is None else show.percent(row.variance),
        sharpe(row.sharpe),
        show.ABSENT if row.drawdown is None else show.nmr(-row.drawdown.deepest, decimals),
        str(row.rounds),
    ]


def estimate(amount: NMR | None, decimals: int) -> str:
    """An estimated result in NMR, ``~−3.20``; ``?`` where there is none."""
    return show.UNKNOWN if amount is None else show.ESTIMATE + show.payout(amount, decimals)


def sharpe(known: Sharpe | None) -> str:
    """``0.52 ± 0.14``; ``?`` where it is not known."""
    if known is None:
        return show.UNKNOWN
    return f"{show.number(known.ratio, 2)} ± {show.number(known.error, 2)}"


def _sentences(
    figures: RiskFigures, restated: RiskRestated | None, decimals: int, now: datetime
) -> list[str]:
    basis, outlook = figures.basis, figures.outlook
    lines = [
        f"At risk {show.nmr(figures.at_risk, decimals)} NMR; the running rounds can burn "
        f"{show.nmr(figures.limit, decimals)} NMR of it at the most."
    ]
    if figures.unknown:
        lines.append(f"{show.count(figures.unknown, 'running payout')} without a known stake.")
    if outlook is None:
        lines.append(figures.why or "")
    else:
        lines.append(
            f"Together they are expected to pay {estimate(outlook.expected, decimals)} NMR; in "
            f"the worst 5% {estimate(outlook.worst, decimals)} NMR or less (VaR), on average "
            f"{estimate(outlook.shortfall, decimals)} NMR (expected shortfall)."
        )
        if figures.covered != figures.at_risk:
            covered = show.nmr(figures.covered, decimals)
            lines.append(f"That is of {covered} NMR: the other models have too few rounds.")
        worst = ", ".join(
            f"{said(row.name)} {estimate(row.shortfall, decimals)}" for row in figures.worst(_WORST)
        )
        lines.append(
            f"Losing most in the worst 5%: {worst}." if worst else "No model loses in the worst 5%."
        )
    if restated is not None:
        lines.append(
            f"Under the edited targets, {show.nmr(restated.at_risk, decimals)} NMR at risk: "
            f"expected {estimate(restated.expected, decimals)} NMR, expected shortfall "
            f"{estimate(restated.shortfall, decimals)} NMR or worse."
        )
    if figures.sharpe is not None:
        lines.append(f"Sharpe ratio by round {sharpe(figures.sharpe)}.")
    if figures.drawdown is not None and figures.drawdown.deepest:
        fall = figures.drawdown
        since = "the start" if fall.peak is None else f"round {fall.peak}"
        lines.append(
            f"Deepest fall of all payouts {show.nmr(fall.deepest, decimals)} NMR, from {since} to "
            f"round {fall.trough}."
        )
    if figures.effective_models is not None:
        lines.append(f"As concentrated as {figures.effective_models} models of one size.")
    lines.append(
        f"Computed {show.when(basis.computed, now)} from {basis.rounds} settled rounds, "
        f"{basis.draws:,} draws in blocks of {basis.block}, seed {basis.seed}."
    )
    return lines
