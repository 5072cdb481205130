"""Copying through whatever lies between the app and the user's own clipboard.

OSC 52 asks the terminal to do it, which also works over SSH; nobody answers whether it did. In
tmux on this machine, tmux is asked instead where it ignores OSC 52, as it does by default.
Copying the same text once more shows it, to be selected by hand; so does the first time where the
terminal is known to have no clipboard.
"""

from __future__ import annotations

import os
from typing import Any

from textual.app import App

from ledger.domain.text import rows
from tui import jobs
from tui.terminal import signs
from tui.terminal.copying import into_tmux

GROUP = "copy"
"""The name of the calls to tmux, of which a newer one supersedes none."""


def copy(app: App[Any], text: str, confirmation: str = "Copied.") -> None:
    """Copy ``text`` and say ``confirmation``, or show the text where it was just copied."""
    text = rows(text)
    again = app.clipboard == text
    app.copy_to_clipboard(text)
    if again or signs.is_bare_terminal():
        from tui.screens.dialogs.copy_screen import CopyScreen

        app.push_screen(CopyScreen(text))
        return
    if "TMUX" in os.environ and not app.is_headless:
        app.run_worker(jobs.in_thread(lambda: into_tmux(text), GROUP), group=GROUP)
    app.notify(f"{confirmation} Once more shows it.", timeout=3)
