"""Which driver serves the terminal: Textual's own, a steady one, or one that sends ASCII alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui.terminal import signs

if TYPE_CHECKING:
    from textual.driver import Driver


def steady(chosen: type[Driver], glyphs: str = "auto") -> type[Driver]:
    """The driver to use instead of ``chosen``; one that is not Textual's for a terminal stays.

    ``glyphs``: as in ``[app]``; ``ascii`` replaces every sign on its way out.
    """
    if sys.platform == "win32" or chosen.__name__ != "LinuxDriver":
        return chosen
    from tui.terminal.posix_driver import PlainDriver, SteadyDriver

    return PlainDriver if signs.are_plain(glyphs) else SteadyDriver
