"""The command line: global options, the app itself, and what every command's errors become.

Exit codes: 0 done, 1 refused or failed, 2 usage, config or credentials, 3 Numerai unreachable;
130 after Ctrl+C. Only click is imported before it is known what will run.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn, cast

import click

from ledger import __version__
from ledger.errors import LedgerError
from tui.cli.options import Given, chosen

INTERRUPTED = 130

YOUNG = 10_000
"""New objects after which garbage is looked for: a screen makes thousands and drops them by
itself, and looking takes part of the time a key has."""

FRAMES = 120
"""Paints per second at most. What a key does comes in two paints, mark and detail, and the second
waits for its turn: at Textual's 60 for 17 milliseconds."""

COMMANDS = {
    "login": "account",
    "logout": "account",
    "doctor": "account",
    "sync": "reports",
    "models": "reports",
    "earnings": "earnings",
    "explain": "earnings",
    "targets": "plan",
    "plan": "plan",
    "queue": "queue",
    "tx": "tx",
    "wallet": "wallet",
    "positions": "strategy",
    "unlocks": "strategy",
    "strategy": "strategy",
    "slots": "slots",
    "predictors": "predictors",
    "shuffle": "shuffle",
    "project": "projecting",
    "policy": "policy",
    "prices": "records",
    "export": "records",
    "summary": "records",
    "notices": "notices",
    "sandbox": "sandbox",
}
"""Every command with its module in this package."""

_TOLD: list[int] = []
"""Signals to end that came so far; an import may swallow the exception one of them raised."""


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
        return cast("click.Command", getattr(module, cmd_name))


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
    help="Keep config, ledger and log below DIR.",
)
@click.option(
    "--profile",
    default="default",
    show_default=True,
    metavar="NAME",
    help="The account: each has its own API key and ledger.",
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
    profile: str,
    demo: bool,
    api_url: str | None,
    read_only: bool,
) -> int:
    """Plan, queue and watch Numerai stakes in a terminal.

    Without a command the app starts.
    """
    context.obj = Given(at, profile, demo, api_url, read_only)
    return 0 if context.invoked_subcommand else _app(context.obj)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code. Errors are told on standard error."""
    _never_fail_to_encode()
    try:
        _end_in_order()
        code = cli.main(list(arguments), prog_name="numstake-tui", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    except LedgerError as error:
        from tui.cli.output import report_error

        report_error(error)
        return error.exit_code
    except BrokenPipeError:
        _forget_stdout()
        return 1
    except Exception as error:
        return _unexpected(error)


def _app(given: Given) -> int:
    """Run the app until the user leaves it."""
    options = chosen(given)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise click.UsageError(
            "The app needs a terminal; `numstake-tui --help` lists the commands that do not."
        )
    os.environ.setdefault("TEXTUAL_FPS", str(FRAMES))
    with _without_collecting():
        from tui.open import open_book

        book = open_book(options, for_screen=True)
        from tui.app import NumstakeApp
        from tui.ending import Ending
    try:
        app = NumstakeApp(book, log_file=options.paths.log_file)
        with Ending(app, _TOLD) as ending:
            app.run()
        return ending.code or app.return_code or 0
    finally:
        book.close()


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Imports make no garbage: looking for it would cost a tenth of the start.

    What they leave is here to stay, so later collections need not look at it either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(YOUNG)
        gc.enable()


def _unexpected(error: Exception) -> int:
    """The last resort of a command: a defect is logged, and one line names the log."""
    import logging

    from tui.cli.logfile import log_file

    logging.getLogger(__name__).critical("Unexpected problem", exc_info=error)
    where = log_file()
    details = f"Details are in {where}." if where else str(error)
    click.echo(f"Unexpected problem ({type(error).__name__}): {details}", err=True)
    return 1


def _never_fail_to_encode() -> None:
    """A locale without our signs gets question marks, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_in_order() -> None:
    """Leave by an exception, so that a demo's sandbox and folder are cleared away."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        _TOLD.append(number)
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, leave)


def _forget_stdout() -> None:
    """The reader has gone; without this the interpreter complains once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
