"""In what manner this run talks: how much of it, and whether in colour.

Of the process, not of a command: whatever prints asks here, and options before and behind a command
say the same.
"""

from __future__ import annotations

import os
import sys

from ledger.dataclass import dataclass


@dataclass(slots=True)
class Manner:
    """``quiet``: no progress and no remarks. ``verbose``: what is done is told on standard error.
    ``color``: ``auto``, ``always`` or ``never``."""

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"

    @property
    def progress(self) -> bool:
        """Whether somebody sees what a long work is at."""
        return not self.quiet and sys.stderr.isatty()

    @property
    def coloured(self) -> bool:
        """Whether standard output takes colour: as asked for, else by ``NO_COLOR`` and
        ``FORCE_COLOR``, else on a terminal that can."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:
            return True
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


MANNER = Manner()
"""That of this run."""


def begin() -> None:
    """Talk as nothing was said about it."""
    MANNER.quiet, MANNER.verbose, MANNER.color = False, False, "auto"
