"""The commands and global options; every command is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from ledger.paths import named_folder, named_profile
from ledger.version import __version__
from tui.cli.groups import Group, write_commands
from tui.cli.listing import COMMANDS, PROGRAM, SECTIONS
from tui.cli.manner import MANNER
from tui.cli.options import COLORS, GlobalOptions

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MOST = 10**9
"""The largest number that is taken on the command line: beyond it nothing is meant, and what the
ledger and the calendar can count ends."""


class Commands(Group):
    """Imports a command when it is asked for: neither the app nor the list of them needs any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click calls it so
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tui.cli.{COMMANDS[cmd_name].module}")
        return _bounded(cast("click.Command", getattr(module, cmd_name)))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [
            *(
                CompletionItem(name, help=entry.sentence)
                for name, entry in COMMANDS.items()
                if name.startswith(incomplete)
            ),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click calls it so
        formatter: click.HelpFormatter,
    ) -> None:
        width = max(map(len, COMMANDS))
        for title, section in SECTIONS.items():
            rows = [(name, entry.sentence) for name, entry in section.items()]
            write_commands(formatter, title, rows, width)


def _bounded(command: click.Command) -> click.Command:
    """``command``, which takes no number beyond :data:`MOST`, nor do those below it; behind the
    last of them may stand how to talk."""
    if not any(parameter.name == "quiet" for parameter in command.params):
        command.params += _manner()
    for parameter in command.params:
        if not isinstance(parameter.callback, _Within):
            parameter.callback = _Within(parameter.callback)
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _bounded(inner)
    return command


def _manner() -> list[click.Option]:
    """The options that say how to talk, as any command takes them."""

    def talk(_: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value and parameter.name:
            setattr(MANNER, parameter.name, value)

    hidden: dict[str, Any] = {"expose_value": False, "hidden": True, "callback": talk}
    return [
        click.Option(["--quiet"], is_flag=True, **hidden),
        click.Option(["--verbose"], is_flag=True, **hidden),
        click.Option(["--color"], type=click.Choice(COLORS), **hidden),
    ]


class _Within:
    """A parameter's callback that refuses numbers which no count, id or round is."""

    def __init__(self, inner: Callable[..., Any] | None) -> None:
        self._inner = inner

    def __call__(self, context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        values = value if isinstance(value, tuple) else (value,)
        if any(isinstance(number, int) and abs(number) > MOST for number in values):
            raise click.BadParameter(f"it is beyond {MOST:,}.", context, parameter)
        return value if self._inner is None else self._inner(context, parameter, value)


@click.group(
    cls=Commands,
    name=PROGRAM,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--at",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=named_folder,
    help="Keep config, ledger and log below DIR.  [else where NUMSTAKE_AT says]",
)
@click.option(
    "--profile",
    default=named_profile,
    show_default="NUMSTAKE_PROFILE, else default",
    metavar="NAME",
    help="The account: each has its own API key and ledger.",
)
@click.option("--demo", is_flag=True, help="Use an embedded Numerai; no account, no network.")
@click.option("--api-url", metavar="URL", help="Another GraphQL endpoint than the config's.")
@click.option("--read-only", is_flag=True, help="Send no stake change, whatever the key allows.")
@click.option("--quiet", is_flag=True, help="No progress and no remarks; errors are told.")
@click.option("--verbose", is_flag=True, help="Tell on standard error what is done.")
@click.option(
    "--color",
    type=click.Choice(COLORS),
    default="auto",
    help="Colour tables: on a terminal, unless NO_COLOR is set.",
)
@click.version_option(__version__, prog_name="numstake-tui")
@click.pass_context
def cli(
    context: click.Context,
    *,
    at: Path | None,
    profile: str,
    demo: bool,
    api_url: str | None,
    read_only: bool,
    quiet: bool,
    verbose: bool,
    color: str,
) -> int:
    """Plan, queue and watch Numerai stakes in a terminal.

    Without a command the app starts. --quiet, --verbose and --color may also stand behind one.

    Ends with 0 when it is done, 1 when something was refused or failed, 2 for usage, config or
    credentials, 3 when Numerai can't be reached, 4 (sync, queue run) when it is done but Numerai
    did not tell everything: doctor lists what is missing.
    """
    context.obj = GlobalOptions(at, profile, demo, api_url, read_only, quiet, verbose, color)
    MANNER.quiet, MANNER.verbose, MANNER.color = quiet, verbose, color
    return 0 if context.invoked_subcommand else _app(context.obj)


def call(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say, telling what is wrong with them; returns the exit code."""
    try:
        code = cli.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
    return code if isinstance(code, int) else 0


def _app(global_options: GlobalOptions) -> int:
    from tui.cli.app import has_terminal, run_app

    if not has_terminal():
        raise click.UsageError(
            "The app needs a terminal; `numstake-tui --help` lists the commands that do not."
        )
    return run_app(global_options)
