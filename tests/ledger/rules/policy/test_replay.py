"""The past with and without a policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import ITSELF, WALLET, Policy, Replay
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.rules.policy.replay import ReplayFacts, replay
from ledger.rules.rounds import calendar
from tests.ledger.accounts import entry
from tests.ledger.allotting import MODELS, SIGNALS, TAX, performance, policies, policy, to

FIRST = 1200
"""Long ago: all of its rounds have resolved."""


def rounds(count: int) -> tuple[Round, ...]:
    return tuple(entry(number) for number in range(FIRST, FIRST + count))


def played(rates: dict[str, Sequence[str]], at_risk: str = "100") -> list[Performance]:
    """Rounds that paid these ratios of what was at risk, one after the other."""
    return [
        performance(
            FIRST + index,
            model,
            str(NMR(at_risk).times(Decimal(rate))),
            at_risk=NMR(at_risk),
            resolves=calendar.resolves(FIRST + index, 20),
        )
        for model, ratios in rates.items()
        for index, rate in enumerate(ratios)
    ]


def run(of: Policy, found: Sequence[Performance], count: int = 200, spread: int = 1) -> Replay:
    return replay(ReplayFacts(of, found, rounds(count), spread))


STEADY = ["0.01"] * 60


def test_with_is_without_where_everything_goes_to_itself() -> None:
    found = played({"alder": ["0.01", "-0.02"] * 30, "birch": STEADY})
    for of in (Policy(SIGNALS), policy({None: {}}), policy({"alder": {to("alder"): 70}})):
        replayed = run(of, found)
        assert len(replayed.points) == 60
        assert all(not point.difference for point in replayed.points)
        assert (replayed.moved, replayed.changes) == (ZERO, 0)
        assert replayed.points[-1].without == NMR.total(one.payout for one in found if one.payout)


def test_moving_to_the_better_model_adds_and_to_the_worse_one_costs() -> None:
    found = played({"alder": ["0.01"] * 60, "birch": ["0.03"] * 60})
    up = run(policy({"alder": {to("birch"): 100}}), found)
    down = run(policy({"birch": {to("alder"): 100}}), found)
    assert up.points[-1].difference > ZERO > down.points[-1].difference
    assert not any(point.difference for point in up.points[:20]), "nothing had resolved yet"


def test_a_wallet_share_compounds_less() -> None:
    found = played({"alder": STEADY})
    half = run(policy({None: {WALLET: 50}}), found)
    whole = run(policy({None: {WALLET: 100}}), found)
    assert ZERO > half.points[-1].difference > whole.points[-1].difference
    assert whole.accrued == {WALLET: whole.points[-1].with_policy}
    assert half.accrued[WALLET] == half.moved
    assert whole.changes == 0, "what is kept free takes no change"
    assert half.changes > 0, "its own half comes free too, and has to be staked again"


def test_amounts_move_only_after_their_round_has_resolved() -> None:
    found = played({"alder": ["0.01"] * 40})
    replayed = run(policy({None: {WALLET: 100}}), found)
    at_risk, paid, waiting = NMR(100), ZERO, []
    for index, point in enumerate(replayed.points):
        close = entry(FIRST + index).closes_staking
        assert close is not None
        at_risk -= NMR.total(nmr for at, nmr in waiting if at <= close)
        waiting = [(at, nmr) for at, nmr in waiting if at > close]
        payout = at_risk.times(Decimal("0.01"))
        paid += payout
        # Cutting to whole wei twice may lose one of them in each round.
        assert abs((point.with_policy - paid).wei) <= index
        waiting.append((calendar.resolves(FIRST + index, 20), NMR(1)))
    assert at_risk < NMR(100)


def test_where_staking_is_atomic_it_spreads_over_the_rounds() -> None:
    found = played({"alder": STEADY})
    one = policy({None: {WALLET: 100}})
    at_once, spread = run(one, found), run(one, found, spread=24)
    assert ZERO > spread.points[-1].difference > at_once.points[-1].difference


def test_changes_follow_threshold_and_schedule() -> None:
    found = played({"alder": STEADY, "birch": STEADY})
    rows = {"alder": {to("birch"): 100}}
    assert run(policy(rows, threshold="0.001"), found).changes == 60
    assert run(policy(rows, threshold="5"), found).changes in {10, 11, 12}
    assert run(policy(rows, threshold=None, every=20), found).changes == 3
    assert run(policy(rows, threshold=None), found).changes == 0


def test_what_was_lost_can_not_be_lost_again() -> None:
    """More is moved away than is at risk: a round then pays nothing, not the opposite."""
    found = played({"alder": ["1"] * 60}, at_risk="1")
    replayed = run(policy({None: {WALLET: 100}}), found)
    payouts = [point.with_policy for point in replayed.points]
    assert payouts == sorted(payouts)


def test_rounds_that_do_not_count_are_left_out() -> None:
    found = played({"alder": STEADY})
    pending = [replace(one, state=PayoutState.PENDING) for one in found[50:]]
    assert len(run(policy({None: {WALLET: 10}}), [*found[:50], *pending]).points) == 50


ROWS = st.lists(
    st.integers(-500, 500).map(lambda rate: str(Decimal(rate) / 10_000)), min_size=1, max_size=50
)


@given(
    policies(), st.dictionaries(st.sampled_from(MODELS), ROWS, min_size=1), st.sampled_from([1, 24])
)
def test_what_accrued_adds_up_to_the_wei(
    of: Policy, rates: dict[str, list[str]], spread: int
) -> None:
    found = played(rates)
    replayed = run(of, found, spread=spread)
    last = replayed.points[-1]
    assert NMR.total(replayed.accrued.values()) == last.with_policy
    assert last.without == NMR.total(one.payout for one in found if one.payout is not None)
    given_away = [nmr for place, nmr in replayed.accrued.items() if place != ITSELF]
    assert NMR.total(abs(nmr) for nmr in given_away) <= replayed.moved


def test_a_pool_is_kept_free_too() -> None:
    found = played({"alder": STEADY})
    pool, wallet = (run(policy({None: {place: 40}}), found) for place in (TAX, WALLET))
    assert pool.points == wallet.points
