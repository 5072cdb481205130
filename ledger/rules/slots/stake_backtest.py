"""Keep, shuffle and rebalance compared in NMR, to the wei, at each round's own terms.

Under *keep* every model stays in its slot and stakes are left alone; under *shuffle* models are
permuted every round (:mod:`ledger.rules.slots.permutations`) over slots that keep their stakes;
under *rebalance* models stay, and every K rounds stakes are brought back to equal: excess is
released, arrives when the last running round resolves and is staked on the slots below the mean; on
atomic staking the per-round stakes become equal, which takes effect as positions run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import isqrt
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.slots.backtest import NmrRange, StakeBacktest, StakeOutcome, StakeShuffles
from ledger.errors import Cancelled, TableError
from ledger.rules.rounds import calendar
from ledger.rules.rounds.payout import payout_rate
from ledger.rules.slots.permutations import Permutations
from ledger.rules.slots.stake_beginnings import beginnings
from ledger.rules.slots.stake_world import Beginning, Cut, Rates, StakeWorld, in_order
from ledger.rules.stakes.atomic import is_atomic

if TYPE_CHECKING:
    from threading import Event

    from ledger.rules.slots.permutations import Indices

SHUFFLES = 100
"""Random shuffles unless told otherwise: each is a whole run in exact arithmetic."""


@dataclass(frozen=True, slots=True)
class StakeRound:
    """The terms of round ``number``; times are UTC.

    Stakes are fixed at ``fixed`` and free again when the round ``resolves``; ``atomic`` says how it
    is staked. ``rates``: what one NMR at risk earns, by model id, after multipliers, factor and
    clip; a model without one had no score.
    """

    number: int
    fixed: datetime
    resolves: datetime
    atomic: bool
    rates: Mapping[str, Decimal]


def stake_rounds(
    performances: Iterable[tuple[Performance, Decimal | None]], closes: Mapping[int, datetime]
) -> tuple[StakeRound, ...]:
    """The resolved rounds of one tournament, oldest first, each with its own terms.

    ``performances`` come with the sum of their scores times multipliers, ``None`` without one.
    ``closes``: staking closes by round as Numerai gave them; the calendar fills in the others.
    Rounds without a known resolution, multipliers, factor or clip are left out.
    """
    rows: dict[int, list[Performance]] = {}
    rates: dict[int, dict[str, Decimal]] = {}
    for row, weighted in performances:
        settled = row.state is PayoutState.SETTLED and row.resolves is not None
        rate = _rate(row, weighted) if settled else None
        if rate is not None:
            rows.setdefault(row.round, []).append(row)
            rates.setdefault(row.round, {})[row.model_id] = rate
    return tuple(_stake_round(rows[number], rates[number], closes) for number in sorted(rows))


def concurrent_rounds(rounds: Sequence[StakeRound]) -> int:
    """How many atomic rounds run at a time at most; one without any."""
    atomic = [entry for entry in rounds if entry.atomic]
    running = (
        sum(other.fixed <= entry.fixed < other.resolves for other in atomic) for entry in atomic
    )
    return max(running, default=1)


def stake_backtest(
    rounds: Sequence[StakeRound],
    stakes: Mapping[str, NMR],
    *,
    compounding: bool = True,
    every: int = 20,
    concurrent: int | None = None,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    stop: Event | None = None,
) -> StakeBacktest:
    """Compare the policies over ``rounds``, starting with ``stakes`` by model (its own slot).

    ``every``: rounds between rebalances. ``concurrent``: how many atomic positions share a model's
    stake, read off ``rounds`` unless given (too few where ``rounds`` is short: pass
    :func:`ledger.rules.rounds.calendar.concurrent_rounds` of the score's days where those are
    known). ``progress`` is called with the runs done and to do. All is valued when every round has
    resolved.

    Raises:
        TableError: no rounds, rounds out of order, nothing staked, a stake below zero, a number
            below one, bad seed.
        Cancelled: ``stop`` was set.
    """
    _check(rounds, stakes, every, concurrent, shuffles)
    job = _Job(
        rounds,
        stakes,
        compounding=compounding,
        concurrent=concurrent or concurrent_rounds(rounds),
        progress=progress,
        stop=stop,
    )
    permutations = Permutations(seed, len(job.models))
    job.runs = shuffles + 2
    keep = job.outcome(job.rates)
    rebalance = job.outcome(job.rates, every=every)
    outcomes = job.shuffled(shuffles, lambda number: permutations.of(number, 0, shuffles))
    return StakeBacktest(
        rounds=tuple(entry.number for entry in rounds),
        models=job.models,
        start=NMR.total(stakes.values()),
        compounding=compounding,
        every=every,
        concurrent=job.concurrent,
        keep=keep,
        rebalance=rebalance,
        shuffle=StakeShuffles(
            shuffles=shuffles,
            seed=seed,
            final=_range([outcome.final for outcome in outcomes]),
            drawdown=_range([outcome.drawdown for outcome in outcomes]),
            worst_month=_range([outcome.worst_month for outcome in outcomes]),
            spread=_range([outcome.spread for outcome in outcomes]),
            example=outcomes[0],
        ),
        notes=_notes(compounding, stakes),
    )


class _Job:
    """One comparison: what every run of it shares."""

    def __init__(
        self,
        rounds: Sequence[StakeRound],
        stakes: Mapping[str, NMR],
        *,
        compounding: bool,
        concurrent: int,
        progress: Callable[[int, int], None] | None,
        stop: Event | None,
    ) -> None:
        self.models = tuple(stakes)
        self.concurrent = concurrent
        self.runs = 0
        self._done = 0
        self._start = [nmr.wei for nmr in stakes.values()]
        self._compounding = compounding
        self._progress, self._stop = progress, stop
        self._cuts = [
            Cut(entry.number, entry.fixed, entry.resolves, entry.atomic) for entry in rounds
        ]
        self.rates = {
            entry.number: Rates.of([entry.rates.get(model) for model in self.models])
            for entry in rounds
        }

    def shuffled(self, runs: int, seats: Callable[[int], Indices]) -> list[StakeOutcome]:
        """What comes of ``runs`` in which each slot has the model that ``seats`` give it in a
        round, a line for each run; the path of the first is kept."""
        begun = beginnings(
            self._start,
            self._cuts,
            self.rates,
            seats,
            runs=runs,
            compounding=self._compounding,
            stopped=self._check_stop,
        )
        to_come = {index for _, _, index in in_order(self._cuts)[begun[0].events :]}
        numbers = [self._cuts[index].number for index in sorted(to_come)]
        seated = {number: self._seated(number, seats(number)) for number in numbers}
        return [
            self.outcome(
                {number: rates[run] for number, rates in seated.items()},
                path=not run,
                begun=one,
            )
            for run, one in enumerate(begun)
        ]

    def _seated(self, number: int, seats: Indices) -> list[Rates]:
        """A round's rates by slot, for each line of ``seats``."""
        import numpy as np

        rates = self.rates[number]
        parts = np.array(rates.parts, dtype=object)[seats].tolist()
        return [Rates(line, rates.whole) for line in parts]

    def outcome(
        self,
        rates: Mapping[int, Rates],
        *,
        every: int = 0,
        path: bool = True,
        begun: Beginning | None = None,
    ) -> StakeOutcome:
        """What comes of a policy; without ``path`` its path is left out."""
        self._check_stop()
        world = StakeWorld(
            self._start,
            compounding=self._compounding,
            concurrent=self.concurrent,
            rebalance_every=every,
        )
        values = world.run(self._cuts, rates, self._check_stop, begun)
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self.runs)
        return _outcome(values, sum(self._start), world.net, path=path)

    def _check_stop(self) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Cancelled(f"Stopped after {self._done} of {self.runs} runs.")


@lru_cache(maxsize=4_096)
def _month(at: datetime) -> str:
    """``2026-03``; every run asks for the same ones."""
    return f"{at:%Y-%m}"


def _outcome(
    values: Sequence[tuple[datetime, int]], start: int, net: Sequence[int], *, path: bool
) -> StakeOutcome:
    highest, deepest = start, 0
    months: dict[str, int] = {}
    for at, value in values:
        highest = max(highest, value)
        deepest = max(deepest, highest - value)
        months[_month(at)] = value
    before = [start, *months.values()]
    changes = {
        month: value - last for (month, value), last in zip(months.items(), before, strict=False)
    }
    worst = min(changes, key=lambda month: changes[month])
    count = len(net)
    variance = count * sum(wei * wei for wei in net) - sum(net) ** 2
    return StakeOutcome(
        final=NMR.from_wei(values[-1][1]),
        drawdown=NMR.from_wei(deepest),
        worst_month=NMR.from_wei(changes[worst]),
        month=worst,
        spread=NMR.from_wei(isqrt(variance) // count),
        path=tuple((at, NMR.from_wei(value)) for at, value in values) if path else (),
    )


def _range(amounts: Sequence[NMR]) -> NmrRange:
    ranked = sorted(amounts)
    mean = NMR.total(ranked).amount / len(ranked)
    low, middle, high = (ranked[-(-level * len(ranked) // 100) - 1] for level in (5, 50, 95))
    return NmrRange(NMR.down(mean), low, middle, high)


def _stake_round(
    rows: Sequence[Performance], rates: Mapping[str, Decimal], closes: Mapping[int, datetime]
) -> StakeRound:
    number = rows[0].round
    resolves = max(row.resolves for row in rows if row.resolves is not None)
    fixed = closes.get(number) or calendar.closes_staking(number, rows[0].tournament)
    return StakeRound(number, fixed, resolves, is_atomic(rows[0].clip), rates)


def _rate(row: Performance, weighted: Decimal | None) -> Decimal | None:
    if weighted is None or row.factor is None or row.clip is None:
        return None
    return payout_rate(weighted, row.factor, row.clip)


def _check(
    rounds: Sequence[StakeRound],
    stakes: Mapping[str, NMR],
    every: int,
    concurrent: int | None,
    shuffles: int,
) -> None:
    numbers = [entry.number for entry in rounds]
    if not rounds:
        raise TableError("There is no resolved round to go by.", "Sync, or look at more rounds.")
    if numbers != sorted(set(numbers)) or any(one.fixed >= one.resolves for one in rounds):
        raise TableError("Rounds must come once, oldest first, and resolve after their close.")
    if min((nmr.wei for nmr in stakes.values()), default=0) < 0 or not any(stakes.values()):
        raise TableError("Nothing is staked.", "Give every slot a stake, or an equal one.")
    if every < 1 or shuffles < 1 or (concurrent is not None and concurrent < 1):
        raise TableError("Rounds between rebalances, rounds at a time and shuffles start at one.")


def _notes(compounding: bool, stakes: Mapping[str, NMR]) -> tuple[str, ...]:
    """What the figures can tell, and what they can't."""
    notes = [
        "Past payouts at past factors: what others staked, and so the factor, would not have "
        "changed with yours. Gas, and what free NMR earns meanwhile, are left out.",
        "With shuffling every slot gets every model in turn, so the account's total comes close "
        "to that of equal stakes without moving any NMR.",
    ]
    if len(set(stakes.values())) == 1 and not compounding:
        notes.append(
            "Stakes are equal and constant: where nothing is capped or missing, shuffling leaves "
            "the total as it is and only moves it between slots."
        )
    return tuple(notes)
