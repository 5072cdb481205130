"""Risk of the running rounds: beside plain arithmetic on a small account, and by property."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.risk import RiskFigures
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Balance, Plan
from ledger.rules.earnings.risk import FEWEST, estimate
from ledger.rules.earnings.risk_draws import drawn_rounds
from ledger.rules.earnings.risk_restated import restated
from tests.ledger.rules.earnings import risky
from tests.ledger.rules.earnings.risky import RUNNING, facts

DRAWS = 200
ROUNDS = 70


def rate(number: int) -> Decimal:
    """A rate of so many hundred-thousandths."""
    return Decimal(number).scaleb(-5)


def some_rates(seed: int, gaps: bool = True) -> list[list[Decimal | None]]:
    """Settled rounds of three models, of which the last took no part in some."""
    random = Random(seed)  # noqa: S311 - made up scores
    lines: list[list[Decimal | None]] = [
        [rate(random.randint(-4000, 4500)) for _ in range(3)] for _ in range(ROUNDS)
    ]
    for line in lines[::9] if gaps else ():
        line[2] = None
    return lines


def together(seed: int) -> list[list[Decimal | None]]:
    """The same of models that move with the first, and against it."""
    lines = some_rates(seed, gaps=False)
    return [
        [a, b and (a * 3 + b) / 5, c and (c - a) / 2] if a is not None else [a, b, c]
        for a, b, c in lines
    ]


def rounded(value: float) -> Decimal:
    return Decimal(format(value, ".6f"))


def parts(figures: RiskFigures) -> dict[str, tuple[object, ...]]:
    return {
        row.model_id: (row.expected, row.shortfall, row.variance, row.sharpe, row.drawdown)
        for row in figures.models
    }


def near(found: NMR | Decimal | None, value: float) -> bool:
    assert found is not None
    amount = found.amount if isinstance(found, NMR) else found
    return abs(amount - rounded(value)) <= Decimal("0.000002")


def test_figures_are_those_of_plain_arithmetic() -> None:
    lines = some_rates(5)
    figures = estimate(facts(lines), draws=DRAWS, seed=3)
    plain = [[None if x is None else float(x) for x in line] for line in lines]
    rows = drawn_rounds(ROUNDS, len(RUNNING), block=48, draws=DRAWS, seed=3).tolist()
    paid = risky.futures(risky.without_gaps(plain), rows, RUNNING)
    totals = [sum(line) for line in paid]
    worst = sorted(range(DRAWS), key=totals.__getitem__)[: DRAWS // 20]
    mean = sum(totals) / DRAWS
    spread = sum((total - mean) ** 2 for total in totals)
    assert figures.outlook is not None
    assert near(figures.outlook.worst, totals[worst[-1]])
    assert near(figures.outlook.shortfall, sum(totals[at] for at in worst) / len(worst))
    assert near(figures.outlook.expected, mean)
    assert figures.outlook.shortfall < figures.outlook.worst < figures.outlook.expected
    for place, model_id in enumerate(risky.IDS):
        row = figures.model(model_id)
        assert row is not None
        own, series = [line[place] for line in paid], [line[place] for line in plain]
        moved = sum(x * (total - mean) for x, total in zip(own, totals, strict=True))
        assert near(row.expected, sum(own) / DRAWS)
        assert near(row.shortfall, sum(own[at] for at in worst) / len(worst))
        assert near(row.variance, moved / spread)
        assert row.sharpe is not None
        ratio, error = risky.sharpe([x for x in series if x is not None], 23)
        assert near(row.sharpe.ratio, ratio) and near(row.sharpe.error, error)
        settled = {n: x[place] * 10 for n, x in enumerate(lines) if x[place] is not None}
        assert row.drawdown is not None
        assert row.drawdown.deepest == NMR(risky.deepest(settled))
        for other, line in zip(figures.correlated, figures.correlations, strict=True):
            value = line[figures.correlated.index(model_id)]
            theirs = [entry[risky.IDS.index(other)] for entry in plain]
            assert value is not None
            assert abs(value - risky.correlation(series, theirs) * 1000) <= 0.5001


def test_what_is_at_risk_and_what_can_burn() -> None:
    lines = some_rates(5)
    shared = estimate(facts(lines), draws=DRAWS)
    assert (shared.at_risk, shared.covered) == (NMR(147), NMR(147))
    assert shared.limit == NMR(147).times(Decimal("0.05") * 4)
    assert shared.effective_models == Decimal("1.86")
    positions = estimate(facts(lines, atomic=True), draws=DRAWS)
    assert positions.at_risk == positions.limit == NMR(147 * 4)
    assert [row.share for row in positions.tournaments] == [1]
    assert sum(row.share or 0 for row in positions.models) == 1


def test_short_or_missing_history_is_unknown_and_says_so() -> None:
    lines = some_rates(5, gaps=False)
    for line in lines[: ROUNDS - FEWEST + 1]:
        line[1] = None
    figures = estimate(facts(lines), draws=DRAWS)
    row = figures.model("b")
    assert row is not None and row == figures.models[-1]
    assert (row.expected, row.shortfall, row.variance, row.sharpe) == (None,) * 4
    assert row.why == f"It takes {FEWEST} settled rounds with a stake; there are {FEWEST - 1}."
    assert row.drawdown is not None
    assert (figures.at_risk, figures.covered) == (NMR(147), NMR(107))
    assert "b" not in figures.correlated

    short = estimate(facts(lines[: FEWEST - 1]), draws=DRAWS)
    assert (short.outlook, short.sharpe, short.basis.rounds) == (None, None, 0)
    assert short.why == (
        f"It takes {FEWEST} settled rounds of a staked model; the most of any is {FEWEST - 1}."
    )
    nobody = estimate(facts(lines, stakes=(None, None, None)), draws=DRAWS)
    assert (nobody.outlook, nobody.unknown) == (None, 12)
    assert nobody.why == "No running round has anything at risk, as far as Numerai tells."
    assert estimate(facts([], ()), draws=DRAWS).at_risk == ZERO


def test_a_model_without_a_stake_has_rates_and_adds_nothing() -> None:
    lines = some_rates(5)
    two = estimate(facts(lines, stakes=(Decimal(100), Decimal(40), Decimal(0))), draws=DRAWS)
    row = two.model("c")
    assert row is not None and row.shortfall_rate is not None and row.expected_rate is not None
    assert (row.expected, row.shortfall, row.variance) == (ZERO, ZERO, 0)
    assert two.models[-1] == row


rates = st.lists(
    st.tuples(*[st.one_of(st.integers(-5000, 5000).map(rate), st.none())] * 3),
    min_size=75,
    max_size=80,
)


@settings(max_examples=12, deadline=None)
@given(rates=rates, order=st.permutations(range(3)))
def test_parts_add_up_and_their_order_is_nothing(
    rates: list[tuple[Decimal | None, ...]], order: list[int]
) -> None:
    account = facts(rates)
    figures = estimate(account, draws=DRAWS)
    told = [row for row in figures.models if row.shortfall is not None]
    if figures.outlook is not None:
        assert NMR.total(row.shortfall or ZERO for row in told) == figures.outlook.shortfall
        assert NMR.total(row.expected or ZERO for row in told) == figures.outlook.expected
        assert figures.outlook.shortfall <= figures.outlook.worst
        assert figures.outlook.shortfall <= figures.outlook.expected
        variance = [row.variance for row in told]
        assert variance.count(None) in {0, len(told)}
        assert None in variance or sum(filter(None, variance)) == 1
    assert estimate(risky.permuted(account, order), draws=DRAWS) == figures
    for line, place in zip(figures.correlations, range(len(told)), strict=True):
        assert line[place] in {1000, None}
        assert line == tuple(row[place] for row in figures.correlations)


@pytest.mark.parametrize(("factor", "value"), [(2, 1000), (-1, -1000)])
def test_what_moves_alike_is_correlated_in_full(factor: int, value: int) -> None:
    lines = [[a, None if a is None else a * factor, rate(300)] for a, _, _ in some_rates(8)]
    figures = estimate(facts(lines), draws=DRAWS)
    a, b, c = (figures.correlated.index(model_id) for model_id in risky.IDS)
    assert figures.correlations[a][b] == figures.correlations[b][a] == value
    assert figures.correlations[a][c] is figures.correlations[c][c] is None
    still = figures.model("c")
    assert still is not None and still.sharpe is None and still.variance is not None


def test_the_same_seed_draws_the_same_futures_in_blocks() -> None:
    rows = drawn_rounds(100, 20, block=10, draws=500, seed=1)
    assert (rows == drawn_rounds(100, 20, block=10, draws=500, seed=1)).all()
    assert (rows != drawn_rounds(100, 20, block=10, draws=500, seed=2)).any()
    assert rows[0, :5].tolist() == [47, 48, 49, 65, 74]  # with every version of numpy
    follows = rows[:, 1:] == (rows[:, :-1] + 1) % 100
    assert 0.88 < follows.mean() < 0.92
    assert set(rows[:, 0].tolist()) <= set(range(100))
    assert 45 < rows[:, 0].mean() < 54


def allocation(targets: dict[str, int]) -> Allocation:
    """Targets being edited, by model id."""
    lines = tuple(
        AllocationLine(
            model_id=model_id,
            name=model_id,
            current=ZERO,
            pending=None,
            effective=ZERO,
            text=str(target),
            target=NMR(target),
            problem=None,
            eventual=NMR(target),
            difference=ZERO,
            way="",
            complete=None,
            missing=ZERO,
            blocked=None,
            locked=False,
        )
        for model_id, target in targets.items()
    )
    return Allocation(
        tournament=risky.CLASSIC,
        system=System.CONTINUOUS,
        lines=lines,
        balance=Balance(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, None),
        plan=Plan((), None, (), (), (), ZERO, ()),
        can_undo=False,
        can_redo=False,
        problems=(),
        name=None,
    )


def test_targets_restate_what_is_kept() -> None:
    figures = estimate(facts(some_rates(5)), draws=DRAWS)
    assert figures.outlook is not None
    same = restated(figures, [allocation({"a": 100, "b": 40, "c": 7})])
    assert same is not None
    for now, then in (
        (figures.outlook.expected, same.expected),
        (figures.outlook.shortfall, same.shortfall),
    ):
        assert abs(now - then) < NMR("0.001")
    assert (same.at_risk, same.unknown, same.before) == (NMR(147), 0, figures.outlook)
    twice = restated(figures, [allocation({"a": 200, "b": 80, "c": 14})])
    assert twice is not None and twice.at_risk == NMR(294)
    assert abs(twice.shortfall - same.shortfall.times(2)) < NMR("0.001")
    assert restated(figures, [allocation({})]) is None
    other = restated(figures, [allocation({"nobody": 3, "a": 0})])
    row = figures.model("a")
    assert other is not None and row is not None and row.shortfall is not None
    assert (other.unknown, other.at_risk) == (1, NMR(47))
    assert other.shortfall == figures.outlook.shortfall - row.shortfall
    assert restated(replace(figures, outlook=None), [allocation({"a": 1})]) is None
