"""``earnings`` and ``explain``: what was paid and why, for pipes and scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.earnings.paid_rounds import Grouping, Unit
from ledger.domain.model import Tournament
from tui.cli import completing
from tui.cli.account.reports import NEVER_SYNCED
from tui.cli.arguments import json_option, money, tournament_option
from tui.cli.earnings import earnings_output
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import echo_json
from tui.cli.records.records import interpolate_option

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.reports.earnings.earnings import View

READABLE_ROUNDS = 20
"""What earnings prints as text when nothing is said: every model has a line in every round."""


@click.command()
@click.option(
    "--by",
    type=click.Choice([str(by) for by in Grouping]),
    help="Add up by round, by the period rounds resolve in, by model or tournament."
    "  [default: every payout on its own]",
)
@click.option(
    "--currency",
    type=money,
    metavar="C",
    help="Amounts in a currency, such as USD: at the price of the day a payout settled, "
    "unsettled ones at the newest.",
)
@interpolate_option
@click.option(
    "--last",
    type=click.IntRange(1),
    metavar="N",
    help=f"Only the newest N rounds.  [default: {READABLE_ROUNDS} as text, all as JSON or --by]",
)
@json_option
@click.pass_obj
def earnings(
    global_options: GlobalOptions,
    *,
    by: str | None,
    currency: str | None,
    interpolate: bool,
    last: int | None,
    as_json: bool,
) -> None:
    """What every round paid every model. From the ledger, without network."""
    with opened(global_options) as book:
        never_synced = book.last_sync() is None
        decimals = book.config.display.decimals
        if by is None and currency is None:
            names = book.earnings.names()
            if as_json:
                missing = book.missing().facts
                echo_json(earnings_output.cells_json(book.earnings.played(last), names, missing))
            elif not never_synced:
                performances = book.earnings.performances(last or READABLE_ROUNDS)
                earnings_output.echo_cells(performances, names, decimals)
        else:
            view = _view(book, Grouping(by or Grouping.ROUND), currency, last)
            _sums(book, replace(view, interpolate=interpolate), as_json=as_json)
    if never_synced:
        click.echo(NEVER_SYNCED, err=True)


def _view(book: Book, by: Grouping, currency: str | None, last: int | None) -> View:
    """What to add up.

    Raises:
        click.UsageError: nobody knows a price in ``currency``.
    """
    from ledger.reports.earnings.earnings import View

    if currency is None:
        return View(by=by, last=last)
    priced = book.earnings.currencies
    if currency not in priced:
        there = f"there are some in {', '.join(priced)}" if priced else "there are none at all"
        raise click.UsageError(
            f"No prices of NMR in {currency} are known, {there}; "
            "`numstake-tui prices import FILE` takes them."
        )
    return View(by=by, last=last, unit=Unit.FIAT, currency=currency)


def _sums(book: Book, view: View, *, as_json: bool) -> None:
    earned = book.earnings.earned()
    report = book.earnings.report(view, earned)
    returns = book.earnings.returns(earned) if view.by is Grouping.MODEL else {}
    if as_json:
        echo_json(earnings_output.sums_json(report, returns))
    else:
        earnings_output.echo_sums(report, returns, book.config.display.decimals)


@click.command()
@tournament_option(required=True)
@click.option("--round", "number", required=True, type=click.IntRange(1), metavar="N")
@click.option(
    "--model",
    required=True,
    metavar="NAME",
    help="Its name or id.",
    shell_complete=completing.models,
)
@json_option
@click.pass_obj
def explain(
    global_options: GlobalOptions, *, tournament: Tournament, number: int, model: str, as_json: bool
) -> None:
    """Why a round paid a model what it paid. From the ledger, without network."""
    from tui.explaining import explained

    with opened(global_options) as book:
        explanation = book.earnings.explain(tournament, number, model)
    if as_json:
        document: dict[str, Any] = earnings_output.explanation_json(explanation)
        echo_json(document)
    else:
        click.echo(explained(explanation))
