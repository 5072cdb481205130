"""What the ways to NMR at hand say, in full sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.targets.sentences import moment

CONSTANT = StakeMode.CONSTANT
"""The mode in which the per-round stake decides what is held."""

NUMERAI_WALLET, OWNERS_WALLET = "Numerai wallet", "owner's wallet"

WAIT = "Change nothing, and wait for what comes free by itself as settings stay."

_LISTED = 3
"""How many models a sentence names."""


def idle_of(tournament: Tournament) -> str:
    """Where idle NMR lies."""
    return f"idle in {tournament.label}"


def free_now(withdraw: bool) -> str:
    """It is there already."""
    if withdraw:
        return "It is free: take what the wallets lack from idle NMR that no round needs."
    return "It is free, in the wallets."


def release(nmr: NMR, names: Sequence[str]) -> str:
    """Releases of continuous stakes, the largest first."""
    return f"Ask for releases of {nmr} NMR on {_listed(names)}."


def release_costs(nmr: NMR, paid: datetime | None) -> tuple[str, ...]:
    """What a release costs."""
    until = f" until {moment(paid)}" if paid is not None else ""
    return (f"The {nmr} NMR is in no new round, and can still burn in running ones{until}.",)


def lower(tournament: Tournament, share: Fraction) -> str:
    """All models of a strategy, by the same share."""
    tenths = round(share * 1000)
    return f"Set all models of {tournament.label} lower by {tenths // 10}.{tenths % 10} %."


def disable(names: Sequence[str]) -> str:
    """As few models as will do."""
    return f"Disable {_listed(names)}."


def disable_all(tournament: Tournament, count: int) -> str:
    """Every model of a strategy."""
    return f"Disable all {count} models of {tournament.label}."


def setting_costs(tournament: Tournament, before: NMR, after: NMR) -> tuple[str, ...]:
    """What settings that stake less cost."""
    return (
        f"They commit {after} NMR instead of {before}: new rounds of {tournament.label} take that "
        "much less. Running positions stay until they resolve.",
    )


def withdraw(tournament: Tournament, nmr: NMR) -> str:
    """Why NMR leaves a strategy."""
    return f"{nmr} NMR of {tournament.label}'s idle NMR goes to the owner's wallet."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    listed = ", ".join(names[:_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed
