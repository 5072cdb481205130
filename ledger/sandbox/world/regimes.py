"""Which scores pay in which round, and how much: the simulated server's own settings.

This is data of the sandbox, not knowledge of the ledger: the ledger reads multipliers, factor
and clip from each round, as it has to with the real Numerai. Every payout figure the sandbox
ever serves comes from :data:`REGIMES`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """A score of a tournament by ``name`` and ``version``, complete after so many ``days``.

    ``family`` names the latent signal it follows (see ``scores``).
    """

    name: str
    version: str
    family: str
    days: int


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of a tournament's rounds from ``first`` on.

    ``pays`` maps paying scores to multipliers, ``kinds`` holds all scores, paying ones first;
    ``score_days`` is how many daily scores a round has until it resolves; ``total`` is the NMR
    other participants have at risk, around which the payout factor moves.
    ``threshold`` is ``None`` where the factor is always 1.
    """

    tournament: Tournament
    first: int
    system: System
    pays: tuple[tuple[str, Decimal], ...]
    clip: Decimal
    threshold: NMR | None
    total: NMR
    kinds: tuple[ScoreKind, ...]
    score_days: int


KINDS = {
    kind.name: kind
    for kind in (
        ScoreKind("v2_corr20", "v5.2", "corr", 20),
        ScoreKind("mmc", "v5.2", "mmc", 20),
        ScoreKind("tc", "v4", "tc", 20),
        ScoreKind("corr60", "v6.0", "corr", 60),
        ScoreKind("mmc60", "v6.0", "mmc", 60),
        ScoreKind("alpha", "v2.0", "corr", 20),
        ScoreKind("mpc", "v2.0", "mmc", 20),
        ScoreKind("ic_v2", "v1.0", "tc", 20),
        ScoreKind("alpha60", "v3.0", "corr", 60),
        ScoreKind("mpc60", "v3.0", "mmc", 60),
        ScoreKind("canon_corr", "v1.0", "corr", 20),
        ScoreKind("canon_mmc", "v1.0", "mmc", 20),
    )
}
"""All scores of all tournaments by name."""


def _regime(
    tournament: Tournament,
    first: int,
    pays: dict[str, str],
    also: tuple[str, ...],
    *,
    clip: str,
    threshold: int | None,
    total: int,
) -> Regime:
    return Regime(
        tournament=tournament,
        first=first,
        system=System.ATOMIC if threshold is None else System.CONTINUOUS,
        pays=tuple((name, Decimal(multiplier)) for name, multiplier in pays.items()),
        clip=Decimal(clip),
        threshold=None if threshold is None else NMR(threshold),
        total=NMR(total),
        kinds=tuple(KINDS[name] for name in (*pays, *also)),
        score_days=max(KINDS[name].days for name in pays),
    )


_C, _S, _Y = Tournament.CLASSIC, Tournament.SIGNALS, Tournament.CRYPTO

# fmt: off
REGIMES: tuple[Regime, ...] = (
    _regime(_C,  340, {"v2_corr20": "1", "tc": "1"}, ("mmc",),
            clip="0.25", threshold=300_000, total=1_400_000),
    _regime(_C,  475, {"v2_corr20": "0.5", "tc": "0.5"}, ("mmc",),
            clip="0.05", threshold=72_000, total=900_000),
    _regime(_C,  650, {"v2_corr20": "0.5", "mmc": "2"}, (),
            clip="0.05", threshold=72_000, total=650_000),
    _regime(_C, 1175, {"v2_corr20": "0.75", "mmc": "2.25"}, ("corr60", "mmc60"),
            clip="0.05", threshold=72_000, total=640_000),
    _regime(_C, 1343, {"corr60": "3", "mmc60": "15"}, ("v2_corr20", "mmc"),
            clip="1", threshold=None, total=9_000),
    _regime(_S,  340, {"ic_v2": "0.5", "mpc": "1"}, ("alpha",),
            clip="0.05", threshold=36_000, total=210_000),
    _regime(_S, 1085, {"alpha": "0.3", "mpc": "0.8"}, ("ic_v2",),
            clip="0.017", threshold=36_000, total=170_000),
    _regime(_Y,  340, {"canon_mmc": "1"}, ("canon_corr",),
            clip="0.05", threshold=10_000, total=26_000),
    _regime(_Y, 1280, {"canon_corr": "0.1", "canon_mmc": "1"}, (),
            clip="1", threshold=None, total=1_100),
)
# fmt: on
"""Oldest first within each tournament. 475: 2023-05-02, 650: 2024-01-02, 1085: 2025-09-02,
1175: 2026-01-06, 1280: 2026-06-02, 1343: 2026-08-28. Shares of 2023 are halved to the multipliers
a model had by default."""


_SIGNALS_ATOMIC = _regime(_S, 0, {"alpha60": "1", "mpc60": "4"}, ("alpha", "mpc", "ic_v2"),
                          clip="1", threshold=None, total=2_600)  # fmt: skip
"""What Signals pays once it is told to move: nobody knows yet, so it resembles Classic."""


@cache
def regime_of(tournament: Tournament, number: int, atomic_from: int | None = None) -> Regime:
    """The regime round ``number`` is paid by.

    ``atomic_from`` is the first round of a tournament that was told to move to atomic staking.

    Raises:
        ValueError: the tournament had no such round.
    """
    fitting = [r for r in REGIMES if r.tournament is tournament and r.first <= number]
    if not fitting:
        raise ValueError(f"no {tournament.label} round {number}")
    usual = fitting[-1]
    if atomic_from is None or number < atomic_from or usual.system is System.ATOMIC:
        return usual
    return replace(_moved(tournament), first=atomic_from)


def _moved(tournament: Tournament) -> Regime:
    atomic = (r for r in REGIMES if r.tournament is tournament and r.system is System.ATOMIC)
    return next(atomic, _SIGNALS_ATOMIC)
