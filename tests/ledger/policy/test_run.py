"""A payout policy over the embedded Numerai: rounds settle, drafts appear, totals follow."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    WALLET,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
)
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.secret import Secret
from ledger.domain.stakes.stake import StakeMode
from ledger.errors import ChangeError, ReadOnly
from ledger.reports.policy.matrix import PolicyColumn, PolicyReport
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import PASSPHRASE, BookMaker, SandboxClock, chain_settings

pytestmark = pytest.mark.long

SIGNALS, CRYPTO = Tournament.SIGNALS, Tournament.CRYPTO
LITTLE = NMR("0.05")
"""A threshold that a few rounds of the test world reach."""


def staked(report: PolicyReport) -> list[PolicyColumn]:
    """The models that hold something, the smallest first."""
    kind = DestinationKind.MODEL
    return [one for one in report.columns if one.destination.kind is kind and one.stake]


def half_to_the_smallest(book: Book, tournament: Tournament) -> tuple[Destination, Destination]:
    """Half of everything to the two smallest models, a quarter to the wallet."""
    small, other = (one.destination for one in staked(book.policy.report(tournament))[:2])
    for place in (small, other, WALLET):
        book.policy.set_share(tournament, None, place, "25")
    book.policy.set_rules(tournament, burns=BurnRule.CARRY, threshold=LITTLE, every=None)
    return small, other


def changes(book: Book, *states: ChangeState) -> list[Change]:
    """The queue, oldest first; of these states where some are given."""
    found = [line.change for line in book.queue.report().lines]
    return [one for one in reversed(found) if not states or one.state in states]


def drafts(book: Book) -> list[Change]:
    return changes(book, ChangeState.DRAFT)


def column(report: PolicyReport, place: Destination) -> PolicyColumn:
    return next(one for one in report.columns if one.destination == place)


def own_part(report: PolicyReport, model_id: str) -> NMR:
    line = next(line for line in report.lines if line.model_id == model_id)
    return line.accrued.get(ITSELF, ZERO)


# Continuous


def test_half_of_everything_to_the_two_smallest(book: Book, sandbox: Sandbox) -> None:
    """Confirmed and run week by week, stakes hold what the policy says, to the wei."""
    small, other = half_to_the_smallest(book, SIGNALS)
    before = book.policy.report(SIGNALS)
    free = {one.model_id for one in book.portfolio().lines if one.pending is None}
    began = book.policy.switch_on(SIGNALS)
    assert {one.kind for one in began} == {ChangeKind.TAKE_PROFIT_ON}
    assert drafts(book) == list(began)
    for _ in range(9):
        book.queue.confirm_all([one.id for one in drafts(book)])
        book.queue.run()
        sandbox.advance(rounds=4)
        book.sync()
    done = changes(book, ChangeState.SETTLED)
    increases = [one for one in done if one.kind is ChangeKind.INCREASE]
    assert {one.model_id for one in increases} >= {small.name}
    report = book.policy.report(SIGNALS)
    assert report.total == NMR.total(one.accrued for one in report.columns)
    checked = 0
    for one in staked(report):
        name = one.destination.name
        if name not in free or any(draft.model_id == name for draft in drafts(book)):
            continue
        start = column(before, one.destination).stake
        assert start is not None and one.stake is not None
        assert one.stake == start + own_part(report, name) + one.accrued - one.open
        checked += 1
    assert checked
    takes = {line.model_id: line.take_profit for line in book.portfolio().lines}
    assert takes[small.name] is takes[other.name] is True


def test_what_is_edited_takes_less_and_the_rest_stays_open(book: Book, sandbox: Sandbox) -> None:
    half_to_the_smallest(book, SIGNALS)
    book.policy.switch_on(SIGNALS)
    draft = next_increase(book, sandbox)
    place = Destination(DestinationKind.MODEL, draft.model_id)
    opened = column(book.policy.report(SIGNALS), place).open
    assert draft.nmr is not None
    book.queue.edit(draft.id, nmr=draft.nmr - NMR("0.01"))
    assert column(book.policy.report(SIGNALS), place).open == opened + NMR("0.01")


def next_increase(book: Book, sandbox: Sandbox) -> Change:
    """Rounds go by until an increase is drafted."""
    for _ in range(10):
        sandbox.advance(rounds=1)
        book.sync()
        found = [one for one in drafts(book) if one.kind is ChangeKind.INCREASE]
        if found:
            return found[0]
    pytest.fail("no increase was drafted")


def test_a_cancelled_draft_comes_again_with_the_next_round_only(
    book: Book, sandbox: Sandbox
) -> None:
    half_to_the_smallest(book, SIGNALS)
    declined = book.policy.switch_on(SIGNALS)
    for one in declined:
        book.queue.cancel(one.id)
    draft = next_increase(book, sandbox)
    assert all(one.kind is not ChangeKind.TAKE_PROFIT_ON for one in drafts(book))
    book.queue.cancel(draft.id)
    for _ in range(2):
        book.sync()
        assert all(one.model_id != draft.model_id for one in drafts(book))
    waiting = book.policy.report(SIGNALS).waiting
    assert any("was cancelled or refused" in one for one in waiting)
    again = next_increase(book, sandbox)
    assert again.model_id == draft.model_id
    assert again.nmr is not None and draft.nmr is not None


def test_two_syncs_in_a_row_draft_once(book: Book, sandbox: Sandbox) -> None:
    half_to_the_smallest(book, SIGNALS)
    book.policy.switch_on(SIGNALS)
    next_increase(book, sandbox)
    before = changes(book)
    book.sync()
    assert book.policy.settle() == ()
    assert changes(book) == before


def test_of_several_processes_that_settle_at_once_one_drafts(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    books = [make_book() for _ in range(4)]
    half_to_the_smallest(books[0], SIGNALS)
    books[0].policy.switch_on(SIGNALS)
    next_increase(books[0], sandbox)
    for one in drafts(books[0]):
        books[0].queue.cancel(one.id)
    books[0].policy.set_rules(SIGNALS, burns=BurnRule.CARRY, threshold=NMR("0.01"), every=None)
    policy = books[0].policy.report(SIGNALS).policy
    store = Store.open(books[0]._store.path, clock=SandboxClock(sandbox))
    sandbox.advance(rounds=1)
    make_book(read_only=True).sync()
    store.policies.put_in_force(policy, 1000, None)
    store.close()
    start = threading.Barrier(len(books))

    def settle(book: Book) -> int:
        start.wait()
        return len(book.policy.settle())

    with ThreadPoolExecutor(len(books)) as threads:
        counts = list(threads.map(settle, books))
    found = drafts(books[0])
    assert sum(counts) == len(found) > 0
    assert len({(one.model_id, one.kind) for one in found}) == len(found)


def test_without_the_right_to_write_nothing_accrues(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book()
    half_to_the_smallest(book, SIGNALS)
    book.policy.switch_on(SIGNALS)
    looking = make_book(read_only=True)
    before = book.policy.report(SIGNALS).total
    sandbox.advance(rounds=3)
    looking.sync()
    report = looking.policy.report(SIGNALS)
    assert report.total == before
    assert report.in_force
    for call in (looking.policy.switch_on, looking.policy.switch_off):
        with pytest.raises(ReadOnly):
            call(SIGNALS)
    book.policy.settle()
    assert book.policy.report(SIGNALS).total != before


def test_switched_off_nothing_more_is_split(book: Book, sandbox: Sandbox) -> None:
    small, _ = half_to_the_smallest(book, SIGNALS)
    book.policy.switch_on(SIGNALS)
    next_increase(book, sandbox)
    book.policy.switch_off(SIGNALS)
    report = book.policy.report(SIGNALS)
    assert not report.in_force and report.active is not None and not report.active.on
    accrued, queue = column(report, small).accrued, changes(book)
    sandbox.advance(rounds=3)
    book.sync()
    after = book.policy.report(SIGNALS)
    assert column(after, small).accrued == accrued
    assert after.total == NMR.total(one.accrued for one in after.columns)
    assert [one.id for one in changes(book)] == [one.id for one in queue]
    with pytest.raises(ChangeError, match="No policy is in force"):
        book.policy.switch_off(SIGNALS)


def test_a_policy_from_the_past_splits_what_has_settled(book: Book) -> None:
    small, _ = half_to_the_smallest(book, SIGNALS)
    first = book.policy.report(SIGNALS).next_round
    book.policy.switch_on(SIGNALS, since=first - 20)
    report = book.policy.report(SIGNALS)
    settled = [
        one.payout
        for line in report.lines
        if line.model_id is not None
        for one in book.performances(line.model_id, 200)
        if first - 20 <= one.round < first and one.payout is not None
    ]
    assert report.total == NMR.total(settled) != ZERO
    assert column(report, small).accrued > ZERO


def test_what_can_not_be_put_in_force(book: Book) -> None:
    with pytest.raises(ChangeError, match="no row"):
        book.policy.switch_on(SIGNALS)
    half_to_the_smallest(book, SIGNALS)
    with pytest.raises(ChangeError, match="no round 0"):
        book.policy.switch_on(SIGNALS, since=0)
    gone = Destination(DestinationKind.MODEL, "gone")
    book.policy.set_share(SIGNALS, None, gone, "5")
    with pytest.raises(ChangeError, match="gone is no model"):
        book.policy.switch_on(SIGNALS)
    with pytest.raises(ChangeError, match="gone is no model"):
        book.policy.replay(SIGNALS, 10)
    assert book.policy.report(SIGNALS).versions == ()


# Atomic


@pytest.fixture
def atomic(make_book: BookMaker, sandbox: Sandbox) -> Book:
    """A synced book that signs here, on the sandbox's chain."""
    config = replace(Config(), atomic=chain_settings(sandbox, channel="signed"))
    book = make_book(config=config)
    book.sync()
    return book


def carry_out(book: Book) -> None:
    """Say yes to every draft, sign it, and send it."""
    for one in drafts(book):
        book.queue.confirm(one.id)
        book.queue.signing.sign(one.id, Secret(PASSPHRASE))
        book.queue.run()


def test_atomic_totals_follow_the_policy(atomic: Book, sandbox: Sandbox) -> None:
    """Per-round stakes times the rounds that run are what was there and what accrued since."""
    small, other = half_to_the_smallest(atomic, CRYPTO)
    before = atomic.policy.report(CRYPTO)
    atomic.policy.switch_on(CRYPTO)
    for _ in range(5):
        carry_out(atomic)
        sandbox.advance(rounds=2)
        atomic.sync()
    carry_out(atomic)
    atomic.sync()
    report = atomic.policy.report(CRYPTO)
    assert report.total == NMR.total(one.accrued for one in report.columns) != ZERO
    rounds = atomic.stakes.atomic.facts(CRYPTO).schedule.concurrent
    kinds = {one.kind for one in changes(atomic)}
    assert ChangeKind.WITHDRAW in kinds and ChangeKind.SET_PER_ROUND in kinds
    for place in (small, other):
        setting = atomic.stakes.atomic.setting(place.name)
        assert setting is not None and setting.mode is StakeMode.CONSTANT
        now, start = column(report, place), column(before, place).stake
        assert start is not None
        accrued = own_part(report, place.name) + now.accrued
        held = setting.per_round.times(Decimal(rounds))
        assert held == start + accrued - now.open, "what rounding leaves stays open"
    withdrawn = [one.nmr for one in changes(atomic) if one.kind is ChangeKind.WITHDRAW]
    wallet = column(report, WALLET)
    assert NMR.total(one for one in withdrawn if one is not None) == wallet.accrued - wallet.open
    applied = [one for one in sandbox.mutations_applied if one["field"] == "withdraw"]
    assert len(applied) == len(withdrawn)


def test_atomic_drafts_wait_for_a_yes(atomic: Book, sandbox: Sandbox) -> None:
    half_to_the_smallest(atomic, CRYPTO)
    atomic.policy.switch_on(CRYPTO)
    for _ in range(4):
        sandbox.advance(rounds=2)
        atomic.sync()
    assert drafts(atomic)
    assert all(one.reason.startswith("Payout allocation: ") for one in drafts(atomic))
    atomic.queue.run()
    assert not [
        one for one in sandbox.mutations_applied if one["field"] in {"setModelConfig", "withdraw"}
    ]


# Simulated, and saved with targets


def test_simulating_keeps_nothing(book: Book) -> None:
    small, _ = half_to_the_smallest(book, SIGNALS)
    found = book.policy.replay(SIGNALS, 30)
    assert len(found.points) == 30
    assert NMR.total(found.accrued.values()) == found.points[-1].with_policy
    assert found.accrued[small] > ZERO
    assert changes(book) == []
    kept = book.policy.replay(SIGNALS, 30, Policy(SIGNALS))
    assert all(not point.difference for point in kept.points)


def test_a_policy_is_saved_with_named_targets(book: Book, tmp_path: Path) -> None:
    book.targets.save(SIGNALS, "plain")
    half_to_the_smallest(book, SIGNALS)
    book.policy.add_pool(SIGNALS, "tax")
    saved = book.policy.report(SIGNALS).policy
    book.targets.save(SIGNALS, "autumn")
    text = book.targets.export(SIGNALS)
    book.policy.keep(Policy(SIGNALS))
    book.targets.load(SIGNALS, "plain")
    assert book.policy.report(SIGNALS).policy == Policy(SIGNALS)
    book.targets.load(SIGNALS, "autumn")
    report = book.policy.report(SIGNALS)
    assert report.policy == saved
    assert report.versions == (), "it is edited, not in force"
    book.targets.load(SIGNALS, "plain")
    assert book.policy.report(SIGNALS).policy == saved, "a set without one leaves it"
    book.policy.keep(Policy(SIGNALS))
    file = tmp_path / "mine.toml"
    file.write_text(text)
    book.targets.import_file(file)
    assert book.policy.report(SIGNALS).policy == saved
