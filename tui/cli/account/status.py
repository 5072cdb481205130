"""``status`` among the other commands: its help, and what :mod:`tui.cli.status` left."""

from __future__ import annotations

import click

from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions
from tui.cli.status import StatusWish, run_status
from tui.cli.status_line import PLACEHOLDERS, BadFormat, check_format

_LISTED = "\n".join(f"  {{{name}}}  {meaning}" for name, meaning in PLACEHOLDERS.items())


def _checked(
    _: click.Context,
    __: click.Parameter,
    template: str | None,
) -> str | None:
    try:
        check_format(template or "")
    except BadFormat as error:
        raise click.BadParameter(str(error)) from None
    return template


_HELP = f"""One line: stake, last payouts, next close, what misses.

For a status bar: from the ledger, without network, and with exit code 0 whenever a line was
printed; an empty or old ledger is said in the line. A ? stands for what is not known.

\b
TEXT of --format may name:
{_LISTED}
"""


@click.command(help=_HELP)
@click.option(
    "--format", "template", metavar="TEXT", callback=_checked, help="Print TEXT, filled in."
)
@json_option
@click.pass_obj
def status(global_options: GlobalOptions, template: str | None, as_json: bool) -> int:
    return run_status(StatusWish(global_options, as_json, template))
