"""Copying through whatever lies between the app and the user's own clipboard.

OSC 52 asks the terminal to do it, which also works over SSH; nobody answers whether it did. In
tmux on this machine, tmux is asked instead where it ignores OSC 52, as it does by default.
Copying the same text once more shows it, to be selected by hand; so does the first time where the
terminal is known to have no clipboard.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import Any

from textual.app import App

from tui import jobs
from tui.terminal import signs

GROUP = "copy"
_TMUX_PATIENCE = 2.0


def copy(app: App[Any], text: str, said: str = "Copied.") -> None:
    """Copy ``text`` and say so, or show it where it was just copied."""
    again = app.clipboard == text
    app.copy_to_clipboard(text)
    if again or signs.is_bare_terminal():
        from tui.screens.dialogs.copy_screen import CopyScreen

        app.push_screen(CopyScreen(text))
        return
    if "TMUX" in os.environ and not app.is_headless:
        app.run_worker(jobs.in_thread(lambda: into_tmux(text), GROUP), group=GROUP)
    app.notify(f"{said} Once more shows it.", timeout=3)


def into_tmux(text: str) -> bool:
    """Put ``text`` into a new tmux buffer, and from there into the clipboard of the terminal that
    tmux runs in; ``False`` where tmux takes OSC 52, or can't be asked.

    ``load-buffer -w`` came with tmux 3.2; before, there is the buffer alone.
    """
    if _tmux("show-options", "-sv", "set-clipboard") in {None, "on"}:
        return False
    for options in (["-w"], []):
        if _tmux("load-buffer", *options, "-", given=text) is not None:
            return True
    return False


def _tmux(*arguments: str, given: str = "") -> str | None:
    """What tmux answers; ``None`` when it can't."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - no shell, our own words
            ["tmux", *arguments],  # noqa: S607 - wherever it is installed
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TMUX_PATIENCE,
            check=True,
        )
        return done.stdout.strip()
    return None
