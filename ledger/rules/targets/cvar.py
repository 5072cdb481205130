"""The weights whose worst rounds hurt least: minimum conditional value at risk.

Rockafellar and Uryasev's linear programme: with scores ``r[t, i]`` of round ``t`` and model
``i``, minimise ``a + sum(u) / (level * rounds)`` over weights ``w``, threshold ``a`` and excess
losses ``u[t] >= -r[t] @ w - a, u >= 0``. The optimum is the mean loss of the worst ``level`` of
the rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.domain.nmr import NMR, ZERO
from ledger.errors import ChangeError
from ledger.rules.targets.weights import History, Weights

LEVEL = Decimal("0.05")
"""The share of the rounds that counts as the worst."""

_GRAIN = 10**9
"""The solver's tolerance: what is finer than 1 in this is noise, not a weight."""


def comparable(history: History, names: Sequence[str]) -> list[str]:
    """Those of ``names`` that were scored in at least half of the rounds looked at.

    The others can't be judged beside them: a late start would look like safety.
    """
    rounds = {number for name in names for number in history.get(name, {})}
    return [name for name in names if 2 * len(history.get(name, {})) >= max(1, len(rounds))]


def min_cvar(
    history: History,
    names: Sequence[str],
    total: NMR,
    *,
    floor: NMR = ZERO,
    cap: NMR | None = None,
    level: Decimal = LEVEL,
) -> Weights:
    """Weights of ``names`` that minimise the mean loss in the worst ``level`` of the rounds.

    A round a comparable model was not scored in pays it nothing; a model that is not comparable
    has no weight beyond ``floor``. Bounds are those ``total`` is spread in afterwards.

    Raises:
        ChangeError: scipy is not installed, no model is comparable, or the bounds leave no way.
    """
    optimize = _scipy()
    import numpy as np

    models = comparable(history, names)
    rounds = sorted({number for name in models for number in history[name]})
    if not models or not rounds or not total:
        raise ChangeError(
            "There are not enough resolved rounds to go by.", "Look at more rounds, or unlock rows."
        )
    low, high = _bounds(total, len(names), len(models), floor, cap)
    scores = np.array(
        [[history[name].get(number, Decimal(0)) for name in models] for number in rounds],
        dtype=np.float64,
    )
    count, size = scores.shape
    cost = np.concatenate(
        [np.zeros(size), np.ones(1), np.full(count, 1 / (np.float64(level) * count))]
    )
    losses = np.hstack([-scores, -np.ones((count, 1)), -np.eye(count)])
    budget = np.concatenate([np.ones(size), np.zeros(1 + count)])[None, :]
    result = optimize.linprog(
        cost,
        A_ub=losses,
        b_ub=np.zeros(count),
        A_eq=budget,
        b_eq=np.ones(1),
        bounds=[(low, high)] * size + [(None, None)] + [(0, None)] * count,
        method="highs",
    )
    if not result.success:
        raise ChangeError("No weights fit within floor and cap.", "Lower the floor, raise the cap.")
    return {
        name: Fraction(max(0, round(Fraction(weight.item()) * _GRAIN)), _GRAIN)
        for name, weight in zip(models, result.x[:size], strict=True)
    }


def _bounds(
    total: NMR, rows: int, models: int, floor: NMR, cap: NMR | None
) -> tuple[Fraction, Fraction]:
    """Floor and cap as shares of what the comparable models get; the others get the floor."""
    rest = Fraction((total - floor.times(rows - models)).wei)
    if rest <= 0:
        raise ChangeError("The floors take the whole total.", "Lower the floor, or lock some rows.")
    high = Fraction(1) if cap is None else min(Fraction(1), Fraction(cap.wei) / rest)
    return Fraction(floor.wei) / rest, max(high, Fraction(1, models))


def _scipy() -> Any:
    """scipy's optimizer.

    Raises:
        ChangeError: it is not installed.
    """
    try:
        from scipy import optimize
    except ImportError as error:
        raise ChangeError(
            "Minimum CVaR needs scipy, which is not installed.",
            'Install it with: pip install "numstake-tui[optimise]"',
        ) from error
    return optimize
