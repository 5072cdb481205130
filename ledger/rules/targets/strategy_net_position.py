"""How the models of an allocation strategy stand, with what the queue will set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import FUNDS, SETTINGS, UNSENT, Change, ChangeKind, ChangeState
from ledger.domain.stakes.strategy import ModelSetting, Position, strategy_id
from ledger.rules.stakes.strategy_facts import StrategyFacts, held
from ledger.rules.targets.net_position import UNCERTAIN, NetPosition, Ramp


def strategy_net_positions(
    strategy: StrategyFacts, open_changes: Iterable[Change]
) -> dict[str, NetPosition]:
    """Every model of the strategy's tournament, by id."""
    changes: dict[str, list[Change]] = {}
    for change in sorted(open_changes, key=lambda change: (change.position, change.id)):
        if change.kind in SETTINGS and change.setting is not None:
            changes.setdefault(change.model_id, []).append(change)
    rows, settings = strategy.by_model(), strategy.settings()
    rounds = strategy.schedule.concurrent
    return {
        model.id: _net_position(
            model,
            tuple(rows.get(model.id, ())),
            settings.get(model.id),
            rounds,
            changes.get(model.id, []),
        )
        for model in strategy.own_models()
    }


def _net_position(
    model: Model,
    rows: tuple[Position, ...],
    setting: ModelSetting | None,
    rounds: int,
    changes: list[Change],
) -> NetPosition:
    accepted = [change.setting for change in changes if change.state is ChangeState.ACCEPTED]
    if accepted:
        setting = accepted[-1]
    net_position = NetPosition(
        model=model,
        settled=held(rows),
        unsent=tuple(change for change in changes if change.state in UNSENT),
        uncertain=tuple(change for change in changes if change.state in UNCERTAIN),
        ramp=Ramp(rounds, setting, rows),
    )
    return replace(net_position, taken=net_position.effective - net_position.settled)


def eventual_setting(net_position: NetPosition) -> ModelSetting | None:
    """What the model is set to once the queue is done."""
    settings = [change.setting for change in net_position.queue if change.setting is not None]
    present = net_position.ramp.setting if net_position.ramp is not None else None
    return settings[-1] if settings else present


def under_way(strategy: StrategyFacts, open_changes: Iterable[Change]) -> NMR:
    """What open deposits and withdrawals bring to the strategy's idle NMR, less what they take."""
    total = ZERO
    for change in open_changes:
        if change.kind in FUNDS and change.model_id == strategy_id(strategy.tournament):
            amount = change.nmr or ZERO
            total += amount if change.kind is ChangeKind.DEPOSIT else -amount
    return total
