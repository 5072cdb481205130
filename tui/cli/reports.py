"""``sync`` and ``models``: what the app shows, for pipes and scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.options import Given, opened
from tui.cli.output import Column, echo_json, echo_table, text_or_none, time_or_none
from tui.cli.syncing import recording, run_sync

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.facts import SyncLog
    from ledger.domain.nmr import NMR
    from ledger.reports.portfolio import ModelLine, Portfolio

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

NEVER_SYNCED = "The ledger is empty: run `numstake-tui sync` first."
"""What a command says that has nothing to show."""


@click.command()
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep what is asked and answered in FILE: names, ids and addresses replaced, amounts "
    "multiplied, times shifted. Public scores can still identify an account.",
)
@json_option
@click.pass_obj
def sync(given: Given, record: Path | None, as_json: bool) -> None:
    """Fetch what is new from Numerai."""
    with opened(given) as book:
        log = _recorded(book, record) if record else _synced(book)
        if as_json:
            echo_json(_sync_json(log) | ({"recording": str(record)} if record else {}))
            return
        click.echo(
            f"{log.rounds} rounds, {log.requests} requests, {log.milliseconds / 1000:.1f} seconds."
            f" {len(log.problems) or 'No'} problem{'' if len(log.problems) == 1 else 's'}."
        )
        for problem in log.problems:
            click.echo(f"  {problem.where}, {problem.field}: {problem.what}")


def _synced(book: Book) -> SyncLog:
    return (book.last_sync() if book.demo else None) or run_sync(book)


def _recorded(book: Book, file: Path) -> SyncLog:
    from ledger.numerai.recording import WARNING

    with recording(file, book) as observer:
        log = run_sync(book, observer)
    click.echo(f"The recording is in {file}. {WARNING}", err=True)
    return log


@click.command()
@json_option
@click.pass_obj
def models(given: Given, as_json: bool) -> None:
    """All models: stakes, what is at risk, what is pending. From the ledger, without network."""
    with opened(given) as book:
        portfolio = book.portfolio()
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_portfolio_json(portfolio))
    if portfolio.as_of is None:
        click.echo(NEVER_SYNCED, err=True)
    elif not as_json:
        _echo_portfolio(portfolio, decimals)


def _sync_json(log: SyncLog) -> dict[str, Any]:
    return {
        "requests": log.requests,
        "seconds": log.milliseconds / 1000,
        "rounds": log.rounds,
        "problems": [
            {"where": problem.where, "field": problem.field, "what": problem.what}
            for problem in log.problems
        ],
    }


def _portfolio_json(portfolio: Portfolio) -> dict[str, Any]:
    return {
        "as_of": time_or_none(portfolio.as_of),
        "profile": portfolio.profile,
        "wallet": {
            "available": text_or_none(portfolio.available),
            "held": text_or_none(portfolio.held),
        },
        "models": [_model_json(line) for line in portfolio.lines],
    }


def _model_json(line: ModelLine) -> dict[str, Any]:
    pending = line.pending and {
        "kind": line.pending.kind.value,
        "nmr": str(line.pending.amount),
        "due": time_or_none(line.pending.due),
    }
    return {
        "id": line.model_id,
        "name": line.name,
        "tournament": int(line.tournament),
        "system": line.system.value,
        "staked": text_or_none(line.staked),
        "at_risk": str(line.at_risk),
        "pending": pending,
        "take_profit": line.take_profit,
        "per_round": text_or_none(line.per_round),
        "mode": text_or_none(line.mode),
        "submission": text_or_none(line.submission),
    }


def _echo_portfolio(portfolio: Portfolio, decimals: int) -> None:
    from tui import format as show

    def nmr(amount: NMR | None) -> str:
        return "" if amount is None else show.nmr(amount, decimals)

    columns = [
        Column("Model"),
        Column("Tournament", rank=2),
        Column("System", rank=4),
        Column("Staked", right=True),
        Column("At risk", right=True, rank=1),
        Column("Pending", right=True),
        Column("Due", rank=1),
        Column("Per round", right=True, rank=3),
        Column("Mode", rank=5),
        Column("Submission", rank=1),
    ]
    rows = [
        (
            line.name,
            line.tournament.label,
            line.system.value,
            nmr(line.staked),
            nmr(line.at_risk),
            show.pending(line.pending.kind, line.pending.amount, decimals) if line.pending else "",
            f"{line.pending.due:%Y-%m-%d}" if line.pending and line.pending.due else "",
            nmr(line.per_round),
            line.mode.value if line.mode else "",
            line.submission.value if line.submission else "",
        )
        for line in portfolio.lines
    ]
    as_of = show.stamp(portfolio.as_of) if portfolio.as_of else "never"
    click.echo(
        f"{portfolio.username}, as of {as_of} UTC:"
        f" {nmr(portfolio.staked)} NMR staked, {nmr(portfolio.available)} in the wallet,"
        f" {nmr(portfolio.held)} held for increases."
    )
    echo_table(columns, rows)
