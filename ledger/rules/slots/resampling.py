"""Confidence bands for cumulative scores whose rounds overlap: a circular block bootstrap.

A resample strings together blocks of consecutive rounds, each starting anywhere (the first round
follows the last), until there are as many rounds as before; so scores that share days stay
together. Politis and Romano, "A circular block-resampling procedure for stationary data" (1992).

Bands are from the 5th to the 95th percentile. Spreads are of keep, and for shuffle the root mean
square over all shuffles, which is exact: with independent permutations it is the root of the
sum over rounds of the population variance between models. A resampled spread of keep is too
wide, because the resampling's noise comes on top of that of the scores (by a factor of up to
the root of two); so the percentiles of spreads are scaled by the spread found over the
resampled median. Read them as how far the figure would vary over rounds like these.

Random numbers: resample ``b`` starts its blocks at the words ``b * blocks`` and following of
numpy's Philox4x64-10 with key ``(seed, 2**64 - 1)`` and counter 0, each modulo the number of
rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.domain.slots.backtest import Band

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

RESAMPLES = 1_000
"""Resamples; the level of a percentile is then good to about one in a hundred."""

_KEY = 2**64 - 1
"""Sets this generator apart from that of the shuffles, which has the same seed."""

_LEVELS = (5, 95)
"""The percentiles that a band lies between."""


@dataclass(frozen=True, slots=True)
class Bands:
    """90 % bands, by resampling rounds in blocks.

    ``keep`` and ``shuffle`` are of the spread when models are kept and when they are shuffled,
    ``average`` is of the average's final value.
    """

    keep: Band
    shuffle: Band
    average: Band


def bootstrap(
    filled: Array, average: Array, *, block: int, seed: int, resamples: int = RESAMPLES
) -> Bands:
    """Bands for ``filled`` (rounds, models), missing scores as 0, and ``average`` (rounds).

    ``block`` is cut to the number of rounds.
    """
    import numpy as np

    times = resample_counts(len(filled), min(block, len(filled)), resamples, seed)
    kept = (times @ filled).std(axis=1)
    shuffled = np.sqrt(times @ filled.var(axis=1))
    low, high = np.percentile(times @ average, _LEVELS).tolist()
    return Bands(
        keep=_around(filled.sum(axis=0).std(), kept),
        shuffle=_around(np.sqrt(filled.var(axis=1).sum()), shuffled),
        average=Band(low, high),
    )


def resample_counts(rounds: int, block: int, resamples: int, seed: int) -> Array:
    """How often each round comes in each resample: shape (resamples, rounds)."""
    import numpy as np

    blocks = -(-rounds // block)
    generator = np.random.Philox(key=np.array([seed, _KEY], np.uint64))
    starts = generator.random_raw(resamples * blocks) % np.uint64(rounds)
    steps = np.arange(blocks * block) % block
    chosen = np.repeat(starts.reshape(resamples, blocks).astype(np.int64), block, axis=1)
    chosen = ((chosen + steps) % rounds)[:, :rounds]
    chosen += np.arange(resamples)[:, None] * rounds
    counts = np.bincount(chosen.ravel(), minlength=resamples * rounds)
    return counts.reshape(resamples, rounds).astype(np.float64)


def _around(observed: np.float64, resampled: Array) -> Band:
    """The percentiles scaled so that the median is ``observed``."""
    import numpy as np

    low, middle, high = np.percentile(resampled, (_LEVELS[0], 50, _LEVELS[1]))
    scale = observed / middle if middle else np.float64(1)
    return Band((low * scale).item(), (high * scale).item())
