"""The band around a projection: a strategy walked through many drawn futures at once.

Neighbouring rounds share most of their scoring days, so their rates are drawn in blocks as long
as the scoring (circular block bootstrap), and a drawn round is drawn for all models together.
Amounts are whole gwei in 64-bit integers, rates whole billionths: no amount is a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.domain.stakes.projection import Band
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.earnings.expectation import RateHistory, RateSoFar
from ledger.rules.stakes.stepping import BILLION, StrategySteps, claim_wei, pending_claim
from ledger.rules.stakes.strategy_facts import active

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Amounts = NDArray[np.int64]

GWEI = 10**9
"""Wei in a gwei."""

_PARTS = 10**6
"""Stakes in gwei are split here before they are multiplied, so that 64 bits are enough."""

_PERCENT = (5, 95)
"""The percentiles that a band lies between."""


def bands(
    steps: StrategySteps,
    idle: int,
    wallet: int,
    history: RateHistory,
    so_far: Mapping[tuple[str, int], RateSoFar],
    *,
    paths: int,
    seed: int,
) -> tuple[Band, ...]:
    """The 5 %, mean and 95 % of all NMR after each close, over ``paths`` futures.

    ``idle`` and ``wallet`` in wei. The same ``seed`` draws the same futures.
    """
    import numpy as np

    draw = _Draw(steps, history, so_far, paths=paths, seed=seed)
    run = _Paths(steps, idle // GWEI, draw, paths)
    drawn = []
    for number in steps.numbers:
        at = steps.schedule.close(number)
        run.close(number)
        totals = np.sort(run.total())
        low, high = (int(totals[round(percent * (paths - 1) / 100)]) for percent in _PERCENT)
        mean = sum(map(int, totals)) // paths
        low, mean, high = (value + wallet // GWEI for value in (low, mean, high))
        amounts = (NMR.from_wei(value * GWEI) for value in (low, mean, high))
        drawn.append(Band(number, at, *amounts))
    return tuple(drawn)


class _Paths:
    """All futures side by side: amounts by (path, model) in gwei, or (1, model) where they agree.

    ``_held`` is what is in positions and claims, by path.
    """

    def __init__(self, steps: StrategySteps, idle: int, draw: _Draw, paths: int) -> None:
        import numpy as np

        self._steps, self._draw = steps, draw
        self._keep = timedelta(days=steps.facts.finalise_days)
        self._idle = np.full(paths, idle, dtype=np.int64)
        self._held = np.zeros(paths, dtype=np.int64)
        self._stakes: dict[int, Amounts] = {}
        self._waiting: list[tuple[datetime, Amounts]] = []
        settings = [steps.settings.get(key) for key in steps.models]
        self._enabled = np.array([active(entry) for entry in settings], dtype=np.bool_)
        modes = [entry is not None and entry.mode is StakeMode.COMPOUND for entry in settings]
        self._compound = np.array(modes, dtype=np.bool_) & self._enabled
        per_round = (
            entry.per_round.wei if entry is not None and entry.enabled else 0 for entry in settings
        )
        self._per_round = np.array([wei // GWEI for wei in per_round], dtype=np.int64)
        self._newest = np.full((1, len(steps.models)), -1, dtype=np.int64)
        self._begin()

    def total(self) -> Amounts:
        """Everything but the wallet, by path."""
        return self._idle + self._held

    def close(self, number: int) -> None:
        """Everything that happens until the staking of round ``number`` has closed."""
        at = self._steps.schedule.close(number)
        for due in sorted(self._stakes):
            if self._steps.schedule.resolves(due) <= at:
                self._resolve(due)
        for until, claim in self._waiting:
            if until <= at:
                self._release(claim)
        self._waiting = [entry for entry in self._waiting if entry[0] > at]
        self._stake(number)

    def _begin(self) -> None:
        """Positions and claims as they are now, the same on every path."""
        import numpy as np

        steps, shape = self._steps, self._newest.shape
        for index, key in enumerate(steps.models):
            for row in reversed(steps.rows.get(key, [])):
                if row.state.running:
                    if row.round not in self._stakes:
                        self._stakes[row.round] = np.zeros(shape, dtype=np.int64)
                    self._stakes[row.round][0, index] += row.stake.wei // GWEI
                    continue
                gwei = claim_wei(row) // GWEI
                if steps.schedule.resolves(row.round) > steps.since:
                    self._newest[0, index] = gwei
                if pending_claim(row, steps.since):
                    claim = np.zeros(shape, dtype=np.int64)
                    claim[0, index] = gwei
                    self._held += gwei
                    self._claim(claim, steps.schedule.resolves(row.round))
        for stakes in self._stakes.values():
            self._held += stakes.sum(axis=1)

    def _release(self, claim: Amounts) -> None:
        """What was held is idle."""
        nmr = claim.sum(axis=1)
        self._idle += nmr
        self._held -= nmr

    def _claim(self, claim: Amounts, resolves: datetime) -> None:
        """Claims of enabled models are idle by the next close; others wait for their time."""
        self._release(claim * self._enabled)
        if not self._enabled.all():
            self._waiting.append((resolves + self._keep, claim * ~self._enabled))

    def _resolve(self, number: int) -> None:
        import numpy as np

        stakes = self._stakes.pop(number)
        rates = self._draw.rates(number)
        whole, part = np.divmod(stakes, _PARTS)
        payout = whole * rates // (BILLION // _PARTS) + part * rates // BILLION
        claim = np.maximum(0, stakes + payout)
        self._held += (claim - stakes).sum(axis=1)
        self._newest = np.where(stakes > 0, claim, self._newest)
        self._claim(claim, self._steps.schedule.resolves(number))

    def _stake(self, number: int) -> None:
        """Each model takes what it wants, in their order, while idle lasts."""
        import numpy as np

        rolled = self._compound & (self._newest >= 0)
        stakes = np.where(rolled, self._newest, self._per_round)
        already = self._stakes.get(number)
        if already is not None:
            stakes = np.where(already > 0, 0, stakes)
        before = np.cumsum(stakes, axis=1) - stakes
        taken = np.clip(self._idle[:, None] - before, 0, stakes)
        spent = taken.sum(axis=1)
        self._idle -= spent
        self._held += spent
        self._newest = np.full((1, len(self._steps.models)), -1, dtype=np.int64)
        self._stakes[number] = taken if already is None else already + taken


class _Draw:
    """Rates by (path, model), in billionths, of any round: rows of the history in blocks."""

    def __init__(
        self,
        steps: StrategySteps,
        history: RateHistory,
        so_far: Mapping[tuple[str, int], RateSoFar],
        *,
        paths: int,
        seed: int,
    ) -> None:
        import numpy as np

        self._so_far: dict[int, tuple[Amounts, Amounts]] = {}
        running = [row.round for rows in steps.rows.values() for row in rows if row.state.running]
        self._first = min([steps.first, *running])
        count = steps.numbers.stop - self._first
        usual = history.means()
        mean = sum(usual.values()) // max(1, len(usual))
        column = {model: index for index, model in enumerate(history.models)}
        self._table = np.full((len(history.rates), len(steps.models)), mean, dtype=np.int64)
        rates = np.array(history.rates, dtype=np.int64)
        for index, model in enumerate(steps.models):
            if model in column:
                self._table[:, index] = rates[:, column[model]]
        for index, model in enumerate(steps.models):
            for row in steps.rows.get(model, ()):
                if (model, row.round) in so_far:
                    self._keep(row.round, index, so_far[model, row.round])
        self._rows = _blocks(len(history.rates), history.block, count, paths=paths, seed=seed)

    def rates(self, number: int) -> Amounts:
        """Of one round; scores that a running position has already count as they are."""
        drawn: Amounts = self._table[self._rows[:, number - self._first]]
        if number not in self._so_far:
            return drawn
        rates, share = self._so_far[number]
        return (rates * share + drawn * (BILLION - share)) // BILLION

    def _keep(self, number: int, index: int, so_far: RateSoFar) -> None:
        import numpy as np

        if number not in self._so_far:
            size = self._table.shape[1]
            zeros = np.zeros((2, size), dtype=np.int64)
            self._so_far[number] = (zeros[0], zeros[1])
        rates, shares = self._so_far[number]
        rates[index], shares[index] = so_far.rate, so_far.share


def _blocks(length: int, block: int, count: int, *, paths: int, seed: int) -> NDArray[np.int64]:
    """Which past round stands for each of ``count`` rounds, by path: circular blocks."""
    import numpy as np

    generator = np.random.default_rng(seed)
    starts = generator.integers(0, length, size=(paths, -(-count // block)))
    rows = (starts[:, :, None] + np.arange(block)) % length
    chosen: NDArray[np.int64] = rows.reshape(paths, -1)[:, :count]
    return chosen
