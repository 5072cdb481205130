"""Texts that must not be seen: they show themselves to nobody who does not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


class Secret:
    """A text that only :meth:`reveal` gives away; neither printed, formatted nor pickled."""

    __slots__ = ("_reveal",)
    _reveal: Callable[[], str]

    def __init__(self, text: str) -> None:
        self._reveal = lambda: text

    def reveal(self) -> str:
        """The text itself: for a request, the keyring or a signature, nothing else."""
        return self._reveal()

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self.reveal() == other.reveal()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")
