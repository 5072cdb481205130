"""Starting the app: what it needs and nothing else is imported, as long as nobody sees anything."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.options import COLORS, GlobalOptions, chosen

if TYPE_CHECKING:
    from ledger.opening import Options

FRAMES = 120
"""Paints per second at most. What a key does comes in two paints, mark and detail, and the second
waits for its turn: at Textual's 60 for 17 milliseconds."""

_TURN = 0.0005
"""Seconds that a thread keeps the interpreter while another waits for it, a tenth of what Python
gives: reading, painting and writing take turns, and what a key shows waits for several."""

EARLY_SIGNALS: list[int] = []
"""Signals to end that came before; an import may swallow the exception one of them raised."""

_VALUED = {"--at": "at", "--profile": "profile", "--api-url": "api_url", "--color": "color"}
_FLAGS = {
    "--demo": "demo",
    "--read-only": "read_only",
    "--quiet": "quiet",
    "--verbose": "verbose",
}


def only_app(arguments: Sequence[str]) -> GlobalOptions | None:
    """The global options, if ``arguments`` are these alone, each beyond doubt; else ``None``.

    So the app starts without what reads all other command lines, which takes longer to import than
    the ledger takes to open.
    """
    options, rest = leading_options(arguments)
    return None if rest else options


def leading_options(arguments: Sequence[str]) -> tuple[GlobalOptions, list[str]]:
    """The global options that ``arguments`` begin with, as far as they are beyond doubt, and the
    rest."""
    values: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        name, equals, value = rest[0].partition("=")
        if rest[0] in _FLAGS:
            values[_FLAGS[rest.pop(0)]] = True
            continue
        if name not in _VALUED or (not equals and len(rest) < 2):
            break
        value = value if equals else rest[1]
        if not value or value.startswith("-") or (name == "--color" and value not in COLORS):
            break
        values[_VALUED[name]] = Path(value) if name == "--at" else value
        del rest[: 1 if equals else 2]
    return GlobalOptions(**values), rest


def has_terminal() -> bool:
    """Whether the app has something to draw on and read from."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def run_app(global_options: GlobalOptions) -> int:
    """Run the app until the user leaves it, and the demo where the user went on to that."""
    _write_no_keys_down()
    os.environ.setdefault("TEXTUAL_FPS", str(FRAMES))
    options = chosen(global_options)
    code = _run(options)
    if code is None:
        code = _run(replace(options, demo=True))
    return code or 0


def _run(options: Options) -> int | None:
    """The exit code of the app, ``None`` where it ended for the demo to begin."""
    with _without_collecting():
        from ledger.opening import log_in, open_book

        book = open_book(options, for_screen=True)
        from tui.app import NumstakeApp
        from tui.terminal.ending import Ending
    try:
        app = NumstakeApp(
            book,
            log_file=options.paths.log_file,
            state_file=None if book.demo else options.paths.state_file(book.profile),
            config_file=options.paths.config_file,
            log_in=None if book.demo else partial(log_in, options),
        )
        if app.tour is not None:
            app.tour.offer()
        sys.setswitchinterval(_TURN)
        with Ending(app, EARLY_SIGNALS) as ending:
            app.run(mouse=book.config.app.mouse)
        ended = ending.code or app.return_code or 0
        return None if app.leaves_for_demo and not ended else ended
    finally:
        book.close()


def _write_no_keys_down() -> None:
    """What is typed may be a secret: Textual's log, its console and its record of keys stay off,
    whatever the environment says. It is read when Textual is imported."""
    for name in ("TEXTUAL", "TEXTUAL_LOG", "TEXTUAL_DEBUG"):
        os.environ.pop(name, None)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Imports make no garbage: looking for it would cost a tenth of the start.

    What they leave is here to stay, so later collections need not look at it either.
    """
    gc.disable()
    try:
        yield
    finally:
        from tui.terminal.tidying import YOUNG

        gc.freeze()
        gc.set_threshold(YOUNG)
        gc.enable()
