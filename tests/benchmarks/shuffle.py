"""The vectorised backtest beside the loop one would write with pandas.

Both run on one core; what is measured is processor time, whatever else the machine does.
"""

from __future__ import annotations

import time
from decimal import Decimal

from ledger.domain.slots.backtest import ScoreTable
from ledger.rules.slots.backtest import backtest

ROUNDS, MODELS = 350, 32


def example(rounds: int = ROUNDS, models: int = MODELS) -> ScoreTable:
    """Scores with a quarter of the cells missing."""
    import numpy as np

    generator = np.random.Generator(np.random.Philox(1))
    scores = generator.normal(0.018, 0.02, (rounds, models)).round(6)
    holes = generator.random((rounds, models)) < 0.25
    return ScoreTable(
        tuple(range(1000, 1000 + rounds)),
        tuple(f"MODEL_{number:02}" for number in range(models)),
        tuple(
            tuple(None if hole else Decimal(str(score)) for score, hole in zip(*row, strict=True))
            for row in zip(scores.tolist(), holes.tolist(), strict=True)
        ),
    )


def vectorised(table: ScoreTable, shuffles: int) -> float:
    """Seconds for everything the backtest reports, the best of five."""
    times = []
    for _ in range(5):
        started = time.process_time()
        backtest(table, shuffles=shuffles)
        times.append(time.process_time() - started)
    return min(times)


def pandas_loop(table: ScoreTable, shuffles: int) -> float:
    """Seconds for the spreads alone: one copy per shuffle, one shuffle per round."""
    import numpy as np
    import pandas as pd

    rows = [[None if cell is None else float(cell) for cell in row] for row in table.values]
    scores = pd.DataFrame(rows, index=table.rounds, columns=table.models, dtype=float)
    generator = np.random.default_rng(0)
    started = time.process_time()
    spreads = []
    for _ in range(shuffles):
        shuffled = scores.copy()
        for number in shuffled.index:
            shuffled.loc[number] = generator.permutation(shuffled.loc[number].to_numpy())
        spreads.append(shuffled.fillna(0).cumsum().iloc[-1].std(ddof=0))
    return time.process_time() - started
