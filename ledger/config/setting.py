"""What one setting is: its default, its words, what it allows, and when a change of it counts.

Whoever defines a setting says when a change of it takes effect; there is no default for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from ledger.dataclass import dataclass
from ledger.domain import typed
from ledger.errors import ChangeError

T = TypeVar("T")

PREFIX = "NUMSTAKE_"
"""What every variable of the environment that is ours begins with."""


class Takes(StrEnum):
    """When a change of a setting takes effect in a program that runs."""

    AT_ONCE = "at once"
    """How things look: nothing is asked or moved by it."""
    AT_START = "at the next start"
    GUARDED = "at the next start, after a question"
    """Whom is talked to, with which key, what is run."""
    LIMIT = "after a question: tighter at once, looser at the next start"
    """What is never sent, whatever was confirmed."""

    @property
    def asks(self) -> bool:
        """Whether a change of it is asked about before it is written."""
        return self in {Takes.GUARDED, Takes.LIMIT}


def setting(
    default: T,
    doc: str,
    low: float | None = None,
    high: float | None = None,
    check: Callable[[Any], str | None] = lambda _: None,
    *,
    takes: Takes,
    choices: tuple[str, ...] = (),
    private: bool = False,
    tighter: Callable[[Any, Any], bool] = lambda _old, _new: False,
    environment: bool = False,
) -> T:
    """A field with its documentation and, for numbers, its range (both ends allowed).

    ``check`` says what a value of the right type must be that this one is not; ``choices`` are the
    only texts allowed. A ``private`` value may hold a provider's key: it is not shown. Of a limit,
    ``tighter`` says whether the second value lets no more out than the first. The ``environment``
    may say it too: how things look, but not whom is talked to with a key, what may be sent or run.
    """
    metadata = {
        "doc": doc,
        "low": low,
        "high": high,
        "check": _one_of(choices) if choices else check,
        "takes": takes,
        "choices": choices,
        "private": private,
        "tighter": tighter,
        "environment": environment,
    }
    value: T = field(default=default, metadata=metadata, repr=not private)
    return value


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    shown = ", ".join(f'"{choice}"' for choice in choices)
    return lambda text: None if text in choices else f"one of {shown}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the config by its ``table`` and ``key``, as it was defined."""

    table: str
    key: str
    default: Any
    metadata: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Both, as sentences name it: ``app.theme``."""
        return f"{self.table}.{self.key}"

    @property
    def doc(self) -> str:
        """What it is for, in a few lines."""
        return str(self.metadata["doc"])

    @property
    def prose(self) -> str:
        """``doc`` where it is not the config file that shows it: one line, code without marks."""
        return " ".join(self.doc.split()).replace("`", "")

    @property
    def takes(self) -> Takes:
        """When a change of it takes effect."""
        takes: Takes = self.metadata["takes"]
        return takes

    @property
    def choices(self) -> tuple[str, ...]:
        """The only texts it allows; none where there are more than can be listed."""
        choices: tuple[str, ...] = self.metadata["choices"]
        return choices

    @property
    def private(self) -> bool:
        """Whether its value is not shown."""
        return bool(self.metadata["private"])

    @property
    def variable(self) -> str:
        """The environment's variable for it: ``NUMSTAKE_APP__THEME``."""
        return f"{PREFIX}{self.table}__{self.key}".upper()

    @property
    def from_environment(self) -> bool:
        """Whether that variable counts."""
        return bool(self.metadata["environment"])

    @property
    def range(self) -> str:
        """What numbers it allows, ``0 to 8``; "" where it is none."""
        low, high = self.metadata["low"], self.metadata["high"]
        return "" if low is None else f"{low} to {high}"

    def is_tighter(self, old: Any, new: Any) -> bool:
        """Whether the limit ``new`` lets no more out than ``old``."""
        return bool(self.metadata["tighter"](old, new))


# What the limits have in common


def no_amount(text: str) -> str | None:
    """An amount of NMR in quotes, exact to the wei; nothing stands for no limit."""
    try:
        typed.amount(text or "0")
    except ChangeError as error:
        expected = 'an amount of NMR in quotes, such as "12.5", or "" for none'
        return f"{expected} ({error.advice.removesuffix('.')})"
    return None


def lets_less_out(old: str, new: str) -> bool:
    """Whether no more NMR than before may move; "" is any amount."""
    return bool(new) and (not old or _amount(new) <= _amount(old))


def warns_earlier(old: str, new: str) -> bool:
    """Whether no smaller step than before goes without a warning; "" never warns."""
    return bool(new) and (not old or _amount(new) >= _amount(old))


def allows_fewer(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Whether nothing is allowed that was not before; an empty list allows all."""
    return bool(new) and (not old or set(new) <= set(old))


def _amount(text: str) -> Decimal:
    return typed.amount(text).amount
