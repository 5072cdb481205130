"""How fast the line to the terminal is, as far as it says so itself."""

from __future__ import annotations

import sys

from tui import signs

SLOWEST_FULL = 38_400
"""Bits per second from which charts are drawn in full. Terminals without a real line, tmux and
most SSH sessions say this or more; a serial line says its own speed, through SSH as well."""


def takes_full_charts(charts: str, glyphs: str) -> bool:
    """Whether charts are drawn in full; ``charts`` is the setting: auto, plain or full.

    ``auto`` means yes but for terminals without the signs (``glyphs`` as in ``[app]``) and lines
    slower than :data:`SLOWEST_FULL`.
    """
    if charts != "auto":
        return charts == "full"
    return not signs.are_plain(glyphs) and not _is_slow()


def _is_slow() -> bool:
    """Whether the terminal says that it is behind a slow line."""
    if sys.platform == "win32":
        return False
    import termios

    try:
        speed = termios.tcgetattr(sys.__stdin__)[5]  # type: ignore[arg-type]
    except (termios.error, TypeError, ValueError):
        return False
    codes = {name[1:]: code for name, code in vars(termios).items() if name[0] == "B"}
    slow = (code for bits, code in codes.items() if bits.isdigit() and 0 < int(bits) < SLOWEST_FULL)
    return speed in slow
