"""What a plan for an allocation strategy says, in full sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.domain.model import Model, Tournament
from ledger.domain.names import listed, said
from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.rules.stakes.strategy_facts import committed
from ledger.rules.targets.sentences import moment

STAYS_COMPOUND = "compound: claims roll on"
"""Why a target in compound mode has no date, in a few words."""


def commits(per_round: NMR, rounds: int, at: datetime) -> str:
    """``1 NMR per round = 64 NMR once 64 rounds are running, on Sun 21 Feb 2027``."""
    return (
        f"{per_round} NMR per round = {committed(per_round, rounds)} NMR once {rounds} rounds are "
        f"running, on {at:%a} {at.day} {at:%b %Y}"
    )


def set_to(
    model: Model, setting: ModelSetting, base: ModelSetting | None, rounds: int, at: datetime
) -> str:
    """Why a model's setting is changed, and what it leads to."""
    if not setting.enabled:
        return (
            f"{said(model.name)} takes no new positions; those running resolve one by one, the "
            f"last by {moment(at)}."
        )
    before = ""
    if base is not None:
        off = "" if base.enabled else " (disabled)"
        before = f" instead of {base.per_round} in {base.mode.value} mode{off}"
    leads = commits(setting.per_round, rounds, at)
    if setting.mode is StakeMode.COMPOUND:
        leads = "each new position is the newest claim, and that much only where there is none"
    return (
        f"{said(model.name)} stakes {setting.per_round} NMR in each round in {setting.mode.value} "
        f"mode{before}: {leads}."
    )


def compound_keeps(model: Model, setting: ModelSetting, staked: NMR) -> str:
    """Compound mode does not follow the per-round stake while there are claims."""
    return (
        f"{said(model.name)} is in compound mode: each new position is the newest claim, whatever "
        f"the per-round stake says, so the {staked} NMR of its running positions are staked again. "
        f"Choose constant mode to have {setting.per_round} NMR per round."
    )


def unknown_setting(model: Model) -> str:
    """A setting can't be changed without knowing it: it is always written as a whole."""
    return (
        f"What {said(model.name)} is set to now is not known. Type what the V3 Stakes page shows, "
        "or learn the model keys so that it can be read from the chain."
    )


def deposit(tournament: Tournament, nmr: NMR, out: RunsOut | None) -> str:
    """Why NMR goes from the owner's wallet into a strategy."""
    until = ""
    if out is not None:
        until = f"; without it, idle NMR runs out in round {out.round}, {moment(out.at)}"
    return f"{nmr} NMR goes from the owner's wallet into {tournament.label}'s strategy{until}."


def short_of_idle(tournament: Tournament, nmr: NMR, out: RunsOut | None) -> str:
    """The wallet can't fund what the settings ask for."""
    by = f" by {moment(out.at)}, when round {out.round} stakes" if out is not None else ""
    return (
        f"{tournament.label}'s strategy needs {nmr} NMR more than its idle NMR and the owner's "
        f"wallet hold. Deposit it{by}; until then positions get smaller or stay out."
    )


def idle_unknown(tournament: Tournament) -> str:
    """Nobody told the idle balance."""
    return (
        f"The idle NMR of {tournament.label}'s strategy is not known, so neither is whether it "
        "pays for the next rounds."
    )


def left_out(names: Iterable[str]) -> str:
    """Models whose setting is not known are in no sum."""
    return f"What {listed(names)} will stake is not known; idle NMR is reckoned without it."


def withdraw(tournament: Tournament, nmr: NMR) -> str:
    """Why NMR leaves a strategy."""
    return (
        f"{nmr} NMR of {tournament.label}'s idle NMR goes to the owner's wallet: its own rounds "
        "do not need it, other targets do. Plan again once it has arrived."
    )
