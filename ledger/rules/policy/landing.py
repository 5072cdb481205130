"""Where a settled payout landed: free in wallet or idle, or in the stake of its own model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import SettledPayout
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.stakes.stake import ContinuousStake, StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.rules.stakes.atomic import is_atomic


@dataclass(frozen=True, slots=True)
class Landing:
    """What decides where the payouts of one tournament land.

    ``atomic``: how it is staked now, for rounds that do not tell. ``stakes`` and ``settings`` by
    model id say what each model does with its payouts. ``closes``: staking closes by round.
    ``switched``: when take profit was switched on from here, by model id. ``before``: payouts told
    earlier, by (round, model id), which stay where they landed, also when Numerai corrects their
    amount.
    """

    atomic: bool
    stakes: Mapping[str, ContinuousStake] = field(default_factory=dict)
    settings: Mapping[str, ModelSetting] = field(default_factory=dict)
    closes: Mapping[int, datetime] = field(default_factory=dict)
    switched: Mapping[str, list[datetime]] = field(default_factory=dict)
    before: Mapping[tuple[int, str], SettledPayout] = field(default_factory=dict)

    def payouts(self, performances: Iterable[Performance], since: int) -> tuple[SettledPayout, ...]:
        """The settled payouts from round ``since`` on."""
        return tuple(
            self._landed(entry, entry.payout)
            for entry in performances
            if entry.round >= since and entry.state is PayoutState.SETTLED and entry.payout
        )

    def _landed(self, entry: Performance, nmr: NMR) -> SettledPayout:
        booked = self.before.get((entry.round, entry.model_id))
        if booked is not None and (booked.nmr < ZERO) == (nmr < ZERO):
            return replace(booked, nmr=nmr)
        atomic = self.atomic if entry.clip is None else is_atomic(entry.clip)
        freed = self._constant(entry) if atomic else nmr > ZERO and self._takes_profit(entry)
        return SettledPayout(entry.round, entry.model_id, nmr, freed, atomic)

    def _constant(self, entry: Performance) -> bool:
        """Whether the model stakes a fixed amount, whatever it was paid; as it is set now."""
        setting = self.settings.get(entry.model_id)
        return setting is None or setting.mode is StakeMode.CONSTANT

    def _takes_profit(self, entry: Performance) -> bool:
        """Whether take profit was on at the round's staking close, as far as that is known.

        Numerai tells how it is now; that it was switched on later, the queue knows.
        """
        stake, close = self.stakes.get(entry.model_id), self.closes.get(entry.round)
        if stake is None or stake.take_profit is not True:
            return False
        return close is None or all(at < close for at in self.switched.get(entry.model_id, ()))
