"""The commands and global options; every command is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from ledger.version import __version__
from tui.cli.options import GlobalOptions

COMMANDS = {
    "login": "account.account",
    "logout": "account.account",
    "doctor": "account.account",
    "config": "account.config",
    "backup": "account.backups",
    "restore": "account.backups",
    "sync": "account.reports",
    "models": "account.reports",
    "earnings": "earnings.earnings",
    "explain": "earnings.earnings",
    "risk": "earnings.risk",
    "targets": "targets.plan",
    "plan": "targets.plan",
    "move": "targets.move",
    "queue": "queue.queue",
    "tx": "queue.tx",
    "wallet": "queue.wallet",
    "positions": "stakes.strategy",
    "unlocks": "stakes.strategy",
    "cash": "stakes.cash",
    "strategy": "stakes.strategy",
    "slots": "slots.slots",
    "predictors": "slots.predictors",
    "shuffle": "slots.shuffle",
    "project": "stakes.projecting",
    "policy": "policy.policy",
    "prices": "records.records",
    "export": "records.records",
    "summary": "records.records",
    "notices": "notices.notices",
    "sandbox": "account.sandbox",
}
"""Every command with its module in this package."""

MOST = 10**9
"""The largest number that is taken on the command line: beyond it nothing is meant, and what the
ledger and the calendar can count ends."""


class Commands(click.Group):
    """Imports a command when it is asked for: the app starts without any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click calls it so
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tui.cli.{COMMANDS[cmd_name]}")
        return _bounded(cast("click.Command", getattr(module, cmd_name)))


def _bounded(command: click.Command) -> click.Command:
    """``command``, which takes no number beyond :data:`MOST`, nor do those below it."""
    for parameter in command.params:
        if not isinstance(parameter.callback, _Within):
            parameter.callback = _Within(parameter.callback)
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _bounded(inner)
    return command


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
    name="numstake-tui",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--at",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep config, ledger and log below DIR.  [else NUMSTAKE_AT]",
)
@click.option(
    "--profile",
    metavar="NAME",
    help="The account: each has its own API key and ledger.  [else NUMSTAKE_PROFILE, default]",
)
@click.option("--demo", is_flag=True, help="Use an embedded Numerai; no account, no network.")
@click.option("--api-url", metavar="URL", help="Another GraphQL endpoint than the config's.")
@click.option("--read-only", is_flag=True, help="Send no stake change, whatever the key allows.")
@click.version_option(__version__, prog_name="numstake-tui")
@click.pass_context
def cli(
    context: click.Context,
    *,
    at: Path | None,
    profile: str | None,
    demo: bool,
    api_url: str | None,
    read_only: bool,
) -> int:
    """Plan, queue and watch Numerai stakes in a terminal.

    Without a command the app starts.

    Ends with 0 when it is done, 1 when something was refused or failed, 2 for usage, config or
    credentials, 3 when Numerai can't be reached, 4 (sync, queue run) when it is done but Numerai
    did not tell everything: doctor lists what is missing.
    """
    context.obj = GlobalOptions(at, profile, demo, api_url, read_only)
    return 0 if context.invoked_subcommand else _app(context.obj)


def call(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say, telling what is wrong with them; returns the exit code."""
    try:
        code = cli.main(list(arguments), prog_name="numstake-tui", standalone_mode=False)
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
