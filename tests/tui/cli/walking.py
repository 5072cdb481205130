"""All commands there are, for tests that look at each."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tui.cli.commands import cli

Walked = tuple[tuple[str, ...], click.Command]


def walk(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[Walked]:
    """``command`` and all below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, (*path, name)
            yield from walk(inner, (*path, name))
