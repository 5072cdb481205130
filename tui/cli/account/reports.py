"""``sync`` and ``models``: what the app shows, for pipes and scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.clock import off_by
from ledger.domain.knowledge import Fact
from ledger.domain.model import System
from tui.cli.account.syncing import recording, run_sync
from tui.cli.arguments import json_option, tournament_option
from tui.cli.missing_output import (
    OLD,
    UNKNOWN,
    amount_text,
    echo_footer,
    is_old,
    line_json,
    missing_json,
    total_json,
    total_text,
)
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import (
    INCOMPLETE,
    Column,
    echo_json,
    echo_table,
    remark,
    text_or_none,
    time_or_none,
)

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.knowledge import MissingFacts
    from ledger.domain.model import Tournament
    from ledger.domain.nmr import NMR
    from ledger.domain.syncing.facts import Refetch, SyncLog
    from ledger.reports.account.missing import MissingReport
    from ledger.reports.account.portfolio import ModelLine, Portfolio

_STAKED = (Fact.STAKE,)
_AT_RISK = (Fact.PERFORMANCES, Fact.AT_RISK)

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
@click.option(
    "--again",
    is_flag=True,
    help="Fetch the history anew, whatever the ledger holds of it.",
)
@click.option(
    "--from",
    "first_round",
    type=click.IntRange(1),
    metavar="ROUND",
    help="With --again: only from this round on.",
)
@tournament_option(before="With --again: only of this one. ", metavar="T")
@json_option
@click.pass_obj
def sync(
    global_options: GlobalOptions,
    *,
    record: Path | None,
    again: bool,
    first_round: int | None,
    tournament: Tournament | None,
    as_json: bool,
) -> int:
    """Fetch what is new from Numerai.

    Ends with 4 when it is done, but something is missing that the account can't be managed without,
    or that was not acknowledged yet (doctor --acknowledge); 3 when Numerai can't be reached.
    """
    refetch = _refetch(again, first_round, tournament)
    with opened(global_options) as book:
        log = _recorded(book, record, refetch) if record else _synced(book, refetch)
        missing = book.missing()
        shift = book.clock_shift()
    if as_json:
        recorded = {"recording": str(record)} if record else {}
        off = {"clock_shift_seconds": round(shift.total_seconds())}
        echo_json(_sync_json(log, missing) | off | recorded)
    else:
        _echo_sync(log, missing)
        if shift:
            click.echo(f"This machine's clock is {off_by(shift)} Numerai's, which is used instead.")
    return INCOMPLETE if missing.incomplete else 0


def _refetch(again: bool, first_round: int | None, tournament: Tournament | None) -> Refetch | None:
    from ledger.domain.syncing.facts import Refetch

    if not again:
        if first_round is not None or tournament is not None:
            raise click.UsageError("--from and --tournament need --again.")
        return None
    return Refetch(tournament, first_round or 1)


def _echo_sync(log: SyncLog, missing: MissingReport) -> None:
    click.echo(
        f"{log.rounds} rounds, {log.requests} requests, {log.milliseconds / 1000:.1f} seconds."
        f" {len(log.problems) or 'No'} problem{'' if len(log.problems) == 1 else 's'}."
    )
    for problem in log.problems:
        click.echo(f"  {problem.where}, {problem.field}: {problem.what}")
    for line in missing.lines:
        click.echo(line.sentence)


def _synced(book: Book, again: Refetch | None) -> SyncLog:
    log = book.last_sync() if book.demo and again is None else None
    return log or run_sync(book, again=again)


def _recorded(book: Book, file: Path, again: Refetch | None) -> SyncLog:
    from ledger.numerai.recording import WARNING

    with recording(file, book) as observer:
        log = run_sync(book, observer=observer, again=again)
    remark(f"The recording is in {file}. {WARNING}")
    return log


@click.command()
@json_option
@click.pass_obj
def models(global_options: GlobalOptions, as_json: bool) -> None:
    """All models: stakes, what is at risk, pending changes. From the ledger, without network."""
    with opened(global_options) as book:
        portfolio = book.portfolio()
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_portfolio_json(portfolio))
    if portfolio.as_of is None:
        click.echo(NEVER_SYNCED, err=True)
    elif not as_json:
        _echo_portfolio(portfolio, decimals)


def _sync_json(log: SyncLog, missing: MissingReport) -> dict[str, Any]:
    return {
        "requests": log.requests,
        "seconds": log.milliseconds / 1000,
        "rounds": log.rounds,
        "problems": [
            {"where": problem.where, "field": problem.field, "what": problem.what}
            for problem in log.problems
        ],
        "complete": not missing.incomplete,
        "missing_facts": [line_json(line) for line in missing.lines],
    }


def _portfolio_json(portfolio: Portfolio) -> dict[str, Any]:
    return {
        "as_of": time_or_none(portfolio.as_of),
        "profile": portfolio.profile,
        "wallet": {
            "available": text_or_none(portfolio.available),
            "held": text_or_none(portfolio.held),
        },
        **total_json("staked", portfolio.staked),
        **total_json("pending_payout", portfolio.pending_payout),
        "missing_facts": missing_json(portfolio.missing, "", *_tournaments(portfolio)),
        "models": [_model_json(line, portfolio.missing) for line in portfolio.lines],
    }


def _tournaments(portfolio: Portfolio) -> list[str]:
    return [str(int(tournament)) for tournament in portfolio.systems]


def _model_json(line: ModelLine, missing: MissingFacts) -> dict[str, Any]:
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
        "at_risk": text_or_none(line.at_risk),
        "pending": pending,
        "take_profit": line.take_profit,
        "per_round": text_or_none(line.per_round),
        "mode": text_or_none(line.mode),
        "submission": text_or_none(line.submission),
        "archived": line.archived,
        "missing_since": time_or_none(line.missing_since),
        "missing_facts": missing_json(missing, line.model_id),
    }


def _echo_portfolio(portfolio: Portfolio, decimals: int) -> None:
    from tui import format as show

    def wallet(amount: NMR | None, fact: Fact) -> str:
        return amount_text(amount, decimals, old=is_old(portfolio.missing, "", fact))

    columns = [
        Column("Model", name=True),
        Column("Tournament", rank=2),
        Column("System", rank=4),
        Column("Staked", right=True),
        Column("At risk", right=True, rank=1),
        Column("Change", right=True),
        Column("Due", rank=1),
        Column("Per round", right=True, rank=3),
        Column("Mode", rank=5),
        Column("Submission", rank=1),
    ]
    missing = portfolio.missing
    rows = [
        (
            line.name,
            line.tournament.label,
            line.system.value,
            amount_text(line.staked, decimals, old=_old(line, missing, _STAKED)),
            amount_text(line.at_risk, decimals, old=_old(line, missing, _AT_RISK)),
            _pending(line, missing, decimals),
            f"{line.pending.due:%Y-%m-%d}" if line.pending and line.pending.due else "",
            "" if line.per_round is None else show.nmr(line.per_round, decimals),
            line.mode.value if line.mode else "",
            line.submission.value if line.submission else "",
        )
        for line in portfolio.lines
    ]
    as_of = show.stamp(portfolio.as_of) if portfolio.as_of else "never"
    click.echo(
        f"{portfolio.username}, as of {as_of} UTC:"
        f" {total_text(portfolio.staked, decimals)} NMR staked,"
        f" {wallet(portfolio.available, Fact.WALLET)} in the Numerai wallet,"
        f" {wallet(portfolio.held, Fact.HELD_INCREASES)} held for increases."
    )
    echo_table(columns, rows)
    models = [line.model_id for line in portfolio.lines]
    shown = (*_STAKED, *_AT_RISK, Fact.PENDING, Fact.WALLET, Fact.HELD_INCREASES)
    echo_footer(portfolio.missing, ["", *models], shown)


def _old(line: ModelLine, missing: MissingFacts, facts: tuple[Fact, ...]) -> bool:
    by = _AT_RISK if line.system is System.ATOMIC else facts
    return is_old(missing, line.model_id, *by)


def _pending(line: ModelLine, missing: MissingFacts, decimals: int) -> str:
    from tui import format as show

    entry = missing.of(Fact.PENDING, line.model_id)
    if line.pending is None:
        return "" if entry is None else UNKNOWN if entry.as_of is None else OLD
    text = show.pending(line.pending.kind, line.pending.amount, decimals)
    return text if entry is None else text + OLD
