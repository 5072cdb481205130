"""``notices``: what deserves attention, for pipes and scripts."""

from __future__ import annotations

import click

from ledger.domain.readable import readable
from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.tables import by_level
from tui.format import LEVEL_SIGNS


@click.command()
@click.option(
    "--tell",
    is_flag=True,
    help="Run the config's notice command for the loud ones that it was not told before.",
)
@json_option
@click.pass_obj
def notices(global_options: GlobalOptions, tell: bool, as_json: bool) -> None:
    """What deserves attention, by what is lost and how soon. From the ledger, without network.

    Signs: !! loud, look now; ! quiet; i news.
    """
    from ledger.notices.hook import notice_json

    with opened(global_options) as book:
        current, decimals = book.notices.all(), book.config.display.decimals
        newly_told = book.notices.tell(current) if tell else ()
    if as_json:
        ids = {notice.id for notice in newly_told}
        echo_json(
            {"notices": [notice_json(notice) | {"told": notice.id in ids} for notice in current]}
        )
        return
    if not current:
        click.echo("Nothing needs attention.")
        return
    columns = [Column("", tone=by_level), Column("Kind"), Column("When"), Column("Notice")]
    rows = [
        (
            LEVEL_SIGNS[notice.level],
            notice.kind.value,
            f"{notice.at:%Y-%m-%d %H:%M}" if notice.at else "now",
            readable(notice.sentence, decimals),
        )
        for notice in current
    ]
    echo_table(columns, rows)
    if tell:
        click.echo(f"{len(newly_told) or 'None'} of them told to the notice command.")
