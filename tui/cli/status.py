"""``status`` without the rest of the command line: a status bar asks every few seconds.

Nothing here reads other command lines or opens the ledger, unless what it keeps of itself is not
of its last sync.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledger.clock import ServerClock, SystemClock
from tui.cli.app import leading_options
from tui.cli.options import GlobalOptions

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1
"""The version of kept documents that is read."""


@dataclass(frozen=True, slots=True)
class StatusWish:
    """What a command line asks of ``status``; ``template`` is the text of ``--format``, checked."""

    options: GlobalOptions
    as_json: bool = False
    template: str | None = None


def status_alone(arguments: Sequence[str]) -> StatusWish | None:
    """What ``arguments`` ask, if that is the line and beyond doubt; else ``None``."""
    options, rest = leading_options(arguments)
    if not rest or rest[0] != "status":
        return None
    as_json, template = False, None
    words = iter(rest[1:])
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--json":
            as_json = True
        elif name == "--format" and (equals or (value := next(words, ""))):
            template = value
        else:
            return None
    if template is not None:
        from tui.cli.status_line import BadFormat, check_format

        try:
            check_format(template)
        except BadFormat:
            return None
    return StatusWish(options, as_json, template)


def run_status(wish: StatusWish) -> int:
    """Print the line; 0 once that is done.

    Raises:
        LedgerError: the ledger had to be opened and can't be.
    """
    from tui.cli.status_line import StatusLine

    profile, document, now = _found(wish.options)
    status = StatusLine(profile, document, now)
    if wish.as_json:
        from tui.cli.output import echo_json

        echo_json(status.json())
    else:
        said = status.line() if wish.template is None else status.filled(wish.template)
        sys.stdout.write(f"{said}\n")
    return 0


def _found(options: GlobalOptions) -> tuple[str, dict[str, Any], datetime]:
    """The profile, what is known of it, and the time by Numerai's clock."""
    from ledger.store.account.status import glance

    kept = None if options.demo else glance(_ledger(options))
    clock = ServerClock(SystemClock())
    if isinstance(kept, str):
        return options.profile, {"state": kept}, clock.now()
    if kept is None or kept["version"] != _VERSION:
        return _computed(options)
    clock.follow(None if kept["skew"] is None else timedelta(seconds=kept["skew"]))
    return options.profile, kept, clock.now()


def _ledger(options: GlobalOptions) -> Path:
    from ledger.paths import Paths, checked_profile

    paths = Paths.at(options.at) if options.at else Paths.system()
    return paths.ledger_file(checked_profile(options.profile))


def _computed(options: GlobalOptions) -> tuple[str, dict[str, Any], datetime]:
    """The same from the ledger itself, as every other command reads it."""
    from tui.cli.options import opened

    with opened(options) as book:
        return book.profile, book.status(), book.now()
