"""Simulated scores: moving averages of daily surprises.

A score of round ``n`` averages the daily surprises of its scoring days. Neighbouring rounds share
most of those days, so their scores are alike exactly as far as their windows overlap; models
share a market part, so they move together. Round numbers step with weekdays, so the surprise of
round ``n``'s scoring day ``k`` is simply number ``n + k - 1`` of an endless series.

Every value depends on the seed, the tournament, the model's index and the day alone: not on when
or in which order it is asked for.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ledger.domain.model import Tournament
from ledger.sandbox.world.shuffled import Shuffled, gift

Floats = NDArray[np.float64]

_BLOCK = 256
"""Random values that are drawn, and cached, at a time."""

_CHUNK = 64
"""Rounds whose scores are computed, and cached, at a time."""

_DECIMALS = 8
"""Decimal places that scores are rounded to."""

_FADE = 0.93
"""Weight of a scoring day relative to the one before, on 20-day scores. Together with
``_SHARED`` it gives autocorrelations of 0.86, 0.61, 0.36 and 0 at lags 1, 5, 10 and 20."""

_SHARED = 0.93
"""Part of a score's variance that comes from its days; the rest belongs to the round alone."""

_MARKET = {"corr": 0.73, "mmc": 0.09, "tc": 0.20}
"""Part of the variance that all models share: the correlation between two models."""

_MARKET_LINK, _OWN_LINK = 0.30, 0.792
"""How ``mmc`` follows ``corr`` in the shared and the own part; 0.47 within a model."""


@dataclass(frozen=True, slots=True)
class Skill:
    """The mean and the standard deviation (``sd``) of one model's final scores in one family."""

    mean: float
    sd: float


_SKILLS: dict[tuple[Tournament, str], tuple[tuple[float, float], tuple[float, float]]] = {
    (Tournament.CLASSIC, "corr"): ((0.0165, 0.0225), (0.0165, 0.0205)),
    (Tournament.CLASSIC, "mmc"): ((0.0024, 0.0056), (0.0065, 0.0105)),
    (Tournament.CLASSIC, "tc"): ((0.0020, 0.0100), (0.0180, 0.0260)),
    (Tournament.SIGNALS, "corr"): ((0.0040, 0.0110), (0.0110, 0.0150)),
    (Tournament.SIGNALS, "mmc"): ((0.0030, 0.0080), (0.0080, 0.0120)),
    (Tournament.SIGNALS, "tc"): ((0.0020, 0.0080), (0.0100, 0.0160)),
    (Tournament.CRYPTO, "corr"): ((0.0100, 0.0220), (0.0220, 0.0320)),
    (Tournament.CRYPTO, "mmc"): ((0.0040, 0.0120), (0.0120, 0.0190)),
}


class ScoreSource:
    """All scores of one seed; where predictors were ``shuffled`` they follow those."""

    def __init__(self, seed: int, shuffled: Shuffled | None = None) -> None:
        self.seed = seed
        self._shuffled = shuffled
        self._block = lru_cache(maxsize=65536)(self._draw_block)
        self._values = lru_cache(maxsize=65536)(lambda *at: self._block(*at).tolist())
        self._chunk = lru_cache(maxsize=8192)(self._build_chunk)
        self._skill = lru_cache(maxsize=4096)(self._draw_skill)

    def skill(self, tournament: Tournament, index: int, family: str) -> Skill:
        """How good model ``index`` is."""
        return self._skill(tournament, index, family)

    def path(
        self, tournament: Tournament, index: int, family: str, days: int, number: int
    ) -> Floats:
        """The scores of round ``number`` on each of its ``days`` scoring days; last is final."""
        if self._shuffled is not None:
            index = self._shuffled.series(tournament, index, number)
        chunk, row = divmod(number, _CHUNK)
        rows: Floats = self._chunk(tournament, index, family, days, chunk)[row]
        return rows

    def normal(self, name: str, position: int) -> float:
        """Value ``position`` of the endless standard normal series ``name``."""
        block, offset = divmod(position, _BLOCK)
        value: float = self._values(name, block)[offset]
        return value

    def uniform(self, name: str, position: int) -> float:
        """Value ``position`` of the endless series ``name``, evenly spread over 0 to 1."""
        return 0.5 * math.erfc(-self.normal(name, position) / math.sqrt(2))

    def normals(self, name: str, start: int, count: int) -> Floats:
        """``count`` values of the series ``name`` from ``start``."""
        first, last = start // _BLOCK, (start + count - 1) // _BLOCK
        values = np.concatenate([self._block(name, block) for block in range(first, last + 1)])
        offset = start - first * _BLOCK
        return values[offset : offset + count]

    def _draw_block(self, name: str, block: int) -> Floats:
        values: Floats = self._generator(name, block).standard_normal(_BLOCK)
        return values

    def _generator(self, name: str, block: int) -> np.random.Generator:
        # SFC64 is quick to seed, and a world seeds thousands of short series.
        return np.random.Generator(
            np.random.SFC64([self.seed & 0xFFFFFFFF, zlib.crc32(name.encode()), block])
        )

    def _draw_skill(self, tournament: Tournament, index: int, family: str) -> Skill:
        means, spreads = _SKILLS[tournament, family]
        mean, spread = self._generator(f"skill/{int(tournament)}/{index}/{family}", 0).random(2)
        return Skill(
            gift(index) * (means[0] + float(mean) * (means[1] - means[0])),
            spreads[0] + float(spread) * (spreads[1] - spreads[0]),
        )

    def _build_chunk(
        self, tournament: Tournament, index: int, family: str, days: int, chunk: int
    ) -> Floats:
        start = chunk * _CHUNK
        market = f"{int(tournament)}/market"
        own = f"{int(tournament)}/{index}"
        daily = self._mix(f"{market}/day", f"{own}/day", family, start, _CHUNK + days - 1)
        single = self._mix(f"{market}/round", f"{own}/round", family, start, _CHUNK)
        weights = np.power(_FADE ** (20 / days), np.arange(days))
        # Dividing by the norm of the weights so far keeps the spread the same on every day.
        norm = np.sqrt(np.cumsum(weights**2))
        shared = np.cumsum(sliding_window_view(daily, days) * weights, axis=1) / norm
        standard = math.sqrt(_SHARED) * shared + math.sqrt(1 - _SHARED) * single[:, None]
        skill = self.skill(tournament, index, family)
        rounded: Floats = np.round(skill.mean + skill.sd * standard, _DECIMALS)
        return rounded

    def _mix(self, market: str, own: str, family: str, start: int, count: int) -> Floats:
        share = _MARKET[family]
        common = self._linked(market, family, start, count, link=_MARKET_LINK)
        single = self._linked(own, family, start, count, link=_OWN_LINK)
        mixed: Floats = math.sqrt(share) * common + math.sqrt(1 - share) * single
        return mixed

    def _linked(self, name: str, family: str, start: int, count: int, *, link: float) -> Floats:
        values = self.normals(f"{name}/{family}", start, count)
        if family != "mmc":
            return values
        base = self.normals(f"{name}/corr", start, count)
        mixed: Floats = link * base + math.sqrt(1 - link * link) * values
        return mixed


def percentile(value: float, tournament: Tournament, family: str) -> float:
    """Where ``value`` stands among all participants, 0 to 1."""
    means, spreads = _SKILLS[tournament, family]
    middle, spread = 0.8 * sum(means) / 2, sum(spreads) / 2
    return round(0.5 * math.erfc((middle - value) / (spread * math.sqrt(2))), 4)
