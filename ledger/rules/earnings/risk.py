"""What the running rounds may bring together, from how the account's own rounds ended.

Every running round of every model is followed through futures that are drawn from settled rounds
(:mod:`ledger.rules.earnings.risk_draws`): the scores it has already count by their share, the
drawn round's rate stands for those to come, and the round's own clip bounds both. A rate is what
one NMR at risk really earned, by the multipliers, factor and clip of its time.

Floats stay in here: what is estimated leaves with six places, ready to be marked as an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.risk import (
    ModelRisk,
    Outlook,
    RiskBasis,
    RiskFigures,
    Sharpe,
    TournamentRisk,
)
from ledger.rules.earnings import estimated, risk_draws
from ledger.rules.earnings.drawdown import drawdown
from ledger.rules.earnings.risk_facts import Column, RiskFacts, Running, Settled, columns

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

FEWEST = 60
"""Settled rounds it takes at least: three months of daily ones; more where rounds run longer."""

OVERLAPS = 2
"""A drawn block is on average so many times as long as rounds run: most futures then hold the
running rounds in one or two pieces."""

DRAWS = 5_000
"""Futures; the mean of the worst twentieth then rests on 250."""

SEED = 1
"""The same figures come of the same ledger."""


def estimate(facts: RiskFacts, *, draws: int = DRAWS, seed: int = SEED) -> RiskFigures:
    """All figures, from ``draws`` futures; the same ``seed`` draws the same ones."""
    import numpy as np

    every = columns(facts)
    settled = Settled.of(every)
    needed = max(FEWEST, facts.at_once)
    able = np.flatnonzero([len(column.staked) >= needed for column in every])
    used = np.flatnonzero(~np.isnan(settled.rates[:, able]).all(axis=1))
    numbers = [settled.numbers[place] for place in used.tolist()]
    basis = RiskBasis(
        computed=facts.computed,
        revision=facts.revision,
        rounds=len(numbers),
        needed=needed,
        oldest=numbers[0] if numbers else None,
        newest=numbers[-1] if numbers else None,
        draws=draws,
        block=OVERLAPS * facts.at_once,
        seed=seed,
    )
    futures = _futures([every[place] for place in able], settled.rates[used][:, able], basis)
    models = _models(facts, every, settled.rates, futures, basis)
    fallen = drawdown(zip(settled.numbers, settled.paid, strict=True)) if settled.paid else None
    return replace(
        _whole(every, models, futures, basis),
        sharpe=_sharpe(settled.whole, basis, facts.at_once),
        drawdown=fallen,
        **_correlations(every, settled.rates, models, needed),
    )


def _correlations(
    every: Sequence[Column], rates: Array, models: Sequence[ModelRisk], needed: int
) -> dict[str, Any]:
    """Between the models that have enough rounds, in the order of ``models``."""
    import numpy as np

    places = {column.model.id: place for place, column in enumerate(every)}
    kept = [row.model_id for row in models if row.rounds >= needed]
    chosen = np.array([places[model_id] for model_id in kept], np.int64)
    table = risk_draws.correlation(rates[:, chosen], needed)
    return {"correlated": tuple(kept), "correlations": estimated.thousandths(table)}


# What the models add


class _Futures:
    """What the running rounds come to in all drawn futures, in parts by model id."""

    def __init__(self, able: Sequence[Column], rates: Array, basis: RiskBasis) -> None:
        running = _running_numbers(able)
        exposed = _exposed(able, running)
        rows = risk_draws.drawn_rounds(
            len(rates), len(running), block=basis.block, draws=basis.draws, seed=basis.seed
        )
        self._drawn = risk_draws.drawn(risk_draws.filled(rates), exposed, rows)
        self._exposure = exposed.stakes.sum(axis=0)
        self._places = {column.model.id: place for place, column in enumerate(able)}
        self.worst = estimated.nmr(self._drawn.worst)
        parts = self._drawn.variance
        self.variance = None if parts is None else estimated.adding_up(parts.tolist())

    def told(self, row: ModelRisk) -> ModelRisk:
        """``row`` with its parts; of a model that nothing runs of, no more than its rates."""
        place = self._places.get(row.model_id)
        if place is None:
            return row
        expected, shortfall = self._drawn.expected[place], self._drawn.shortfall[place]
        exposure = self._exposure[place]
        if exposure:
            row = replace(
                row,
                expected_rate=estimated.decimal(expected / exposure),
                shortfall_rate=estimated.decimal(shortfall / exposure),
            )
        if not row.exposure:
            return replace(row, expected=ZERO, shortfall=ZERO, variance=Decimal(0))
        variance = None if self.variance is None else self.variance[place]
        return replace(
            row,
            expected=estimated.nmr(expected),
            shortfall=estimated.nmr(shortfall),
            variance=variance,
        )


def _futures(able: Sequence[Column], rates: Array, basis: RiskBasis) -> _Futures | None:
    """``None`` where nothing runs, or no model has enough settled rounds."""
    return _Futures(able, rates, basis) if _running_numbers(able) else None


def _running_numbers(kept: Iterable[Column]) -> list[int]:
    return sorted({entry.number for column in kept for entry in column.running})


def _exposed(able: Sequence[Column], numbers: Sequence[int]) -> risk_draws.Exposed:
    """Running rounds as tables. A model that has nothing at risk is tried with 1 NMR, spread over
    the running rounds of its tournament."""
    import numpy as np

    stakes, so_far, scored, clips = np.zeros((4, len(numbers), len(able)))
    at = {number: row for row, number in enumerate(numbers)}
    fresh: dict[Tournament, dict[int, Running]] = {}
    for column in able:
        fresh.setdefault(column.model.tournament, {}).update(
            {entry.number: entry for entry in column.running}
        )
    real = [bool(column.exposure) for column in able]
    for place, (column, is_real) in enumerate(zip(able, real, strict=True)):
        others = fresh[column.model.tournament].values()
        for entry in column.running if is_real else others:
            row = at[entry.number]
            clips[row, place] = entry.clip
            if not is_real:
                stakes[row, place] = Decimal(1) / len(others)
            elif entry.at_risk:
                stakes[row, place] = entry.at_risk
                if entry.payout is not None:
                    so_far[row, place] = entry.payout / entry.at_risk
                    scored[row, place] = entry.scored
    return risk_draws.Exposed(stakes, so_far, scored, clips, np.array(real, np.float64))


def _models(
    facts: RiskFacts,
    every: Sequence[Column],
    rates: Array,
    futures: _Futures | None,
    basis: RiskBasis,
) -> tuple[ModelRisk, ...]:
    """The largest loss first."""
    committed = NMR.total(column.committed for column in every)
    rows = []
    for place, column in enumerate(every):
        row = ModelRisk(
            model_id=column.model.id,
            name=facts.names[column.model.id],
            tournament=column.model.tournament,
            at_risk=column.committed,
            exposure=column.exposure,
            unknown=column.unknown,
            share=_share(column.committed, committed),
            rounds=len(column.staked),
            expected=None,
            shortfall=None,
            variance=None,
            expected_rate=None,
            shortfall_rate=None,
            sharpe=_sharpe(rates[:, place], basis, column.at_once),
            drawdown=drawdown(column.settled.items()) if column.settled else None,
            why=_too_few(len(column.staked), basis.needed),
        )
        rows.append(row if futures is None else futures.told(row))
    return tuple(sorted(rows, key=_rank))


def _rank(row: ModelRisk) -> tuple[bool, bool, Decimal, Decimal, str, str]:
    lost = row.shortfall
    return (
        not row.exposure and not row.unknown,
        lost is None,
        lost.amount if lost is not None else Decimal(0),
        -row.at_risk.amount,
        row.name.casefold(),
        row.model_id,
    )


# The whole


def _whole(
    every: Sequence[Column],
    models: tuple[ModelRisk, ...],
    futures: _Futures | None,
    basis: RiskBasis,
) -> RiskFigures:
    covered_rows = [row for row in models if row.shortfall is not None]
    at_risk = NMR.total(row.at_risk for row in models)
    outlook = None
    if futures is not None and any(row.exposure for row in covered_rows):
        shortfall = _total(row.shortfall for row in covered_rows)
        outlook = Outlook(
            expected=_total(row.expected for row in covered_rows),
            worst=max(futures.worst, shortfall),
            shortfall=shortfall,
        )
    return RiskFigures(
        basis=basis,
        at_risk=at_risk,
        covered=NMR.total(row.at_risk for row in covered_rows),
        limit=NMR.total(column.limit for column in every),
        unknown=sum(row.unknown for row in models),
        outlook=outlook,
        why=None if outlook is not None else _why(models, basis),
        models=models,
        tournaments=_tournaments(every, models, at_risk),
        effective_models=_effective([row.share for row in models if row.share]),
        sharpe=None,
        drawdown=None,
    )


def _why(models: Sequence[ModelRisk], basis: RiskBasis) -> str:
    """Why there is no outlook."""
    staked = [row for row in models if row.exposure]
    if not staked:
        return "No running round has anything at risk, as far as Numerai tells."
    most = max(row.rounds for row in staked)
    return f"It takes {basis.needed} settled rounds of a staked model; the most of any is {most}."


def _too_few(rounds: int, needed: int) -> str | None:
    if rounds >= needed:
        return None
    return f"It takes {needed} settled rounds with a stake; there are {rounds}."


def _tournaments(
    every: Sequence[Column], models: Sequence[ModelRisk], at_risk: NMR
) -> tuple[TournamentRisk, ...]:
    rows = []
    for tournament in sorted({row.tournament for row in models}):
        own = [row for row in models if row.tournament is tournament]
        covered_rows = [row for row in own if row.shortfall is not None]
        parts = [row.variance for row in covered_rows if row.variance is not None]
        committed = NMR.total(row.at_risk for row in own)
        kept = (column for column in every if column.model.tournament is tournament)
        rows.append(
            TournamentRisk(
                tournament=tournament,
                running=len(_running_numbers(kept)),
                at_risk=committed,
                share=_share(committed, at_risk),
                expected=_total(row.expected for row in covered_rows) if covered_rows else None,
                shortfall=_total(row.shortfall for row in covered_rows) if covered_rows else None,
                variance=sum(parts, Decimal(0)) if parts else None,
            )
        )
    return tuple(rows)


def _effective(shares: Sequence[Decimal]) -> Decimal | None:
    """One over the sum of squared shares (the inverse of Herfindahl's index)."""
    if not shares:
        return None
    return round(1 / sum((share * share for share in shares), Decimal(0)), 2)


def _share(part: NMR, whole: NMR) -> Decimal | None:
    return round(part.over(whole), estimated.PLACES) if whole else None


# From floats


def _sharpe(rates: Array, basis: RiskBasis, at_once: int) -> Sharpe | None:
    """``None`` from too few rounds, and of those that never moved."""
    import numpy as np

    there = rates[~np.isnan(rates)]
    if len(there) < basis.needed:
        return None
    known = risk_draws.sharpe(there, at_once - 1)
    if known is None:
        return None
    ratio, error = known
    return Sharpe(estimated.decimal(ratio), estimated.decimal(error), len(there))


def _total(amounts: Iterable[NMR | None]) -> NMR:
    return NMR.total(amount for amount in amounts if amount is not None)
