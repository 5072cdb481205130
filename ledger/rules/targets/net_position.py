"""How a model stands: its stake, what is pending at Numerai, and what the queue will add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import REQUESTS, UNSENT, Change, ChangeKind, ChangeState
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.stakes.strategy import ModelSetting, Position
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.continuous import stake_after
from ledger.rules.stakes.staked import stands
from ledger.rules.stakes.strategy_facts import heading

UNCERTAIN = frozenset({ChangeState.SENDING, ChangeState.UNKNOWN})
"""It may or may not have reached Numerai."""

STAKE_KINDS = REQUESTS | {ChangeKind.CANCEL_RELEASE}
"""The kinds that move a continuous stake."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """What an atomic model's stake follows from: its setting, over ``rounds`` rounds at a time.

    ``setting`` includes an accepted change that no reading shows yet; ``None`` while unknown.
    ``positions`` are the model's own, newest round first.
    """

    rounds: int
    setting: ModelSetting | None
    positions: tuple[Position, ...]

    def heading(self, setting: ModelSetting) -> NMR:
        """The total ``setting`` leads to from here."""
        return heading(setting, self.positions, self.rounds)


@dataclass(frozen=True, slots=True)
class NetPosition:
    """How one model stands, with what is pending at Numerai and what the queue will add.

    ``settled`` is its stake as Numerai has it, in NMR. ``pending`` is its request at Numerai, an
    accepted change included that the last sync could not show yet; ``taken`` is the NMR such an
    increase took from the wallet since. ``unsent`` and ``uncertain`` are open changes of the
    queue, in its order. With a ``ramp`` the model is on atomic staking: ``settled`` is what is in
    positions, ``effective`` what its setting leads to, and ``taken`` what positions still take
    from idle and wallet until then, negative when they give back.
    """

    model: Model
    settled: NMR
    pending: PendingRequest | None = None
    taken: NMR = ZERO
    unsent: tuple[Change, ...] = ()
    uncertain: tuple[Change, ...] = ()
    ramp: Ramp | None = None

    @property
    def effective(self) -> NMR:
        """The stake once what is pending at Numerai has taken effect."""
        if self.ramp is not None and self.ramp.setting is not None:
            return self.ramp.heading(self.ramp.setting)
        return stake_after(self.settled, self.pending)

    @property
    def release_pending(self) -> bool:
        """Whether NMR is on its way out of this stake."""
        return self.pending is not None and self.pending.kind is not PendingKind.INCREASE

    @property
    def releasing(self) -> NMR:
        """NMR on its way from this stake to the wallet."""
        return self.settled - self.effective if self.release_pending else ZERO

    @property
    def eventual(self) -> NMR:
        """The stake once the queue's open changes have taken effect too."""
        return after_changes(self, self.queue)

    @property
    def queue(self) -> tuple[Change, ...]:
        """Its open changes that Numerai does not show yet."""
        return (*self.uncertain, *self.unsent)


def after_changes(net_position: NetPosition, changes: Iterable[Change]) -> NMR:
    """The stake of ``net_position`` once its pending request and ``changes`` have taken effect."""
    stake = net_position.effective
    for change in changes:
        amount = change.nmr or ZERO
        if change.kind is ChangeKind.INCREASE:
            stake += amount
        elif change.kind is ChangeKind.DECREASE:
            stake = max(ZERO, stake - amount)
        elif change.kind is ChangeKind.DRAIN:
            stake = ZERO
        elif change.kind is ChangeKind.CANCEL_RELEASE:
            stake += net_position.releasing
        elif change.setting is not None and net_position.ramp is not None:
            stake = net_position.ramp.heading(change.setting)
    return stake


def settles(net_position: NetPosition, schedule: RoundSchedule, now: datetime) -> datetime | None:
    """When what is pending at Numerai has full effect: Numerai's date, else projected."""
    if net_position.pending is None:
        return None
    usual = schedule.paid(now) if net_position.release_pending else schedule.close_after(now)
    return max(now, net_position.pending.due or usual)


def net_positions(
    models: Iterable[Model],
    stakes: Mapping[str, ContinuousStake],
    open_changes: Iterable[Change] = (),
    as_of: datetime | None = None,
    missing: MissingFacts = NOTHING_MISSING,
) -> dict[str, NetPosition]:
    """Every model's net position by model id, in the order of ``models``.

    Models of which Numerai never told the stake, or what is pending on it, have none.
    ``as_of`` is the time of the account's figures: a change accepted since then is not in them
    and counts as pending. Without it every accepted change is taken as already visible.
    """
    by_model: dict[str, list[Change]] = {}
    for change in sorted(open_changes, key=lambda change: (change.position, change.id)):
        if change.kind in STAKE_KINDS:
            by_model.setdefault(change.model_id, []).append(change)
    return {
        model.id: _net_position(model, stakes.get(model.id), by_model.get(model.id, []), as_of)
        for model in models
        if stands(model.id, stakes.get(model.id), missing)
    }


def _net_position(
    model: Model, stake: ContinuousStake | None, changes: list[Change], as_of: datetime | None
) -> NetPosition:
    net_position = NetPosition(
        model=model,
        settled=stake.settled if stake is not None and stake.settled is not None else ZERO,
        pending=stake.pending if stake else None,
        unsent=tuple(change for change in changes if change.state in UNSENT),
        uncertain=tuple(change for change in changes if change.state in UNCERTAIN),
    )
    for change in changes:
        fresh = as_of is not None and change.updated >= as_of
        if change.state is ChangeState.ACCEPTED and fresh:
            net_position = _accepted(net_position, change)
    return net_position


def _accepted(net_position: NetPosition, change: Change) -> NetPosition:
    if change.kind is ChangeKind.CANCEL_RELEASE:
        return replace(net_position, pending=None)
    amount = net_position.settled if change.kind is ChangeKind.DRAIN else change.nmr or ZERO
    taken = amount if change.kind is ChangeKind.INCREASE else ZERO
    return replace(
        net_position,
        pending=PendingRequest(PendingKind(change.kind.value), amount, due=None),
        taken=net_position.taken + taken,
    )
