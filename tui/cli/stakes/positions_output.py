"""Atomic positions as JSON and as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.knowledge import Fact, MissingFacts
from tui.cli.missing_output import missing_json
from tui.cli.output import Column, echo_table, text_or_none, time_or_none
from tui.cli.stakes.strategy_output import nmr_or_blank, payout_or_blank, reading_json

if TYPE_CHECKING:
    from ledger.domain.nmr import NMR
    from ledger.domain.stakes.strategy import Position
    from ledger.reports.stakes.positions import ModelPositions, PositionsReport, TournamentPositions

_NOTHING_ATOMIC = "No tournament of this account is on atomic staking, as far as known."


def positions_json(
    report: PositionsReport, ids: Collection[str] | None, *, everything: bool
) -> dict[str, Any]:
    """Tournaments, models, positions; only models in ``ids`` where some are named."""
    return {
        "as_of": time_or_none(report.as_of),
        "locked": str(report.locked),
        "missing_facts": missing_json(report.missing, "", *_tournaments(report)),
        "tournaments": [
            _tournament_json(entry, ids, report.missing, everything=everything)
            for entry in report.tournaments
        ],
    }


def _tournaments(report: PositionsReport) -> list[str]:
    return [str(int(entry.tournament)) for entry in report.tournaments]


def _tournament_json(
    entry: TournamentPositions,
    ids: Collection[str] | None,
    missing: MissingFacts,
    *,
    everything: bool,
) -> dict[str, Any]:
    out = entry.runs_out
    return {
        "tournament": int(entry.tournament),
        "rounds": entry.rounds,
        "locked": str(entry.locked),
        "claimable": str(entry.claimable),
        "committed": text_or_none(entry.committed),
        "idle": text_or_none(entry.idle),
        "idle_origin": text_or_none(entry.idle_origin),
        "idle_rests_on": list(entry.estimate.rests_on) if entry.estimate else [],
        "wallet": text_or_none(entry.wallet),
        "idle_runs_out": out
        and {"round": out.round, "at": time_or_none(out.at), "missing": str(out.missing)},
        "claims_known": entry.claims_known,
        "models": [
            _model_json(model, everything=everything)
            | {"missing_facts": missing_json(missing, model.model_id)}
            for model in _chosen(entry.models, ids)
        ],
    }


def _model_json(model: ModelPositions, *, everything: bool) -> dict[str, Any]:
    totals = model.totals
    return {
        "model": model.name,
        "model_id": model.model_id,
        "setting": totals.setting and reading_json(totals.setting),
        "locked": str(totals.locked),
        "claimable": str(totals.claimable),
        "committed": text_or_none(totals.committed),
        "running": totals.running,
        "at_setting": totals.at_setting,
        "ramp": format(totals.ramp, "f"),
        "burn_debt": text_or_none(totals.debt),
        "projected_payout": text_or_none(model.projected),
        "first_resolves": time_or_none(totals.first),
        "last_resolves": time_or_none(totals.last),
        "positions": [_position_json(row) for row in shown(model.positions, everything)],
    }


def _position_json(row: Position) -> dict[str, Any]:
    return {
        "round": row.round,
        "stake": str(row.stake),
        "state": row.state.value,
        "opened": time_or_none(row.opened),
        "resolves": time_or_none(row.resolves),
        "payout": text_or_none(row.payout),
        "claimable": text_or_none(row.claimable),
        "finalises": time_or_none(row.finalises),
        "tx_hash": row.tx_hash,
        "origin": row.origin.value,
        "also": [{"origin": one.origin.value, "nmr": str(one.nmr)} for one in row.also],
    }


def shown(rows: Iterable[Position], everything: bool) -> list[Position]:
    """Positions that still hold NMR, or all of them."""
    return [row for row in rows if everything or row.state.running or row.claimable]


def _chosen(models: Iterable[ModelPositions], ids: Collection[str] | None) -> list[ModelPositions]:
    return [model for model in models if ids is None or model.model_id in ids]


def echo_positions(
    report: PositionsReport, ids: Collection[str] | None, decimals: int, *, everything: bool
) -> None:
    """A line per tournament and a table of its models; of named models, their positions."""
    if not report.tournaments:
        click.echo(_NOTHING_ATOMIC)
    for entry in report.tournaments:
        click.echo(_summary(entry, decimals))
        models = _chosen(entry.models, ids)
        if ids is None and not everything:
            _echo_models(models, decimals)
        else:
            _echo_rows(models, decimals, everything=everything)
    if report.owned is not None:
        click.echo(f"Owner's wallet: {nmr_or_blank(report.owned, decimals)} NMR.")
    _echo_missing(report)


_SHOWN = (
    Fact.STAKE_TRANSACTIONS,
    Fact.PERFORMANCES,
    Fact.AT_RISK,
    Fact.CLAIMS,
    Fact.CHAIN,
    Fact.WALLET,
)
"""What positions are told from."""


def _echo_missing(report: PositionsReport) -> None:
    """Sentences on what the figures above lack, instead of a sign on every one of them."""
    from ledger.reports.account.missing import build_missing

    models = {model.model_id: model.name for entry in report.tournaments for model in entry.models}
    subjects = {"", *models, *_tournaments(report)}
    entries = [
        entry for entry in report.missing if entry.fact in _SHOWN and entry.subject in subjects
    ]
    for line in build_missing(MissingFacts(entries), models).lines:
        click.echo(line.sentence)


def _summary(entry: TournamentPositions, decimals: int) -> str:
    def nmr(amount: NMR | None) -> str:
        return nmr_or_blank(amount, decimals) or "unknown"

    parts = [
        f"{nmr(entry.locked)} NMR locked",
        f"{nmr(entry.claimable) if entry.claims_known else 'unknown'} claimable",
        f"{nmr(entry.idle)} idle{' (estimated)' if entry.estimate else ''}",
    ]
    text = f"{entry.tournament.label}: {', '.join(parts)}."
    if entry.runs_out is not None:
        at = time_or_none(entry.runs_out.at)
        text += f" Idle runs out with round {entry.runs_out.round}, {at}."
    return text


def _echo_models(models: Iterable[ModelPositions], decimals: int) -> None:
    columns = [
        Column("Model", name=True),
        Column("Per round", right=True),
        Column("Mode", rank=3),
        Column("Locked", right=True),
        Column("Committed", right=True, rank=1),
        Column("Ramp", right=True, rank=2),
        Column("Positions", right=True, rank=4),
        Column("Projected", right=True, rank=1),
        Column("Last resolves", rank=2),
    ]
    rows = []
    for model in models:
        totals, setting = model.totals, model.totals.setting
        rows.append(
            (
                model.name,
                nmr_or_blank(setting.per_round if setting else None, decimals),
                text_or_none(setting.mode if setting else None) or "",
                nmr_or_blank(totals.locked, decimals),
                nmr_or_blank(totals.committed, decimals),
                f"{totals.ramp:.0%}",
                str(totals.running),
                payout_or_blank(model.projected, decimals),
                f"{totals.last:%Y-%m-%d}" if totals.last else "",
            )
        )
    echo_table(columns, rows)


def _echo_rows(models: Iterable[ModelPositions], decimals: int, *, everything: bool) -> None:
    columns = [
        Column("Model", name=True),
        Column("Round", right=True),
        Column("Stake", right=True),
        Column("State"),
        Column("Resolves"),
        Column("Payout", right=True, rank=1),
        Column("Claimable", right=True, rank=2),
        Column("Source", rank=3),
    ]
    rows = [
        (
            model.name,
            str(row.round),
            nmr_or_blank(row.stake, decimals),
            row.state.value,
            f"{row.resolves:%Y-%m-%d}" if row.resolves else "",
            payout_or_blank(row.payout, decimals),
            nmr_or_blank(row.claimable, decimals),
            "; ".join([row.origin, *(f"{one.origin}: {one.nmr}" for one in row.also)]),
        )
        for model in models
        for row in shown(model.positions, everything)
    ]
    echo_table(columns, rows)
