"""Ways to have an amount of NMR at hand, each with its date and its cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.nmr import NMR
from ledger.domain.sums import Sum
from ledger.domain.targets.plan import Plan


class CashKind(StrEnum):
    """What is done: ``now`` takes what is free, ``wait`` nothing at all, ``release`` asks for
    releases on continuous stakes; on atomic staking ``lower`` sets all models of a strategy lower
    by the same share, ``disable`` as few as will do, ``disable-all`` every one."""

    NOW = "now"
    WAIT = "wait"
    RELEASE = "release"
    LOWER = "lower"
    DISABLE = "disable"
    DISABLE_ALL = "disable-all"


@dataclass(frozen=True, slots=True)
class FreeNmr:
    """NMR that is free already, at ``place``: a wallet, or the idle NMR of a strategy beyond what
    its rounds need. ``None`` where nobody knows."""

    place: str
    nmr: NMR | None


@dataclass(frozen=True, slots=True)
class CashRoute:
    """One way to ``nmr`` NMR in all, what is free already included.

    ``at`` (UTC) is when it is there, payouts left out; ``None`` when it never is, and then ``nmr``
    is the most that it brings. ``sentence`` says what is done, ``costs`` what that costs.
    ``plan`` has the steps, ``None`` where nothing is to be done. ``key`` names it in a command:
    ``release``, ``lower-8``.
    """

    key: str
    kind: CashKind
    at: datetime | None
    nmr: NMR
    sentence: str
    costs: tuple[str, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class CashAnswer:
    """When ``asked`` NMR can be had, as of ``now`` (UTC): what is ``free`` and where, and the
    ``routes``, those first that are there first."""

    asked: NMR
    now: datetime
    free: tuple[FreeNmr, ...]
    routes: tuple[CashRoute, ...]

    @property
    def total(self) -> Sum:
        """All that is free now, as far as it is known."""
        return Sum.of(part.nmr for part in self.free)

    def route(self, key: str) -> CashRoute | None:
        """The route of that name."""
        return next((route for route in self.routes if route.key == key), None)
