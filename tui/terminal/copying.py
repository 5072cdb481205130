"""The clipboard of tmux, for a text that has to reach the clipboard of the terminal around it."""

from __future__ import annotations

import subprocess
from contextlib import suppress

_TMUX_PATIENCE = 2.0
"""Seconds for tmux to answer."""


def into_tmux(text: str) -> bool:
    """Put ``text`` into a new tmux buffer, and from there into the clipboard of the terminal that
    tmux runs in; ``False`` where tmux takes OSC 52, or can't be asked.

    ``load-buffer -w`` came with tmux 3.2; before, there is the buffer alone.
    """
    if _tmux("show-options", "-sv", "set-clipboard") in {None, "on"}:
        return False
    for options in (["-w"], []):
        if _tmux("load-buffer", *options, "-", text=text) is not None:
            return True
    return False


def _tmux(*arguments: str, text: str = "") -> str | None:
    """What tmux answers; ``None`` when it can't."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - no shell, our own words
            ["tmux", *arguments],  # noqa: S607 - wherever it is installed
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TMUX_PATIENCE,
            check=True,
        )
        return done.stdout.strip()
    return None
