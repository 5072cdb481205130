"""Splitting payouts by percent: exact for any policy, versions, payouts and burns."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    HUNDRED,
    ITSELF,
    WALLET,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
    PolicyVersion,
    SettledPayout,
)
from ledger.errors import ChangeError
from ledger.reports.policy.text import destination_text, policy_table, source_text
from ledger.rules.policy.owed import balances_of
from ledger.rules.policy.split import (
    Accountant,
    governs,
    in_force,
    new_row,
    parse_percent,
    problems,
    shares_of,
    split,
    split_payouts,
    with_row,
    with_share,
    without_row,
)
from ledger.rules.policy.text import parse_destination, parse_source, read_policy
from tests.ledger.allotting import (
    AMOUNTS,
    MODELS,
    NAMES,
    PLACES,
    SIGNALS,
    TAX,
    histories,
    paid,
    payouts,
    policies,
    policy,
    shares,
    to,
    version,
)

HALF = policy({None: {to("birch"): 50}})


# Conservation


@given(payouts(), histories())
def test_the_parts_of_every_payout_add_up_to_it(
    found: tuple[SettledPayout, ...], versions: tuple[PolicyVersion, ...]
) -> None:
    for one in split_payouts(found, versions):
        assert NMR.total(one.parts.values()) == one.payout.nmr
        assert all(one.parts.values()), "no empty parts are kept"


@given(payouts(), histories())
def test_balances_add_up_to_the_payouts(
    found: tuple[SettledPayout, ...], versions: tuple[PolicyVersion, ...]
) -> None:
    balances = balances_of(split_payouts(found, versions))
    assert balances.total == NMR.total(one.nmr for one in found)
    for model in MODELS:
        own = (nmr for (source, _), nmr in balances.accrued.items() if source == model)
        assert NMR.total(own) == NMR.total(one.nmr for one in found if one.model_id == model)


@given(payouts(), histories(), st.randoms(use_true_random=False))
def test_the_order_they_come_in_makes_no_difference(
    found: tuple[SettledPayout, ...], versions: tuple[PolicyVersion, ...], dice: random.Random
) -> None:
    shuffled, turned = list(found), list(versions)
    dice.shuffle(shuffled)
    dice.shuffle(turned)
    assert split_payouts(shuffled, turned) == split_payouts(found, versions)


@given(payouts(), histories(), st.integers(1, 13))
def test_going_on_later_is_the_same_as_all_at_once(
    found: tuple[SettledPayout, ...], versions: tuple[PolicyVersion, ...], number: int
) -> None:
    earlier = split_payouts([one for one in found if one.round < number], versions)
    carried = {one.payout.model_id: one.carried for one in earlier}
    later = split_payouts([one for one in found if one.round >= number], versions, carried)
    assert (*earlier, *later) == split_payouts(found, versions)


@given(AMOUNTS, shares())
def test_nobody_gets_more_than_the_percentage_and_the_source_keeps_the_rest(
    nmr: NMR, others: dict[Destination, Decimal]
) -> None:
    row = new_row(None, others)
    parts = split(nmr, row.shares)
    assert NMR.total(parts.values()) == nmr
    for destination, percent in others.items():
        exact = nmr.amount * percent / HUNDRED
        part = parts.get(destination, ZERO).amount
        assert abs(part) <= abs(exact) < abs(part) + Decimal("1e-18")
    left = nmr.amount * row.shares.get(ITSELF, Decimal(0)) / HUNDRED
    own = parts.get(ITSELF, ZERO).amount
    assert abs(left) <= abs(own) < abs(left) + Decimal(len(others) + 1) * Decimal("1e-18")


def test_three_thirds_of_a_few_wei() -> None:
    third = Decimal("33.3333")
    row = new_row(None, {WALLET: third, TAX: third, to("birch"): third})
    parts = split(NMR.from_wei(100), row.shares)
    assert {destination.key: nmr.wei for destination, nmr in parts.items()} == {
        "wallet:": 33,
        "pool:tax": 33,
        "model:birch": 33,
        "itself:": 1,
    }


# Burns


def in_rounds(one: Policy, *amounts: str) -> list[dict[Destination, NMR]]:
    accountant = Accountant()
    return [accountant.parts("alder", NMR(amount), one) for amount in amounts]


def test_a_burn_is_made_up_for_before_anything_is_given_away() -> None:
    burn, first, second, third = in_rounds(HALF, "-3", "2", "2", "4")
    assert burn == {ITSELF: NMR(-3)}
    assert first == {ITSELF: NMR(2)}
    assert second == {ITSELF: NMR("1.5"), to("birch"): NMR("0.5")}
    assert third == {ITSELF: NMR(2), to("birch"): NMR(2)}


def test_a_shared_burn_is_split_like_a_payout() -> None:
    shared = policy({None: {to("birch"): 50, WALLET: 25}}, burns=BurnRule.SHARE)
    burn, payout = in_rounds(shared, "-4", "2")
    assert burn == {ITSELF: NMR(-1), to("birch"): NMR(-2), WALLET: NMR(-1)}
    assert payout == {ITSELF: NMR("0.5"), to("birch"): NMR(1), WALLET: NMR("0.5")}


@given(st.lists(AMOUNTS, max_size=30), shares())
def test_under_carry_nothing_is_given_away_before_the_source_is_even(
    amounts: list[NMR], others: dict[Destination, Decimal]
) -> None:
    """Whatever the order, a source has given its percentage of what it earned beyond its burns."""
    one = with_row(Policy(SIGNALS), new_row(None, others))
    accountant, given_away, earned, debt = Accountant(), ZERO, ZERO, ZERO
    for nmr in amounts:
        parts = accountant.parts("alder", nmr, one)
        away = NMR.total(part for destination, part in shared(parts))
        assert away >= ZERO
        debt = max(ZERO, debt - nmr)
        assert accountant.carried.get("alder", ZERO) == debt
        given_away += away
        earned += nmr if nmr > ZERO else ZERO
        share = sum(
            (p for destination, p in others.items() if destination != to("alder")), Decimal(0)
        )
        assert given_away <= earned.times(share / HUNDRED)
        assert not away or not debt


def shared(parts: dict[Destination, NMR]) -> list[tuple[Destination, NMR]]:
    return [(destination, nmr) for destination, nmr in parts.items() if destination != ITSELF]


def test_what_is_to_be_made_up_for_outlives_a_new_version() -> None:
    versions = (version(HALF, 1), version(policy({None: {WALLET: 100}}), 3, 2))
    found = [paid(1, "alder", "-2"), paid(2, "alder", "1"), paid(3, "alder", "5")]
    assert balances_of(split_payouts(found, versions)).accrued == {
        ("alder", ITSELF): NMR(0),
        ("alder", WALLET): NMR(4),
    }


# Versions


def test_the_version_made_last_holds_from_its_round_on() -> None:
    first, second, off = version(HALF, 10, 1), version(HALF, 20, 2), version(Policy(SIGNALS), 15, 3)
    assert in_force((first, second), 9) is None
    assert in_force((second, first), 19) is first
    assert in_force((second, first), 20) is second
    assert in_force((first, second, off), 14) is first
    assert in_force((first, second, off), 25) is off, "switching off leaves nothing to begin later"


def test_before_the_first_version_and_while_it_is_off_payouts_stay_whole() -> None:
    versions = (version(HALF, 5, 1), version(Policy(SIGNALS), 7, 2), version(HALF, 9, 3))
    found = [paid(number, "alder", "2") for number in (4, 6, 8, 10)]
    splits = split_payouts(found, versions)
    assert [one.payout.round for one in splits if set(one.parts) != {ITSELF}] == [6, 10]
    assert [one.payout.round for one in splits if one.alone] == [4, 8]
    assert [one.version for one in splits] == [None, 1, 2, 3]


def test_a_model_that_is_not_named_is_left_alone() -> None:
    one = policy({"alder": {to("birch"): 50}})
    assert [governs(one, name) for name in MODELS] == [True, True, False, False]
    assert all(governs(HALF, name) for name in MODELS)
    found = [paid(1, name, "-1") for name in MODELS] + [paid(2, name, "3") for name in MODELS]
    splits = split_payouts(found, (version(one),))
    assert {split.payout.model_id for split in splits if split.alone} == {"cedar", "dogwood"}
    kept = {split.payout.model_id: split.carried for split in splits if split.payout.round == 1}
    assert kept == {"alder": NMR(1), "birch": NMR(1), "cedar": ZERO, "dogwood": ZERO}


# Editing


@given(policies(), st.sampled_from([None, *MODELS]), PLACES, st.integers(0, 1_000_000))
def test_editing_one_percentage_keeps_rows_at_a_hundred(
    before: Policy, source: str | None, destination: Destination, part: int
) -> None:
    percent = Decimal(part) / 10**4
    try:
        after = with_share(before, source, destination, percent)
    except ChangeError:
        return
    assert problems(after, NAMES) == ()
    row = after.row(source)
    assert row is not None and sum(row.shares.values()) == HUNDRED
    if destination != to(source or ""):
        assert row.shares.get(destination, Decimal(0)) == percent
    others = [entry for entry in before.rows if entry.source != source]
    assert [entry for entry in after.rows if entry.source != source] == others
    again = without_row(after, source)
    assert again.row(source) is None


def test_a_new_row_begins_as_what_held_before() -> None:
    one = with_share(HALF, "alder", WALLET, Decimal(20))
    assert shares_of(one, "alder") == {ITSELF: 30, to("birch"): 50, WALLET: 20}
    assert shares_of(one, "cedar") == {ITSELF: 50, to("birch"): 50}
    assert shares_of(one, "birch") == {ITSELF: HUNDRED}, "a share for itself as a model"
    assert shares_of(without_row(one, "alder"), "alder") == {ITSELF: 50, to("birch"): 50}


def test_what_does_not_fit_is_refused_and_what_does_is_said() -> None:
    with pytest.raises(ChangeError, match=r"add up to 110 %") as refused:
        with_share(HALF, None, WALLET, Decimal(60))
    assert refused.value.advice == "50 % is left."
    with pytest.raises(ChangeError, match="keeps is what the others leave"):
        with_share(HALF, None, ITSELF, Decimal(10))
    with pytest.raises(ChangeError, match=r"adds up to 101 %"):
        new_row(None, {WALLET: Decimal(51), TAX: Decimal(50)})


@pytest.mark.parametrize(
    ("typed", "value"),
    [("", "0"), ("25", "25"), (" 12.5 % ", "12.5"), (".0001", "0.0001"), ("100%", "100")],
)
def test_percentages(typed: str, value: str) -> None:
    assert parse_percent(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["101", "-1", "1e1", "0.00001", "half", "٢٥", "%"])
def test_what_is_no_percentage(typed: str) -> None:
    with pytest.raises(ChangeError, match="no percentage"):
        parse_percent(typed)


def test_models_that_are_gone_are_told() -> None:
    one = policy({"alder": {to("gone"): 50}, "lost": {WALLET: 10}})
    first, second = problems(one, NAMES)
    assert "alder: gone is no model" in first
    assert "lost is no model" in second


# As text


@given(policies(), st.integers(1, 50) | st.none(), st.none() | st.just(NMR("0.25")))
def test_a_policy_comes_back_from_its_table(
    one: Policy, every: int | None, threshold: NMR | None
) -> None:
    whole = policy({}, burns=one.burns, threshold=None, every=every)
    whole = Policy(SIGNALS, one.rows, one.burns, threshold, whole.every, ("tax", "car"))
    table = policy_table(whole, NAMES)
    assert read_policy(table, SIGNALS, NAMES) == whole


@pytest.mark.parametrize("name", ["wallet", "others", "itself", "pool:tax", "model:x", "plain"])
def test_models_with_awkward_names_are_told_apart(name: str) -> None:
    names = {"id-1": name, "id-2": "birch"}
    destination = Destination(DestinationKind.MODEL, "id-1")
    assert parse_destination(destination_text(destination, names), names) == destination
    assert parse_source(source_text("id-1", names), names) == "id-1"
    for other in (WALLET, ITSELF, TAX):
        assert parse_destination(destination_text(other, names), names) == other
    assert parse_source(source_text(None, names), names) is None


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"row": {}}, "row is not a key"),
        ({"burns": "forget"}, "carry, share"),
        ({"threshold": "-1"}, "above zero"),
        ({"threshold": "much"}, "no amount"),
        ({"every": 0}, "no number of rounds"),
        ({"pools": "tax"}, "list of names"),
        ({"rows": {"others": 5}}, "tables"),
        ({"rows": {"others": {"wallet": 25}}}, "is a text"),
        ({"rows": {"others": {"nobody": "25"}}}, "no model"),
        ({"rows": {"others": {"wallet": "60", "birch": "50"}}}, "110 %"),
        ({"rows": {"others": {"wallet": "60", "itself": "30"}}}, "90 %"),
        ({"rows": {"others": {"alder": "6", "ALDER": "3"}}}, "twice"),
    ],
)
def test_a_table_that_can_not_be_meant_is_told(table: dict[str, object], says: str) -> None:
    with pytest.raises(ChangeError) as refused:
        read_policy(table, SIGNALS, NAMES)
    assert says in f"{refused.value.what} {refused.value.advice}"
