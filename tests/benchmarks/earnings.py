"""The Earnings mode over years of rounds: how long it takes to open, and to group anew."""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.rules.rounds import calendar
from ledger.store import Store
from tests.benchmarks.terminal import Terminal

MODELS, ROUNDS = 100, 1000
FIRST_ATOMIC, NEWEST = 1343, 1404
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
GROUPINGS = ("day", "week", "month", "year", "tournament", "model", "round")
RUNS = 5


def fill(path: Path) -> None:
    """A ledger of ``MODELS`` models over ``ROUNDS`` rounds of Classic."""
    chance = random.Random(6)  # noqa: S311 - figures, not secrets
    models = tuple(Model(f"{i:08d}-m", f"model_{i:03d}", Tournament.CLASSIC) for i in range(MODELS))
    numbers = range(NEWEST - ROUNDS + 1, NEWEST + 1)
    account = Account("years", NOW, None, NMR(0), NMR(0), NMR(0), None, frozenset())
    store = Store.open(path, clock=FrozenClock(NOW))
    facts = SyncFacts(
        account=account,
        models=models,
        stakes=(),
        scheduled=(),
        systems={Tournament.CLASSIC: System.ATOMIC},
        rounds=tuple(_round(number) for number in numbers),
        performances=tuple(_performances(models, numbers, chance)),
    )
    store.apply(facts, SyncLog(NOW, NOW, "done", 0, 0, ROUNDS))
    store.close()


def _days(number: int) -> int:
    return 60 if number >= FIRST_ATOMIC else 20


def _round(number: int) -> Round:
    resolves = calendar.resolves(number, _days(number))
    opens = calendar.opens(number)
    return Round(
        tournament=Tournament.CLASSIC,
        number=number,
        opens=opens,
        closes=None,
        closes_staking=None,
        scored=None,
        resolves=resolves,
        resolved=resolves <= NOW,
        payout_factor=None,
        stake_threshold=None,
    )


def _performances(
    models: tuple[Model, ...], numbers: range, chance: random.Random
) -> Iterator[Performance]:
    for number in numbers:
        resolves = calendar.resolves(number, _days(number))
        state = PayoutState.SETTLED if resolves <= NOW else PayoutState.PENDING
        for model in models:
            corr, mmc = (Decimal(f"{chance.gauss(0.01, 0.02):.8f}") for _ in range(2))
            stake = NMR(f"{chance.random() * 40:.18f}")
            yield Performance(
                model_id=model.id,
                tournament=Tournament.CLASSIC,
                round=number,
                at_risk=stake,
                payout=stake.times((corr * 3 + mmc * 15) / 100),
                state=state,
                source=PayoutSource.NUMERAI,
                factor=Decimal(1),
                clip=Decimal(1) if number >= FIRST_ATOMIC else Decimal("0.05"),
                resolves=resolves,
                submission_id="s",
                scores=(
                    Score("corr", corr, None, 20, Decimal(3)),
                    Score("mmc", mmc, None, 20, Decimal(15)),
                ),
            )


def measure(folder: Path) -> tuple[float, dict[str, float]]:
    """Milliseconds until the table is there: from the mode's key, and by grouping from ``b``."""
    opened, grouped = [], dict.fromkeys(GROUPINGS, 0.0)
    times: dict[str, list[float]] = {name: [] for name in GROUPINGS}
    for _ in range(RUNS):
        with Terminal([sys.executable, "-m", "tui", "--at", str(folder)]) as terminal:
            terminal.wait_for("Net worth")
            terminal.read(1.0)
            opened.append(terminal.milliseconds_to("3", f"{ROUNDS:,} rounds"))
            terminal.read(3.0)
            for name in GROUPINGS:
                times[name].append(terminal.milliseconds_to("b", f"by {name}"))
                terminal.read(0.5)
    grouped |= {name: statistics.median(each) for name, each in times.items()}
    return statistics.median(opened), grouped
