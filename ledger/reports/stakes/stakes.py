"""What is staked, what changes when, and when NMR is free again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest, StakeMode
from ledger.domain.sums import Sum
from ledger.reports import words
from ledger.reports.account.tournament import (
    TournamentFacts,
    exposure,
    staked_part,
    strategy_setting,
)
from ledger.rules.naming import names
from ledger.rules.queue.certainty import uncertain
from ledger.rules.rounds.timing import NextClose, next_close, release_time
from ledger.rules.stakes.atomic import is_atomic
from ledger.rules.stakes.continuous import objection, stake_after
from ledger.rules.stakes.staked import part, settled


@dataclass(frozen=True, slots=True)
class StakeLine:
    """The stake of one model. Amounts in NMR are ``None`` when what they follow from is not known.

    ``name`` is that of ``model_id``; ``system`` is how its ``tournament`` is staked. ``staked`` is
    what is settled, ``projected`` that with unresolved earnings. ``pending`` is its request at
    Numerai; ``next_round``: what will count in the next round, by what is pending now; ``after``:
    the stake once the pending request has settled; ``meaning``: one sentence on what it does and
    when. ``take_profit``: continuous only; ``per_round`` and ``mode``: atomic only. ``blocked``:
    why the stake can't be increased or decreased here, ``None`` when it can. ``locked_until``: when
    the last NMR that is staked now would be free if nothing were staked any more (atomic: the last
    position's resolution). ``missing_since``: since when Numerai lists the model no longer.
    """

    model_id: str
    name: str
    tournament: Tournament
    system: System
    staked: NMR | None
    projected: NMR | None
    pending: PendingRequest | None
    next_round: NMR | None
    after: NMR | None
    take_profit: bool | None
    per_round: NMR | None
    mode: StakeMode | None
    locked_until: datetime | None
    meaning: str
    blocked: str | None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """NMR of one model that comes free at ``at`` (UTC).

    ``kind`` is ``release`` (continuous), or ``resolution`` (atomic position) of ``round``.
    ``amount`` is ``None`` when it is not known. ``name`` is that of ``model_id`` in ``tournament``.
    """

    at: datetime
    amount: NMR | None
    model_id: str
    name: str
    tournament: Tournament
    kind: str
    round: int | None


@dataclass(frozen=True, slots=True)
class StakesReport:
    """All stakes, as of the last sync, ``as_of`` (UTC); amounts in NMR.

    ``available`` is what the wallet has free, ``held`` what left it for increases that do not count
    yet. ``staked`` adds both systems, ``releasing`` what of it is on its way out. ``lines`` are all
    models but archived ones that hold nothing; ``releases`` are ordered by time. ``missing`` is
    what Numerai did not tell.
    """

    as_of: datetime | None
    available: NMR | None
    held: NMR | None
    staked: Sum
    releasing: Sum
    lines: tuple[StakeLine, ...]
    releases: tuple[Release, ...]
    missing: MissingFacts = NOTHING_MISSING


def build_stakes(
    account: Account | None,
    models: Iterable[Model],
    stakes: dict[str, ContinuousStake],
    tournaments: dict[Tournament, TournamentFacts],
    now: datetime,
    *,
    missing: MissingFacts = NOTHING_MISSING,
) -> StakesReport:
    """Every model's stake, and all NMR that comes free, by time."""
    models = [
        model
        for model in models
        if (facts := tournaments.get(model.tournament)) is not None
        and facts.holds(model, stakes.get(model.id), missing)
    ]
    labels = names(models)
    models = [replace(model, name=labels[model.id]) for model in models]
    lines: list[StakeLine] = []
    releases: list[Release] = []
    histories = {key: facts.by_model() for key, facts in tournaments.items()}
    release_times = {key: release_time(facts.rounds, now) for key, facts in tournaments.items()}
    closes = {key: next_close(facts.rounds, key, now) for key, facts in tournaments.items()}
    for model in models:
        facts = tournaments[model.tournament]
        positions = [
            entry
            for entry in histories[model.tournament].get(model.id, [])
            if entry.state is PayoutState.PENDING and entry.at_risk != ZERO
        ]
        if facts.system is System.ATOMIC:
            history = histories[model.tournament].get(model.id, [])
            locked = [entry for entry in positions if is_atomic(entry.clip)]
            lines.append(_atomic_line(model, history, locked, exposure(positions)))
            releases.extend(_resolutions(model, locked))
        else:
            free_at = release_times[model.tournament] if positions else None
            stake = stakes.get(model.id)
            close = closes[model.tournament]
            lines.append(_continuous_line(model, stake, close, free_at, missing))
            releases.extend(_pending_release(model, stake))
    releases.sort(key=lambda release: (release.at, release.name, release.round or 0))
    return StakesReport(
        as_of=account.as_of if account else None,
        available=account.available if account else None,
        held=account.held_increases if account else None,
        staked=Sum.of(
            staked_part(line.staked, line.model_id, line.system, missing) for line in lines
        ),
        releasing=Sum.of(
            part(entry.amount, missing, entry.model_id, Fact.STAKE, Fact.PENDING)
            for entry in releases
            if entry.kind == "release"
        ),
        lines=tuple(lines),
        releases=tuple(releases),
        missing=missing,
    )


def _continuous_line(
    model: Model,
    stake: ContinuousStake | None,
    close: NextClose,
    free_at: datetime | None,
    missing: MissingFacts,
) -> StakeLine:
    staked = settled(model.id, stake, missing)
    pending = stake.pending if stake else None
    after = _after(model.id, staked, pending, missing)
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
        blocked=_blocked(model, stake, missing),
        missing_since=model.missing_since,
    )


def _after(
    model_id: str, staked: NMR | None, pending: PendingRequest | None, missing: MissingFacts
) -> NMR | None:
    """The stake once the pending change has settled: of a drain nothing stays, whatever it was."""
    never_told = (entry := missing.of(Fact.PENDING, model_id)) is not None and entry.as_of is None
    if pending is not None and pending.kind is PendingKind.DRAIN:
        return ZERO
    return None if staked is None or never_told else stake_after(staked, pending)


def _blocked(model: Model, stake: ContinuousStake | None, missing: MissingFacts) -> str | None:
    doubt = uncertain(ChangeKind.DECREASE, model.id, model.tournament, missing, name=model.name)
    if doubt is not None:
        return doubt
    if stake is not None and stake.pending is not None:
        return objection(ChangeKind.INCREASE, None, stake, ZERO)
    return "This model is archived." if model.archived else None


def _pending_meaning(pending: PendingRequest, after: NMR | None, close: NextClose) -> str:
    later = str(after) if after is not None else "an unknown amount of"
    if pending.kind is PendingKind.INCREASE:
        return (
            f"{pending.amount} NMR left the Numerai wallet and counts from round {close.round}, "
            f"whose stakes close {words.moment(close.at)}: then {later} NMR is staked."
        )
    what = "Everything" if pending.kind is PendingKind.DRAIN else f"{pending.amount} NMR"
    return (
        f"{what} stopped counting for new rounds, can still burn in the rounds that were running, "
        f"and returns to the Numerai wallet {words.moment(pending.due)}. Later rounds stake "
        f"{later} NMR."
    )


def _standing(staked: NMR | None, free_at: datetime | None) -> str:
    if staked is None:
        return "Numerai does not tell what is staked."
    if not staked:
        return "Nothing is staked."
    if free_at is None:
        return f"{staked} NMR is staked; no running round holds it."
    free = words.moment(free_at)
    return f"{staked} NMR is staked. Released now, it would be free {free}."


def _atomic_line(
    model: Model, history: list[Performance], positions: list[Performance], locked: NMR | None
) -> StakeLine:
    projected = NMR.total(entry.payout for entry in positions if entry.payout is not None)
    per_round, mode = strategy_setting(history)
    until = max((entry.resolves for entry in positions if entry.resolves), default=None)
    if positions:
        amount = str(locked) if locked is not None else "An unknown amount of"
        meaning = (
            f"{amount} NMR is locked in {len(positions)} positions, the last until "
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
        projected=None if locked is None else locked + projected,
        pending=None,
        next_round=_next_round(per_round, positions),
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
        missing_since=model.missing_since,
    )


def _next_round(per_round: NMR | None, positions: list[Performance]) -> NMR | None:
    """The per-round stake; nothing for a model without positions, unknown where theirs are."""
    if per_round is None and any(entry.at_risk is None for entry in positions):
        return None
    return per_round or ZERO


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
    held = stake.settled
    if pending.kind is PendingKind.DRAIN:
        amount = held
    else:
        amount = pending.amount if held is None else min(pending.amount, held)
    return [
        Release(
            at=pending.due,
            amount=amount,
            model_id=model.id,
            name=model.name,
            tournament=model.tournament,
            kind="release",
            round=None,
        )
    ]
