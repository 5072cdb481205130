"""What is known of one allocation strategy, and what its settings commit.

A strategy stakes the per-round stake S of a model in every round, so with R rounds running at a
time a model ends up with S x R locked. R comes from the rounds' own scoring length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, Position, PositionState, SettingReading
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.setting_readings import merged


def committed(per_round: NMR, rounds: int) -> NMR:
    """What ``per_round`` NMR in each round locks once ``rounds`` rounds are running."""
    return per_round.times(rounds)


def per_round_of(total: NMR, rounds: int) -> NMR:
    """The per-round stake that holds ``total`` over ``rounds`` rounds, cut to whole wei."""
    return NMR.from_wei(total.wei // rounds)


def active(setting: ModelSetting | None) -> bool:
    """Whether a model takes new positions: enabled, with a per-round stake in either mode."""
    return setting is not None and setting.enabled and bool(setting.per_round)


def heading(setting: ModelSetting, positions: Iterable[Position], rounds: int) -> NMR:
    """The total a setting leads to, payouts left out.

    Constant: S x R. Compound: what runs is rolled on, and the rounds it has no position in get
    S each. Disabled, or S of nothing: nothing.
    """
    if not active(setting):
        return ZERO
    if setting.mode is StakeMode.CONSTANT:
        return committed(setting.per_round, rounds)
    stakes = [position.stake for position in positions if position.state.running]
    return NMR.total(stakes) + committed(setting.per_round, max(0, rounds - len(stakes)))


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """The allocation strategy of ``tournament`` as of ``now`` (UTC).

    ``models``, ``rounds`` and ``positions`` may hold other tournaments, which are left out.
    ``positions`` as :func:`ledger.rules.stakes.positions.positions` gives them, ``readings`` from
    every source. ``idle`` is the strategy's idle NMR, ``wallet`` its owner's; ``None`` where not
    known. ``own_wallet``: the owner's wallet is one of its own, not the account's at Numerai.
    ``finalise_days``: after how long an unclaimed position goes to idle. ``debts`` is
    deferred burn debt by model id, where known.
    """

    tournament: Tournament
    now: datetime
    models: tuple[Model, ...]
    rounds: tuple[Round, ...]
    positions: tuple[Position, ...]
    readings: tuple[SettingReading, ...]
    idle: NMR | None
    wallet: NMR | None
    finalise_days: int
    own_wallet: bool = False
    debts: Mapping[str, NMR] = field(default_factory=dict)

    @property
    def schedule(self) -> RoundSchedule:
        """The tournament's rounds to come."""
        return RoundSchedule(self.rounds, self.tournament)

    def own_models(self) -> tuple[Model, ...]:
        """The tournament's models."""
        return tuple(model for model in self.models if model.tournament is self.tournament)

    def by_model(self) -> dict[str, list[Position]]:
        """The tournament's positions by model id, newest round first."""
        grouped: dict[str, list[Position]] = {}
        for position in self.positions:
            if position.tournament is self.tournament:
                grouped.setdefault(position.model_id, []).append(position)
        for rows in grouped.values():
            rows.sort(key=lambda position: -position.round)
        return grouped

    def best(self) -> dict[str, SettingReading]:
        """The best reading by model id."""
        own = (entry for entry in self.readings if entry.tournament is self.tournament)
        return merged(own)

    def settings(self) -> dict[str, ModelSetting]:
        """The settings that are wholly known, by model id."""
        settings = {key: reading.setting for key, reading in self.best().items()}
        return {key: setting for key, setting in settings.items() if setting is not None}


def held(positions: Iterable[Position]) -> NMR:
    """What is in positions: running ones at their stake, resolved ones at what they wait with."""
    return NMR.total(
        position.stake if position.state.running else position.claimable or ZERO
        for position in positions
        if position.state.running or position.state is PositionState.CLAIMABLE
    )


def next_stakes(facts: StrategyFacts) -> dict[str, NMR]:
    """What each model stakes in the next round as its setting has it, nothing if it is not active.

    In compound mode, and where no setting is known, that is what its newest running position holds.
    """
    settings = facts.settings()
    newest = {
        key: next((row.stake for row in rows if row.state.running), None)
        for key, rows in facts.by_model().items()
    }
    unset = {key: nmr for key, nmr in newest.items() if nmr is not None and key not in settings}
    return unset | {key: _next_stake(own, newest.get(key)) for key, own in settings.items()}


def _next_stake(setting: ModelSetting, newest: NMR | None) -> NMR:
    if not active(setting):
        return ZERO
    compounds = setting.mode is not StakeMode.CONSTANT
    return newest if compounds and newest is not None else setting.per_round
