"""What a user wants a model's stake to become, as it was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode

if TYPE_CHECKING:
    from ledger.domain.policy import Policy
    from ledger.domain.targets.plan import OptionKind


class TargetKind(StrEnum):
    """How a target was meant."""

    NMR = "nmr"
    PER_ROUND = "per-round"
    PERCENT = "percent"
    DELTA = "delta"
    MAX = "max"
    DRAIN = "drain"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Target:
    """What the stake of ``model_id`` should become, by ``kind``.

    ``nmr`` is set for an amount (NMR), for an atomic model's stake per round (NMR) and for a delta
    (signed), ``percent`` (25 is 25 %) for a share of the tournament's total stake. A ``locked`` row
    is left alone by weight helpers. ``mode`` is what a strategy should do with settled claims
    (atomic staking), ``None`` for what it does.
    """

    model_id: str
    kind: TargetKind = TargetKind.KEEP
    nmr: NMR | None = None
    percent: Decimal | None = None
    locked: bool = False
    mode: StakeMode | None = None


@dataclass(frozen=True, slots=True)
class TargetSet:
    """``targets`` of one ``tournament`` under a ``name``.

    ``policy``: where its payouts go, if saved along.
    """

    name: str
    tournament: Tournament
    targets: tuple[Target, ...]
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """What stands in one model's row: the target as typed in ``text``, "" for none, and its lock.

    One that is ``locked`` is left alone by weight helpers. ``option`` is the way around the pending
    release the user asked for, ``None`` for the cheapest one, whichever that is.
    """

    text: str = ""
    locked: bool = False
    option: OptionKind | None = None


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """The edits of one ``tournament`` as they are kept on disk.

    ``entries`` by model id; a model without one has no target, no lock and no option. ``name`` is
    the set the edits began as. ``can_undo`` and ``can_redo``: there is an edit to take back, or one
    that was.
    """

    tournament: Tournament
    entries: dict[str, TargetEntry] = field(default_factory=dict)
    name: str | None = None
    can_undo: bool = False
    can_redo: bool = False


def split_mode(text: str) -> tuple[str, StakeMode | None]:
    """A target as typed without the mode behind it, and that mode: ``0.5/r constant``."""
    typed = text.strip()
    for mode in StakeMode:
        if typed.lower().endswith(f" {mode.value}"):
            return typed[: -len(mode.value)].strip(), mode
    return typed, None


def with_mode(text: str, mode: StakeMode | None) -> str:
    """A target as typed with another mode behind it, or with none."""
    rest = split_mode(text)[0]
    return f"{rest} {mode.value}" if mode is not None and rest else rest
