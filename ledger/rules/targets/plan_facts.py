"""What a plan is made from, over continuous and atomic staking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake, StakeMode
from ledger.domain.targets.plan import OptionKind
from ledger.rules.queue.certainty import uncertain
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.strategy_facts import StrategyFacts
from ledger.rules.targets.net_position import NetPosition, net_positions
from ledger.rules.targets.strategy_net_position import strategy_net_positions


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is made from, as of ``now`` (UTC).

    ``models`` are all of the account, since they share its wallet; ``systems`` says how their
    tournaments are staked, ``rounds`` are the newest of each. ``stakes`` by model id; ``available``
    is the wallet. ``targets`` maps model ids to NMR in the order in which they are served when NMR
    is short; models without one stay as they are. ``open_changes`` are those of the queue.
    ``as_of`` is the time of the account's figures. ``minimum`` is the amount below which a warning
    is given. ``choices`` overrides the option taken around a model's pending release.
    ``strategies`` has what is known of atomic tournaments; without it their models can't be
    planned. ``modes`` overrides the mode of an atomic model. ``missing`` is what Numerai did not
    tell: nothing is planned from it.
    """

    now: datetime
    models: tuple[Model, ...]
    systems: Mapping[Tournament, System]
    stakes: Mapping[str, ContinuousStake]
    available: NMR | None
    rounds: tuple[Round, ...]
    targets: Mapping[str, NMR]
    open_changes: tuple[Change, ...] = ()
    as_of: datetime | None = None
    minimum: NMR | None = None
    choices: Mapping[str, OptionKind] = field(default_factory=dict)
    strategies: Mapping[Tournament, StrategyFacts] = field(default_factory=dict)
    modes: Mapping[str, StakeMode] = field(default_factory=dict)
    missing: MissingFacts = NOTHING_MISSING

    @property
    def free(self) -> NMR | None:
        """Wallet and idle NMR: all that positions and stakes do not hold."""
        if self.available is None:
            return None
        idle = (entry.idle for entry in self.strategies.values())
        return self.available + NMR.total(nmr for nmr in idle if nmr is not None)

    def uncertain(self, model: Model) -> str | None:
        """Why nothing can be planned for a model: Numerai does not tell what it would rest on."""
        atomic = self.systems.get(model.tournament) is System.ATOMIC
        kind = ChangeKind.SET_PER_ROUND if atomic else ChangeKind.DECREASE
        return uncertain(kind, model.id, model.tournament, self.missing, name=model.name)

    def schedules(self) -> dict[Tournament, RoundSchedule]:
        """The rounds to come, per tournament the account has models in."""
        tournaments = {model.tournament for model in self.models}
        return {key: RoundSchedule(self.rounds, key) for key in sorted(tournaments)}

    def net_positions(self) -> dict[str, NetPosition]:
        """How every model stands, by id."""
        by_model = net_positions(
            self.models, self.stakes, self.open_changes, self.as_of, self.missing
        )
        for strategy in self.strategies.values():
            by_model |= strategy_net_positions(strategy, self.open_changes)
        return by_model
