"""The unlock calendar as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain.knowledge import Fact
from tui.cli.missing_output import (
    amount_text,
    echo_footer,
    missing_json,
    total_json,
    total_text,
)
from tui.cli.output import Column, echo_table, text_or_none, time_or_none

_SHOWN = (Fact.WALLET, Fact.STAKE, Fact.PENDING, Fact.PERFORMANCES, Fact.AT_RISK)
"""The facts a calendar rests on."""

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ledger.domain.nmr import NMR
    from ledger.domain.stakes.unlock import Unlock, UnlockSum
    from ledger.domain.sums import Sum
    from ledger.reports.stakes.unlocks import UnlocksReport


def unlocks_json(
    report: UnlocksReport, when: tuple[NMR, datetime | None] | None, file: Path | None
) -> dict[str, Any]:
    """Entries, days and weeks; ``when`` is an amount with the date it is free."""
    document: dict[str, Any] = {
        "as_of": time_or_none(report.as_of),
        "now": time_or_none(report.now),
        "view": report.view.value,
        **total_json("free_now", report.free),
        **total_json("total", report.total),
        "missing_facts": missing_json(report.missing, "", *_subjects(report)),
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
        "nmr": text_or_none(entry.nmr),
        "as_of": time_or_none(entry.as_of),
        "payout": text_or_none(entry.payout),
        "restaked": str(entry.restaked),
        "free": text_or_none(entry.free(report.view)),
        "latest": time_or_none(entry.latest),
    }


def _sum_json(entry: UnlockSum) -> dict[str, Any]:
    return {
        "start": entry.start.isoformat(),
        **total_json("nmr", entry.nmr),
        **total_json("cumulative", entry.cumulative),
    }


def _subjects(report: UnlocksReport) -> list[str]:
    """Models that something comes free of, and their tournaments."""
    models = {entry.model_id for entry in report.unlocks}
    return sorted(models | {str(int(entry.tournament)) for entry in report.unlocks})


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
        Column("Model", name=True),
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
            amount_text(entry.nmr, decimals, old=entry.as_of is not None),
            amount_text(free, decimals, old=entry.as_of is not None),
            total_text(cumulative, decimals),
        )
        for entry, free, cumulative in _running_total(report)
    ]
    echo_table(columns, rows)
    total, free = total_text(report.total, decimals), total_text(report.free, decimals)
    click.echo(f"{total} NMR come free in all; {free} NMR are free now (Numerai wallet and idle).")
    echo_footer(report.missing, ["", *_subjects(report)], _SHOWN)


def _running_total(report: UnlocksReport) -> list[tuple[Unlock, NMR | None, Sum]]:
    from ledger.domain.sums import NO_PARTS, Sum

    rows, together = [], NO_PARTS
    for entry in report.unlocks:
        together += Sum.of([entry.part(report.view)])
        rows.append((entry, entry.free(report.view), together))
    return rows
