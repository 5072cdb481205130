"""Lost answers are judged by what only the change itself can have altered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, ChangeKind
from ledger.rules.queue.basis import Payouts
from ledger.rules.queue.reconcile import Finding, Sending, judge

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUIET = AccountSnapshot(
    taken=NOW,
    available=NMR(100),
    held=NMR(0),
    settled=NMR(20),
    take_profit=False,
    pending_kind=None,
    pending_amount=None,
    pending_due=None,
    pending_id=None,
    scheduled=0,
)
LATER = replace(QUIET, taken=NOW + timedelta(minutes=5))
INCREASED = replace(
    LATER,
    available=NMR(98),
    held=NMR(2),
    pending_kind="increase",
    pending_amount=NMR(2),
    pending_id="r1",
    scheduled=1,
)
RELEASING = replace(
    LATER,
    pending_kind="decrease",
    pending_amount=NMR(2),
    pending_due=NOW + timedelta(days=30),
    pending_id="r2",
    scheduled=1,
)
DRAINING = replace(RELEASING, pending_kind="drain", pending_amount=NMR(11_000_000))

UNTOLD = replace(LATER, pending_known=False)
SOON = NOW + timedelta(seconds=3)
SENDING = Sending(NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=126))


@pytest.mark.parametrize(
    ("kind", "before", "after", "finding"),
    [
        (ChangeKind.INCREASE, QUIET, INCREASED, Finding.ARRIVED),
        (ChangeKind.INCREASE, QUIET, replace(LATER, settled=NMR(22)), Finding.ARRIVED),
        (ChangeKind.INCREASE, QUIET, LATER, Finding.MISSING),
        (ChangeKind.INCREASE, QUIET, replace(LATER, available=NMR(150)), Finding.MISSING),
        (ChangeKind.INCREASE, QUIET, replace(LATER, held=NMR(2)), Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, replace(LATER, settled=NMR("21.3")), Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, RELEASING, Finding.UNCLEAR),
        (
            ChangeKind.INCREASE,
            QUIET,
            replace(INCREASED, pending_amount=NMR(3)),
            Finding.UNCLEAR,
        ),
        (ChangeKind.INCREASE, INCREASED, INCREASED, Finding.MISSING),
        (ChangeKind.DECREASE, QUIET, RELEASING, Finding.ARRIVED),
        (ChangeKind.DECREASE, QUIET, replace(RELEASING, pending_id=None), Finding.ARRIVED),
        (ChangeKind.DECREASE, QUIET, LATER, Finding.MISSING),
        (ChangeKind.DECREASE, QUIET, replace(LATER, held=NMR(9)), Finding.MISSING),
        (ChangeKind.DRAIN, QUIET, DRAINING, Finding.ARRIVED),
        (ChangeKind.DRAIN, QUIET, RELEASING, Finding.UNCLEAR),
        (ChangeKind.CANCEL_RELEASE, RELEASING, LATER, Finding.ARRIVED),
        (ChangeKind.CANCEL_RELEASE, RELEASING, RELEASING, Finding.MISSING),
        (
            ChangeKind.CANCEL_RELEASE,
            RELEASING,
            replace(LATER, taken=NOW + timedelta(days=31), settled=NMR(18)),
            Finding.UNCLEAR,
        ),
        (ChangeKind.TAKE_PROFIT_ON, QUIET, replace(LATER, take_profit=True), Finding.ARRIVED),
        (ChangeKind.TAKE_PROFIT_ON, QUIET, LATER, Finding.MISSING),
        (ChangeKind.TAKE_PROFIT_OFF, QUIET, replace(LATER, take_profit=None), Finding.UNCLEAR),
        (ChangeKind.SET_PER_ROUND, QUIET, LATER, Finding.UNCLEAR),
        (ChangeKind.CANCEL_RELEASE, QUIET, LATER, Finding.MISSING),
        (ChangeKind.CANCEL_RELEASE, RELEASING, replace(LATER, settled=None), Finding.UNCLEAR),
        (ChangeKind.CANCEL_RELEASE, RELEASING, UNTOLD, Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, UNTOLD, Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, replace(LATER, settled=None), Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, replace(LATER, held=None), Finding.UNCLEAR),
        (ChangeKind.INCREASE, QUIET, replace(LATER, scheduled=None), Finding.UNCLEAR),
        (ChangeKind.INCREASE, replace(QUIET, held=None), LATER, Finding.MISSING),
        (ChangeKind.INCREASE, QUIET, replace(INCREASED, settled=None), Finding.ARRIVED),
        (ChangeKind.INCREASE, replace(QUIET, settled=None), LATER, Finding.UNCLEAR),
        (ChangeKind.DECREASE, QUIET, replace(LATER, held=None, available=None), Finding.MISSING),
    ],
)
def test_findings(
    kind: ChangeKind, before: AccountSnapshot, after: AccountSnapshot, finding: Finding
) -> None:
    soon = replace(after, taken=min(after.taken, SOON)) if after.taken == LATER.taken else after
    verdict = judge(kind, NMR(2), before, soon, SENDING)
    assert verdict.finding is finding
    assert verdict.evidence


def at(seconds: float, snapshot: AccountSnapshot) -> AccountSnapshot:
    """A pending request that was asked for so long after the sending, seen an hour later."""
    made = NOW + timedelta(seconds=seconds)
    return replace(snapshot, taken=NOW + timedelta(hours=1), pending_made=made)


ASKED = [(ChangeKind.INCREASE, INCREASED), (ChangeKind.DECREASE, RELEASING)]


@pytest.mark.parametrize(("kind", "shown"), [*ASKED, (ChangeKind.DRAIN, DRAINING)])
@pytest.mark.parametrize(
    ("seconds", "finding"),
    [(-60, Finding.MISSING), (0, Finding.ARRIVED), (20, Finding.ARRIVED), (60, Finding.UNCLEAR)],
)
def test_whose_request_is_pending_is_told_by_its_time(
    kind: ChangeKind, shown: AccountSnapshot, seconds: float, finding: Finding
) -> None:
    assert judge(kind, NMR(2), QUIET, at(seconds, shown), SENDING).finding is finding


def test_whose_request_is_pending_is_told_by_its_id() -> None:
    named = replace(SENDING, request_id="r2")
    late = replace(RELEASING, taken=NOW + timedelta(hours=1))
    assert judge(ChangeKind.DECREASE, NMR(2), QUIET, late, named).finding is Finding.ARRIVED
    other = replace(late, pending_id="r3")
    verdict = judge(ChangeKind.DECREASE, NMR(2), QUIET, other, named)
    assert verdict.finding is Finding.UNCLEAR
    assert "nobody tells since when" in verdict.evidence


def test_what_others_hold_and_what_rounds_paid_is_taken_out() -> None:
    held = replace(LATER, held=NMR(7), held_for_others=NMR(7), available=NMR(93))
    assert judge(ChangeKind.INCREASE, NMR(2), QUIET, held, SENDING).finding is Finding.MISSING
    ours = replace(held, held=NMR(9))
    assert judge(ChangeKind.INCREASE, NMR(2), QUIET, ours, SENDING).finding is Finding.UNCLEAR
    paid = replace(SENDING, payouts=Payouts(NMR("0.5"), NMR("0.1"), NMR("0.5"), NMR("0.1")))
    moved = replace(LATER, settled=NMR("20.4"))
    assert judge(ChangeKind.INCREASE, NMR(2), QUIET, moved, SENDING).finding is Finding.UNCLEAR
    assert judge(ChangeKind.INCREASE, NMR(2), QUIET, moved, paid).finding is Finding.MISSING
    grown = replace(LATER, settled=NMR("22.4"), taken=SOON)
    assert judge(ChangeKind.INCREASE, NMR(2), QUIET, grown, paid).finding is Finding.ARRIVED


def test_hours_later_an_effect_may_be_somebody_elses() -> None:
    later = replace(LATER, taken=NOW + timedelta(hours=3))
    for kind, before, after in (
        (ChangeKind.INCREASE, QUIET, replace(later, settled=NMR(22))),
        (ChangeKind.DECREASE, QUIET, replace(later, settled=NMR(18))),
        (ChangeKind.TAKE_PROFIT_ON, QUIET, replace(later, take_profit=True)),
        (ChangeKind.CANCEL_RELEASE, RELEASING, later),
    ):
        soon = replace(after, taken=SOON)
        assert judge(kind, NMR(2), before, soon, SENDING).finding is Finding.ARRIVED
        assert judge(kind, NMR(2), before, after, SENDING).finding is Finding.UNCLEAR
