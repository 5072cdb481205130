"""What a benchmark is at, on standard error: figures alone go to standard output."""

from __future__ import annotations

import sys


def progress(what: str) -> None:
    """Say what takes its time now."""
    print(f"... {what}", file=sys.stderr, flush=True)


def at_kill(number: int, kills: int) -> None:
    """Say after each tenth how many there were."""
    if number % max(1, kills // 10) == 0:
        progress(f"{number:,} of {kills:,} kills")
