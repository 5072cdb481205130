"""``risk``: what the running rounds could lose together, for pipes and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.account.reports import NEVER_SYNCED
from tui.cli.arguments import json_option, tournament_option
from tui.cli.earnings import risk_output
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import echo_json

if TYPE_CHECKING:
    from ledger.domain.model import Tournament


@click.command()
@tournament_option(" only; the outlook is of all.")
@json_option
@click.pass_obj
def risk(global_options: GlobalOptions, *, tournament: Tournament | None, as_json: bool) -> None:
    """What the running rounds could lose, and through which models.

    An estimate from the account's own settled rounds. From the ledger, without network.
    """
    with opened(global_options) as book:
        figures = book.risk.current()
        if figures is not None:
            edited = map(book.targets.allocation, book.tournaments())
            restated = book.risk.under_targets(figures, edited)
            decimals, now = book.config.display.decimals, book.now()
    if figures is None:
        if as_json:
            echo_json(None)
        click.echo(NEVER_SYNCED, err=True)
    elif as_json:
        echo_json(risk_output.risk_json(figures, restated, tournament))
    else:
        risk_output.echo_risk(figures, restated, tournament, decimals, now)
