"""The command line: what runs, and what every error becomes.

Exit codes: 0 done, 1 refused or failed, 2 usage, config or credentials, 3 Numerai unreachable,
4 done but incomplete, since Numerai did not tell everything (``sync``, ``queue run``); 130 after
Ctrl+C. Nothing heavy is imported before it is known what will run.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from ledger.errors import LedgerError
from tui.cli.app import EARLY_SIGNALS, has_terminal, only_app, run_app
from tui.cli.manner import MANNER, begin
from tui.cli.options import COMPLETE_VARIABLE
from tui.cli.outlets import OutputLost, heed_terminal_size, outlets
from tui.cli.printing import print_plainly

INTERRUPTED = 130

YOUNG = 100_000
"""New objects of a command after which garbage is looked for: most of a ledger's rows are none,
and to look at all of them again and again takes an eighth of a sync."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code. Errors are told on standard error."""
    heed_terminal_size()
    with outlets():
        print_plainly()
        begin()
        return _told(arguments)


def _told(arguments: Sequence[str]) -> int:
    try:
        _end_in_order()
        code = _do(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
    except LedgerError as error:
        from tui.cli.output import report_error

        report_error(error)
        return error.exit_code
    except OutputLost as lost:
        if lost.reason is not None:
            sys.stderr.write(f"The output can't be written: {lost.reason}.\n")
        return 1
    except Exception as error:
        return _unexpected(error)


def _do(arguments: Sequence[str]) -> int:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        from tui.cli.scripting.completion import complete

        return complete(instruction)
    global_options = only_app(arguments)
    if global_options is not None and has_terminal():
        return run_app(global_options)
    gc.set_threshold(YOUNG)
    if "status" in arguments:
        from tui.cli.status import run_status, status_alone

        if (wish := status_alone(arguments)) is not None:
            return run_status(wish)
    from tui.cli.commands import call

    return call(arguments)


def _unexpected(error: Exception) -> int:
    """The last resort of a command: a defect is logged, and one line names the log."""
    import logging

    from tui.cli.logfile import log_file

    logging.getLogger(__name__).critical("Unexpected problem", exc_info=error)
    if MANNER.verbose:
        return 1  # all of it was just told there
    where = log_file()
    details = f"Details are in {where}." if where else str(error)
    sys.stderr.write(f"Unexpected problem ({type(error).__name__}): {details}\n")
    return 1


def _end_in_order() -> None:
    """Leave by an exception, so that a demo's sandbox and folder are cleared away."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        EARLY_SIGNALS.append(number)
        sys.exit(128 + number)

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        EARLY_SIGNALS.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, leave)
