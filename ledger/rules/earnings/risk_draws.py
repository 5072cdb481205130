"""Futures of the running rounds, drawn from settled ones: a stationary bootstrap.

Neighbouring rounds share most of their scoring days, so what they pay moves together. A future
therefore strings together blocks of consecutive settled rounds: each running round stands for the
settled round after the one before it, or, one time in ``block`` on average, for any settled round
(the first follows the last). Politis and Romano, "The stationary bootstrap" (1994). Every
model takes the same settled round, so models move together as they did.

Random numbers: the words of numpy's Philox4x64-10 with key ``(seed, 2**64 - 2)`` and counter 0,
which are the same in every version of numpy. Of ``2 * draws * rounds`` words the first half says
where a block begins, the second half with which settled round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ledger.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]
    Indexes = np.ndarray[Any, np.dtype[np.int64]]

_KEY = 2**64 - 2
"""Sets this generator apart from those of shuffles and their bands."""

WORST = 20
"""One future in so many counts as the worst."""


def drawn_rounds(settled: int, running: int, *, block: int, draws: int, seed: int) -> Indexes:
    """Which of ``settled`` rounds stands for each of ``running``: shape (draws, running)."""
    import numpy as np

    generator = np.random.Philox(key=np.array([seed, _KEY], np.uint64))
    words = generator.random_raw(2 * draws * running).reshape(2, draws, running)
    begins = words[0] < np.uint64(2**64 // block) if block > 1 else np.ones(words[0].shape, bool)
    starts = (words[1] % np.uint64(settled)).astype(np.int64)
    rows: Indexes = starts.copy()
    for place in range(1, running):
        follows = (rows[:, place - 1] + 1) % settled
        rows[:, place] = np.where(begins[:, place], starts[:, place], follows)
    return rows


@dataclass(frozen=True, slots=True)
class Exposed:
    """Running rounds by (round, model): ``stakes`` in NMR, what scores show ``so_far`` per NMR,
    ``scored``, the share of the scores there is, and ``clips``, the most one NMR can earn or burn.

    ``counts`` says of which models the stakes are real; those of others are only tried.
    """

    stakes: Array
    so_far: Array
    scored: Array
    clips: Array
    counts: Array


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of it: the ``worst`` total of one future in twenty, and by model the means
    ``expected``, over all futures, and ``shortfall``, over the worst, in NMR.

    ``variance`` is each model's part of the total's, ``None`` where that never moves.
    """

    worst: np.float64
    expected: Array
    shortfall: Array
    variance: Array | None


def drawn(rates: Array, exposed: Exposed, rows: Indexes) -> Drawn:
    """Follow every future of ``rows``; ``rates`` are settled rounds by model, without gaps.

    Sums over futures are taken over the settled rounds they are made of, which are few.
    """
    import numpy as np

    total = np.zeros(len(rows))
    for place, paid in enumerate(_paid(rates, exposed)):
        total += (paid @ exposed.counts)[rows[:, place]]
    ranked = np.argsort(total, kind="stable")
    worst = np.zeros(len(rows))
    worst[ranked[: len(rows) // WORST]] = 1
    off = total - total.mean()
    weights = np.stack([np.ones(len(rows)), worst / worst.sum(), off])
    sums = np.zeros((3, rates.shape[1]))
    for place, paid in enumerate(_paid(rates, exposed)):
        times = [np.bincount(rows[:, place], row, minlength=len(rates)) for row in weights]
        sums += np.stack(times) @ paid
    moves = off @ off
    still = moves <= _STILL * len(rows)
    return Drawn(
        worst=total[ranked[len(rows) // WORST - 1]],
        expected=sums[0] / len(rows),
        shortfall=sums[1],
        variance=None if still else sums[2] * exposed.counts / moves,
    )


_STILL = 1 / 10**24
"""A variance below that, of NMR or of rates, is what rounding leaves of none."""


def _paid(rates: Array, exposed: Exposed) -> Iterator[Array]:
    """What each running round pays, should it end like each settled one: (settled, model)."""
    import numpy as np

    for stakes, so_far, scored, clips in zip(
        exposed.stakes, exposed.so_far, exposed.scored, exposed.clips, strict=True
    ):
        blended = so_far * scored + rates * (1 - scored)
        yield np.clip(blended, -clips, clips) * stakes


def filled(rates: Array) -> Array:
    """``rates`` (settled, model) without gaps.

    Where a model took no part it is given its own mean, moved by how far the others were off
    theirs in that round.
    """
    import numpy as np

    there = ~np.isnan(rates)
    means = np.nanmean(rates, axis=0)
    off = np.where(there, rates - means, 0)
    moved = off.sum(axis=1) / np.maximum(1, there.sum(axis=1))
    result: Array = np.where(there, rates, means + moved[:, None])
    return result


def correlation(rates: Array, fewest: int) -> Array:
    """Between all models, each pair over the rounds both took part in.

    NaN where those are fewer than ``fewest``, or one of the two never moved in them.
    """
    import numpy as np

    there = ~np.isnan(rates)
    mask = there.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(there, rates, 0).sum(axis=0) / mask.sum(axis=0)
        values = np.where(there, rates - means, 0)
        shared = mask.T @ mask
        sums = values.T @ mask
        squares = (values**2).T @ mask - sums**2 / shared
        moved = values.T @ values - sums * sums.T / shared
        ratio = moved / np.sqrt(squares * squares.T)
        still = squares <= _STILL * shared
    ratio[(shared < fewest) | still | still.T] = np.nan
    result: Array = np.clip(ratio, -1, 1)
    return result


def sharpe(rates: Array, lag: int) -> tuple[np.float64, np.float64] | None:
    """Mean over standard deviation of ``rates``, and the standard error of that.

    The error is Lo's for returns that depend on each other ("The statistics of Sharpe ratios",
    2002): the long-run variance of the ratio's influence, with Newey and West's weights up to
    ``lag`` rounds apart, and never less than that of rounds that do not depend on each other.
    ``None`` where the rates never moved.
    """
    import numpy as np

    off = rates - rates.mean()
    variance = (off**2).mean()
    if variance <= _STILL:
        return None
    ratio = rates.mean() / np.sqrt(variance)
    influence = off / np.sqrt(variance) - ratio / 2 * (off**2 / variance - 1)
    count = len(rates)
    alone = influence @ influence / count
    shared = [
        (1 - apart / (lag + 1)) * (influence[apart:] @ influence[:-apart]) / count
        for apart in range(1, min(lag, count - 1) + 1)
    ]
    return ratio, np.sqrt((alone + 2 * max(sum(shared), 0)) / count)
