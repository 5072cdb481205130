"""The default world: one account with models in all three tournaments and a year behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.rounds import calendar
from ledger.sandbox.world import continuous, scenes
from ledger.sandbox.world.schedule import identify, plan
from ledger.sandbox.world.shuffled import Shuffled
from ledger.sandbox.world.state import Slot, Strategy
from ledger.sandbox.world.world import World

DEFAULT_MODELS = 32
"""Models of the default account in all three tournaments."""

DEFAULT_ROUNDS = 260
"""Rounds of history of the default account: about a year."""

USERNAME = "demo_quant"
"""The name of the account that every sandbox shows."""

_STONES = (
    "alder", "basalt", "cobalt", "dune", "ember", "fjord", "garnet", "heron", "indigo", "juniper",
    "kestrel", "lichen", "marlin", "nimbus", "onyx", "petrel", "quartz", "raven", "sable", "tern",
    "umber", "violet", "willow", "xenon", "yarrow", "zephyr", "aspen", "birch", "cedar", "delta",
    "elm", "flint", "gale", "hazel", "iris", "jasper",
)  # fmt: skip
_TAGS = ("", "_v5", "_mmc", "_60", "_faith", "_lgbm", "_ens", "_neutral", "_deep", "_ridge")

_STAKE_RANGE = (0.5, 250.0)
"""The smallest and the largest stake that a model begins with, in NMR."""

_FREE_NMR = NMR("150.25")
"""NMR that the account's wallet at Numerai begins with."""

_ON_CHAIN = NMR("85.5")
"""NMR that the owner's wallet on chain begins with."""

_PENDING_RELEASE_AGE = timedelta(days=9)
"""How long ago the pending releases of the default world were asked for."""

_ARCHIVED_FROM = 8
"""The smallest account that has an archived model beside the others."""


def shares(models: int) -> dict[Tournament, int]:
    """How ``models`` spread over the tournaments: 20 to 8 to 4."""
    signals = models * 8 // DEFAULT_MODELS
    crypto = models * 4 // DEFAULT_MODELS
    return {
        Tournament.CLASSIC: models - signals - crypto,
        Tournament.SIGNALS: signals,
        Tournament.CRYPTO: crypto,
    }


def build(
    *,
    seed: int = 1,
    models: int = DEFAULT_MODELS,
    rounds: int = DEFAULT_ROUNDS,
    now: datetime,
    payouts: bool = True,
    shuffled_until: int | None = None,
) -> World:
    """A world at ``now`` with ``rounds`` rounds of history in each tournament.

    Besides ordinary models it has one without stake, an archived one, models that started late
    or skip rounds, and in Signals a pending release and a pending increase. Where staking is
    atomic it has compound and disabled models, one that stopped submitting, one that owes a
    burn, and in Classic idle NMR that runs out (see ``scenes``). With ``shuffled_until``
    predictors moved between some Classic slots up to that round.

    Raises:
        ValueError: ``now`` lies before daily rounds.
    """
    if calendar.latest_round(now) < calendar.FIRST_DAILY_ROUND:
        raise ValueError("a world can begin after 2022-10-25 12:00 UTC, with daily rounds")
    first = max(calendar.FIRST_DAILY_ROUND, calendar.latest_round(now) - rounds + 1)
    start = calendar.opens(first) - timedelta(days=1)
    shuffled = None if shuffled_until is None else Shuffled(seed, shuffled_until)
    world = World(seed=seed, username=USERNAME, start=start, payouts=payouts, shuffled=shuffled)
    names = _names(models + 1)
    for tournament, count in shares(models).items():
        slots = [
            _slot(world, tournament, i, next(names), _begin(world, tournament, i, first, rounds))
            for i in range(count)
        ]
        if tournament is Tournament.CLASSIC and models >= _ARCHIVED_FROM:
            slots.append(_archived(world, count, next(names), first))
        if tournament is Tournament.CRYPTO and len(slots) > 1:
            scenes.stop_submitting(world, slots[-1], now)
        world.add_tournament(tournament, slots, first)
    world.deposit(_FREE_NMR)
    world.deposit_on_chain(_ON_CHAIN)
    _liven(world, now)
    return world


def _liven(world: World, now: datetime) -> None:
    """Live through the history, with the changes that are pending at its end."""
    signals = [s for s in world.tournaments[Tournament.SIGNALS].slots if s.stake]
    world.advance_to(max(world.now, now - _PENDING_RELEASE_AGE))
    continuous_now = world.tournaments[Tournament.SIGNALS].system is System.CONTINUOUS
    if continuous_now and len(signals) > 1 and signals[1].stake:
        continuous.release(world, signals[1], _round(signals[1].stake.times(Decimal("0.25"))))
    world.advance_to(max(world.now, now - scenes.RAISED_BEFORE))
    scenes.run_short(world, world.tournaments[Tournament.CLASSIC], now)
    world.advance_to(now)
    if world.payouts:
        scenes.owe_a_burn(world.tournaments[Tournament.CRYPTO])
    if continuous_now and len(signals) > 2:
        continuous.increase(world, signals[2], NMR("12.5"))


def _names(count: int) -> Iterator[str]:
    for number in range(count):
        tag = _TAGS[(number * 7 + number // len(_STONES)) % len(_TAGS)]
        lap = number // (len(_STONES) * len(_TAGS))
        yield f"{_STONES[number % len(_STONES)]}{tag}{lap or ''}"


def _begin(world: World, tournament: Tournament, index: int, first: int, rounds: int) -> int:
    """The first round a model takes part in: two in five start late."""
    draw = world.scores.uniform(f"{int(tournament)}/begin", index)
    return first + max(0, int((draw - 0.6) * 1.4 * rounds))


def _slot(world: World, tournament: Tournament, index: int, name: str, begin: int) -> Slot:
    draw = np.random.default_rng([world.seed & 0xFFFFFFFF, int(tournament), index, 77])
    low, high = np.log(_STAKE_RANGE)
    size = float(np.exp(low + (high - low) * draw.random() ** 0.6))
    stake = NMR(Decimal(repr(round(size, 2))))
    slot = Slot(
        id=identify("model", world.seed, int(tournament), index),
        name=name,
        tournament=tournament,
        index=index,
        first_round=begin,
        created=plan(tournament, begin).opens - timedelta(days=2, hours=index % 7),
        skips=float(draw.uniform(0.0, 0.16)),
    )
    if index % 8 != 7:
        _fund(world, slot, stake)
    slot.take_profit = tournament is not Tournament.CRYPTO and index % 10 == 4
    return slot


def _fund(world: World, slot: Slot, stake: NMR) -> None:
    slot.stake = stake
    world.deposited += stake
    slot.strategy = Strategy(
        mode=StakeMode.COMPOUND if slot.index % 3 == 2 else StakeMode.CONSTANT,
        enabled=slot.index % 11 != 10,
    )


def _archived(world: World, index: int, name: str, first: int) -> Slot:
    return Slot(
        id=identify("model", world.seed, "archived"),
        name=f"{name}_old",
        tournament=Tournament.CLASSIC,
        index=index,
        first_round=first,
        created=plan(Tournament.CLASSIC, first).opens - timedelta(days=30),
        skips=0.1,
        archived=True,
    )


def _round(amount: NMR) -> NMR:
    """To whole hundredths, as people type amounts."""
    return NMR.from_wei(amount.wei // 10**16 * 10**16)
