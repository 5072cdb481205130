"""The unlock calendar as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import Column, echo_table, text_or_none, time_or_none
from tui.cli.strategy_output import nmr_or_blank

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ledger.domain.nmr import NMR
    from ledger.domain.unlock import Unlock, UnlockSum
    from ledger.reports.unlocks import UnlocksReport


def unlocks_json(
    report: UnlocksReport, when: tuple[NMR, datetime | None] | None, file: Path | None
) -> dict[str, Any]:
    """Entries, days and weeks; ``when`` is an amount with the date it is free."""
    document: dict[str, Any] = {
        "as_of": time_or_none(report.as_of),
        "now": time_or_none(report.now),
        "view": report.view.value,
        "free_now": str(report.free),
        "total": str(report.total),
        "unlocks": [_unlock_json(entry, report) for entry in report.unlocks],
        "days": [_sum_json(entry) for entry in report.days],
        "weeks": [_sum_json(entry) for entry in report.weeks],
    }
    if when is not None:
        document["when_free"] = {"nmr": str(when[0]), "at": time_or_none(when[1])}
    if file is not None:
        document["file"] = str(file)
    return document


def _unlock_json(entry: Unlock, report: UnlocksReport) -> dict[str, Any]:
    return {
        "at": time_or_none(entry.at),
        "tournament": int(entry.tournament),
        "model": entry.name,
        "model_id": entry.model_id,
        "round": entry.round,
        "kind": entry.kind.value,
        "nmr": str(entry.nmr),
        "payout": text_or_none(entry.payout),
        "restaked": str(entry.restaked),
        "free": str(entry.free(report.view)),
        "latest": time_or_none(entry.latest),
    }


def _sum_json(entry: UnlockSum) -> dict[str, Any]:
    return {
        "start": entry.start.isoformat(),
        "nmr": str(entry.nmr),
        "cumulative": str(entry.cumulative),
    }


def echo_when_free(when: tuple[NMR, datetime | None], report: UnlocksReport) -> None:
    """When an amount can be disposed of, in a sentence."""
    amount, at = when
    if at is None:
        click.echo(f"{amount} NMR never come free by what is known now.")
    elif at <= report.now:
        click.echo(f"{amount} NMR are free now.")
    else:
        click.echo(f"{amount} NMR are free on {time_or_none(at)}.")


def echo_unlocks(report: UnlocksReport, decimals: int) -> None:
    """One line per entry, by time, with what is free by then."""
    columns = [
        Column("Date"),
        Column("Model"),
        Column("Tournament", rank=3),
        Column("Round", right=True, rank=2),
        Column("Kind", rank=1),
        Column("NMR", right=True),
        Column("Free", right=True),
        Column("Cumulative", right=True, rank=1),
    ]
    rows = [
        (
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.name,
            entry.tournament.label,
            "" if entry.round is None else str(entry.round),
            entry.kind.value,
            nmr_or_blank(entry.nmr, decimals),
            nmr_or_blank(free, decimals),
            nmr_or_blank(cumulative, decimals),
        )
        for entry, free, cumulative in _running_total(report)
    ]
    echo_table(columns, rows)
    total, free = nmr_or_blank(report.total, decimals), nmr_or_blank(report.free, decimals)
    click.echo(f"{total} NMR come free in all; {free} NMR are free now (wallet and idle).")


def _running_total(report: UnlocksReport) -> list[tuple[Unlock, NMR, NMR]]:
    from ledger.domain.nmr import ZERO

    rows, sum_ = [], ZERO
    for entry in report.unlocks:
        free = entry.free(report.view)
        sum_ += free
        rows.append((entry, free, sum_))
    return rows
