"""What is staked, what changes when, and when NMR is free again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.change import ChangeKind
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.payout import PayoutState, Performance
from ledger.domain.stake import ContinuousStake, PendingKind, PendingRequest, StakeMode
from ledger.reports import words
from ledger.reports.tournament import TournamentFacts, exposure, strategy_setting
from ledger.rules.atomic import is_atomic
from ledger.rules.continuous import objection, stake_after
from ledger.rules.timing import NextClose, next_close, release_time


@dataclass(frozen=True, slots=True)
class StakeLine:
    """One model's stake.

    ``next_round``: what will count in the next round, by what is pending now.
    ``after``: the stake once the pending request has settled.
    ``meaning``: one sentence on what the pending request does and when.
    ``blocked``: why the stake can't be increased or decreased here, ``None`` when it can.
    ``locked_until``: when the last NMR that is staked now would be free if nothing were staked
    any more (atomic: the last position's resolution).
    """

    model_id: str
    name: str
    tournament: Tournament
    system: System
    staked: NMR
    projected: NMR | None
    pending: PendingRequest | None
    next_round: NMR
    after: NMR
    take_profit: bool | None
    per_round: NMR | None
    mode: StakeMode | None
    locked_until: datetime | None
    meaning: str
    blocked: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """NMR that comes free: ``release`` (continuous), or ``resolution`` (atomic position)."""

    at: datetime
    amount: NMR
    model_id: str
    name: str
    tournament: Tournament
    kind: str
    round: int | None


@dataclass(frozen=True, slots=True)
class StakesReport:
    """All stakes. ``releases`` are ordered by time; ``staked`` adds both systems."""

    as_of: datetime | None
    available: NMR | None
    held: NMR | None
    staked: NMR
    releasing: NMR
    lines: tuple[StakeLine, ...]
    releases: tuple[Release, ...]


def build_stakes(
    account: Account | None,
    models: Iterable[Model],
    stakes: dict[str, ContinuousStake],
    tournaments: dict[Tournament, TournamentFacts],
    now: datetime,
) -> StakesReport:
    """Every model's stake, and all NMR that comes free, by time."""
    lines: list[StakeLine] = []
    releases: list[Release] = []
    histories = {key: facts.by_model() for key, facts in tournaments.items()}
    release_times = {key: release_time(facts.rounds, now) for key, facts in tournaments.items()}
    closes = {key: next_close(facts.rounds, key, now) for key, facts in tournaments.items()}
    for model in models:
        facts = tournaments.get(model.tournament)
        if facts is None:
            continue
        positions = [
            entry
            for entry in histories[model.tournament].get(model.id, [])
            if entry.state is PayoutState.PENDING and entry.at_risk
        ]
        if facts.system is System.ATOMIC:
            history = histories[model.tournament].get(model.id, [])
            locked = [entry for entry in positions if is_atomic(entry.clip)]
            lines.append(_atomic_line(model, history, locked, exposure(positions)))
            releases.extend(_resolutions(model, locked))
        else:
            free_at = release_times[model.tournament] if positions else None
            stake = stakes.get(model.id)
            lines.append(_continuous_line(model, stake, closes[model.tournament], free_at))
            releases.extend(_pending_release(model, stake))
    releases.sort(key=lambda release: (release.at, release.name, release.round or 0))
    return StakesReport(
        as_of=account.as_of if account else None,
        available=account.available if account else None,
        held=account.held_increases if account else None,
        staked=NMR.total(line.staked for line in lines),
        releasing=NMR.total(entry.amount for entry in releases if entry.kind == "release"),
        lines=tuple(lines),
        releases=tuple(releases),
    )


def _continuous_line(
    model: Model, stake: ContinuousStake | None, close: NextClose, free_at: datetime | None
) -> StakeLine:
    staked = stake.settled if stake else ZERO
    pending = stake.pending if stake else None
    after = stake_after(staked, pending)
    return StakeLine(
        model_id=model.id,
        name=model.name,
        tournament=model.tournament,
        system=System.CONTINUOUS,
        staked=staked,
        projected=stake.projected if stake else None,
        pending=pending,
        next_round=after,
        after=after,
        take_profit=stake.take_profit if stake else None,
        per_round=None,
        mode=None,
        locked_until=free_at,
        meaning=_pending_meaning(pending, after, close) if pending else _standing(staked, free_at),
        blocked=(
            objection(ChangeKind.INCREASE, None, stake, ZERO)
            if pending is not None
            else "This model is archived."
            if model.archived
            else None
        ),
    )


def _pending_meaning(pending: PendingRequest, after: NMR, close: NextClose) -> str:
    later = words.amount(after)
    if pending.kind is PendingKind.INCREASE:
        return (
            f"{pending.amount} NMR left the wallet and counts from round {close.round}, "
            f"whose stakes close {words.moment(close.at)}: then {later} NMR is staked."
        )
    what = "Everything" if pending.kind is PendingKind.DRAIN else f"{pending.amount} NMR"
    return (
        f"{what} stopped counting for new rounds, can still burn in the rounds that were running, "
        f"and returns to the wallet {words.moment(pending.due)}. Later rounds stake {later} NMR."
    )


def _standing(staked: NMR, free_at: datetime | None) -> str:
    if not staked:
        return "Nothing is staked."
    if free_at is None:
        return f"{words.amount(staked)} NMR is staked; no running round holds it."
    free = words.moment(free_at)
    return f"{words.amount(staked)} NMR is staked. Released now, it would be free {free}."


def _atomic_line(
    model: Model, history: list[Performance], positions: list[Performance], locked: NMR
) -> StakeLine:
    projected = NMR.total(entry.payout for entry in positions if entry.payout is not None)
    per_round, mode = strategy_setting(history)
    until = max((entry.resolves for entry in positions if entry.resolves), default=None)
    if positions:
        meaning = (
            f"{words.amount(locked)} NMR is locked in {len(positions)} positions, the last until "
            f"{words.moment(until)}; each resolves with its own round."
        )
    else:
        meaning = "No position is open."
    return StakeLine(
        model_id=model.id,
        name=model.name,
        tournament=model.tournament,
        system=System.ATOMIC,
        staked=locked,
        projected=locked + projected,
        pending=None,
        next_round=per_round or ZERO,
        after=locked,
        take_profit=None,
        per_round=per_round,
        mode=mode,
        locked_until=until,
        meaning=meaning,
        blocked=(
            f"{model.tournament.label} is on atomic staking: a position stays locked until its "
            "round resolves. Its per-round stake is set on Numerai's V3 Stakes page."
        ),
    )


def _resolutions(model: Model, positions: list[Performance]) -> list[Release]:
    return [
        Release(
            at=entry.resolves,
            amount=entry.at_risk,
            model_id=model.id,
            name=model.name,
            tournament=model.tournament,
            kind="resolution",
            round=entry.round,
        )
        for entry in positions
        if entry.resolves is not None
    ]


def _pending_release(model: Model, stake: ContinuousStake | None) -> list[Release]:
    pending = stake.pending if stake else None
    if (
        stake is None
        or pending is None
        or pending.due is None
        or pending.kind is PendingKind.INCREASE
    ):
        return []
    amount = stake.settled if pending.kind is PendingKind.DRAIN else pending.amount
    return [
        Release(
            at=pending.due,
            amount=min(amount, stake.settled),
            model_id=model.id,
            name=model.name,
            tournament=model.tournament,
            kind="release",
            round=None,
        )
    ]
