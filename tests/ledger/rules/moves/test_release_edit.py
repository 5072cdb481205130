"""Another amount for a pending release: both ways, their dates and cost, and what is drafted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.stakes.stake import PendingKind, PendingRequest
from ledger.domain.targets.plan import OptionKind
from ledger.errors import ChangeError
from ledger.rules.moves.release_edit import edit_release, pending_release, released_amount
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.simulate import simulate
from tests.ledger.accounts import NOW, PAID, facts, release

INCREASE, DECREASE, DRAIN = ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN
CANCEL, KEEP, WAIT = ChangeKind.CANCEL_RELEASE, OptionKind.KEEP, OptionKind.WAIT
SOON, LATE = NOW + timedelta(days=3), NOW + timedelta(days=25)


def releasing(due: object = SOON, amount: str = "20") -> PlanFacts:
    return facts({"alder": ("50", release(amount, due))}, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("nmr", "due", "other", "chosen", "kinds"),
    [
        ("12", SOON, False, KEEP, [(INCREASE, NMR(8))]),
        ("12", SOON, True, OptionKind.CANCEL, [(CANCEL, None), (DECREASE, NMR(12))]),
        ("26", SOON, False, KEEP, [(DECREASE, NMR(6))]),
        ("26", SOON, True, OptionKind.CANCEL, [(CANCEL, None), (DECREASE, NMR(26))]),
        ("0", SOON, False, OptionKind.CANCEL, [(CANCEL, None)]),
        ("0", LATE, True, WAIT, [(INCREASE, NMR(20))]),
        ("50", SOON, True, OptionKind.CANCEL, [(CANCEL, None), (DRAIN, None)]),
    ],
)
def test_both_ways_are_there_and_the_one_asked_for_is_drafted(
    nmr: str,
    due: object,
    other: bool,
    chosen: OptionKind,
    kinds: list[tuple[ChangeKind, NMR | None]],
) -> None:
    edit = edit_release(releasing(due), "alder", NMR(nmr), other=other)
    assert {way.kind for way in edit.ways} == {
        OptionKind.CANCEL,
        KEEP if NMR(nmr) else WAIT,
    }
    (taken,) = [way for way in edit.ways if way.chosen]
    assert taken.kind is chosen
    assert taken.cheapest is not other
    assert [(step.kind, step.nmr) for step in edit.plan.steps] == kinds
    assert all(way.complete > NOW and way.days >= 0 for way in edit.ways)


def test_the_ways_say_what_starts_over_and_when() -> None:
    edit = edit_release(releasing(), "alder", NMR(12))
    ways = {way.kind: way for way in edit.ways}
    assert "then stake 8 NMR again" in ways[KEEP].sentence
    assert "its wait starts over" in ways[OptionKind.CANCEL].sentence
    assert ways[OptionKind.CANCEL].complete == PAID
    assert ways[KEEP].days < ways[OptionKind.CANCEL].days


@given(st.integers(0, 50), st.integers(1, 49), st.booleans())
def test_however_it_is_done_what_was_asked_for_leaves(nmr: int, pending: int, other: bool) -> None:
    account = releasing(amount=str(pending))
    if nmr == pending:
        with pytest.raises(ChangeError, match="already"):
            edit_release(account, "alder", NMR(nmr), other=other)
        return
    edit = edit_release(account, "alder", NMR(nmr), other=other)
    end = simulate(account, edit.plan, rounds=90).points[-1]
    assert end.staked == NMR(50 - nmr)
    assert end.free == NMR(nmr)


@pytest.mark.parametrize(
    ("account", "nmr", "words"),
    [
        (releasing(), "51", "holds 50 NMR"),
        (releasing(), "20", "pending already"),
        (facts({"alder": "50"}, {}), "12", "no pending release"),
        (
            facts({"alder": ("50", PendingRequest(PendingKind.INCREASE, NMR(1), SOON))}, {}),
            *("12", "no pending release"),
        ),
    ],
)
def test_what_can_t_be_edited_is_said(account: PlanFacts, nmr: str, words: str) -> None:
    with pytest.raises(ChangeError, match=words):
        edit_release(account, "alder", NMR(nmr))


def test_a_drain_is_edited_like_any_release() -> None:
    account = facts({"alder": ("50", PendingRequest(PendingKind.DRAIN, NMR(50), LATE))}, {})
    assert pending_release(account, "alder").nmr == NMR(50)
    edit = edit_release(account, "alder", NMR(12), other=True)
    assert [step.kind for step in edit.plan.steps] in ([CANCEL, DECREASE], [INCREASE])


@pytest.mark.parametrize(
    ("text", "nmr"), [("12", "12"), ("25%", "12.5"), ("all", "50"), ("0", "0"), ("0.0", "0")]
)
def test_the_amount_is_typed_like_any_other(text: str, nmr: str) -> None:
    assert released_amount(text, NMR(50)) == NMR(nmr)


@pytest.mark.parametrize("text", ["", "-1", "1,5", "x"])
def test_what_is_no_amount_is_none(text: str) -> None:
    with pytest.raises(ChangeError):
        released_amount(text, ZERO)
