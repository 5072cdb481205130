"""What a benchmark is at, on standard error: figures alone go to standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(what: str) -> None:
    """Say what takes its time now."""
    print(f"... {what}", file=sys.stderr, flush=True)


def counted(items: Iterable[Item], what: str, total: int, every: int) -> Iterator[Item]:
    """``items`` as they come; says after each ``every`` of ``total`` how many there were."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % every == 0:
            progress(f"{what}: {number:,} of {total:,}")
