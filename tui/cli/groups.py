"""Groups of commands: help in whole lines, and what was probably meant instead of a mistake."""

from __future__ import annotations

import click


class Group(click.Group):
    """A group that suggests, and whose help has the first sentence of every command whole."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not ctx.resilient_parsing and self.get_command(ctx, name) is None and name[:1] != "-":
            from ledger.domain.nearest import did_you_mean

            suggestion = did_you_mean(name, self.list_commands(ctx))
            ctx.fail(f"No such command {name!r}. {suggestion}".rstrip())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        write_commands(
            formatter,
            "Commands",
            [(name, first_sentence(command)) for name, command in commands if command is not None],
        )


def write_commands(
    formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]], width: int = 0
) -> None:
    """A section of the help; names take ``width`` columns at least."""
    if rows:
        with formatter.section(title):
            formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def first_sentence(command: click.Command) -> str:
    """What a list of commands says of ``command``."""
    paragraph = " ".join((command.help or "").partition("\n\n")[0].split())
    sentence, end, _ = paragraph.partition(". ")
    return sentence + end.strip()
