"""What a trial with a liar needs beside it: a client whose process may die, and a tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ledger.numerai.client import NumeraiClient


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Tally:
    """What a trial came to. ``left`` tells of each doubt left to the user why."""

    changes: int = 0
    writes: int = 0
    twice: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return [*self.twice, *self.done, *self.refused, *self.lost]


class Mortal:
    """A client whose process may die right after a write has left."""

    def __init__(self, client: NumeraiClient, dies: Callable[[], bool]) -> None:
        self._client = client
        self._dies = dies

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "snapshot":
            return method

        def write(*given: Any) -> Any:
            dies = self._dies()
            try:
                return method(*given)
            finally:
                if dies:
                    raise Killed

        return write
