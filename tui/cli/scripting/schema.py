"""``schema``: what a command's ``--json`` prints, as a JSON schema."""

from __future__ import annotations

import click

from ledger.domain.nearest import did_you_mean
from tui.cli.output import echo_json


@click.command()
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
def schema(words: tuple[str, ...]) -> None:
    """The JSON schema of what a command prints with --json.

    COMMAND is what it is called by, such as `queue list`; without it the commands are listed.

    A version of a document only ever gains fields, and words where it lists some: ignore what you
    do not know. Amounts are text, exact to the wei; times are UTC; null is not known or not there.
    """
    from tui.cli import schemas

    names = sorted(schemas.documents())
    if not words:
        for name in names:
            click.echo(name)
        return
    name = " ".join(words)
    if name not in names:
        suggestion = did_you_mean(name, names)
        raise click.UsageError(f"There is no command {name!r} with --json. {suggestion}".rstrip())
    echo_json(schemas.schema(name))
