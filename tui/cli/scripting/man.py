"""``man``: the manual page, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from ledger.version import __version__
from tui.cli.groups import first_sentence
from tui.cli.listing import PROGRAM, SECTIONS
from tui.cli.output import remark
from tui.cli.printing import print_verbatim

PLACE = (
    "Put it into ~/.local/share/man/man1/numstake-tui.1, or read it at once: "
    "numstake-tui man | man -l -"
)

_FILES = (
    ("config.toml", "The settings; below --at, or where the system keeps configuration."),
    ("data/PROFILE.sqlite3", "The ledger of a profile; below --at, or where data are kept."),
)
_VARIABLES = (
    ("NO_COLOR", "No colour, whatever the output is."),
    ("FORCE_COLOR", "Colour, though the output is no terminal."),
    ("NUMSTAKE_PUBLIC_ID, NUMSTAKE_SECRET_KEY", "The API key, where the config allows it."),
)
_CODES = (
    ("0", "Done."),
    ("1", "Refused or failed."),
    ("2", "Usage, config or credentials."),
    ("3", "Numerai can't be reached."),
    ("4", "Done, but Numerai did not tell everything (sync, queue run)."),
)


@click.command()
@click.pass_context
def man(context: click.Context) -> None:
    """The manual page of all commands, as man reads it.

    Goes to standard output; where it belongs is said on standard error.
    """
    print_verbatim("\n".join(page(context.find_root().command)) + "\n")
    remark(PLACE)


def page(program: click.Command) -> Iterator[str]:
    """The lines of the page, in the macros of man(7)."""
    yield f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"'
    yield from (".SH NAME", f"{_text(PROGRAM)} \\- plan, queue and watch Numerai stakes")
    yield from (".SH SYNOPSIS", f".B {_text(PROGRAM)}", "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR ...]")
    yield ".SH DESCRIPTION"
    yield from _help(program)
    yield ".SH OPTIONS"
    yield from _options(program, click.Context(program, info_name=PROGRAM))
    assert isinstance(program, click.Group)  # noqa: S101 - it is the program's own
    context = click.Context(program, info_name=PROGRAM)
    for title, section in SECTIONS.items():
        yield f'.SH "{_text(title.upper())}"'
        for name in section:
            command = program.get_command(context, name)
            if command is not None:
                yield from _command(command, context, name)
    yield ".SH EXIT STATUS"
    yield from _terms(_CODES)
    yield ".SH ENVIRONMENT"
    yield from _terms(_VARIABLES)
    yield ".SH FILES"
    yield from _terms(_FILES)


def _command(command: click.Command, above: click.Context, name: str) -> Iterator[str]:
    """A command and all below it."""
    context = click.Context(command, info_name=name, parent=above)
    words = context.command_path.removeprefix(f"{PROGRAM} ")
    usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
    yield f'.SS "{_text(f"{words} {usage}".strip())}"'
    yield from _help(command)
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(context):
            inner = command.get_command(context, inner_name)
            if inner is not None:
                yield from _command(inner, context, inner_name)


def _help(command: click.Command) -> Iterator[str]:
    """The help of a command, paragraph by paragraph; one that begins with ``\\b`` as it stands."""
    paragraphs = (command.help or first_sentence(command)).split("\n\n")
    for number, paragraph in enumerate(paragraphs):
        lines = [line.strip() for line in paragraph.strip().splitlines()]
        if number:
            yield ".PP"
        if lines[:1] == ["\b"]:
            yield from (".nf", *map(_text, lines[1:]), ".fi")
        else:
            yield _text(" ".join(lines))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in parameter.opts:
            yield from _terms([record])


def _terms(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in rows:
        yield from (".TP", f"\\fB{_text(term)}\\fR", _text(meaning))


def _text(text: str) -> str:
    """``text`` as nothing but text: no line of it is a request, no letter of it an escape."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain
