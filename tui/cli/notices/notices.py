"""``notices``: what deserves attention, for pipes and scripts."""

from __future__ import annotations

import click

from tui.cli.arguments import json_option
from tui.cli.options import Given, opened
from tui.cli.output import Column, echo_json, echo_table


@click.command()
@click.option(
    "--tell",
    is_flag=True,
    help="Run the config's notice command for those it was not told before.",
)
@json_option
@click.pass_obj
def notices(given: Given, tell: bool, as_json: bool) -> None:
    """What deserves attention, the most urgent first. From the ledger, without network."""
    from ledger.notices.hook import notice_json

    with opened(given) as book:
        found = book.notices.all()
        told = book.notices.tell(found) if tell else ()
    if as_json:
        ids = {one.id for one in told}
        echo_json({"notices": [notice_json(one) | {"told": one.id in ids} for one in found]})
        return
    if not found:
        click.echo("Nothing needs attention.")
        return
    columns = [Column("Kind"), Column("When"), Column("Notice")]
    rows = [
        (one.kind.value, f"{one.at:%Y-%m-%d %H:%M}" if one.at else "now", one.sentence)
        for one in found
    ]
    echo_table(columns, rows)
    if tell:
        click.echo(f"{len(told) or 'None'} of them told to the notice command.")
