"""What Numerai did not tell, in a ledger: nothing is planned, confirmed or booked from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.book import Book
from ledger.config.config import Config
from ledger.config.settings import NoticeSettings
from ledger.domain.concern import Level
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.records.record import RecordKind
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.syncing.facts import PayoutCorrection, SyncFacts
from ledger.errors import ChangeError, ReadOnly
from ledger.reports.notices.notice import NoticeKind
from ledger.rules.records.records import totals
from ledger.store import Store
from tests.conftest import BookMaker
from tests.ledger.untold import SINCE, lose, never, old, tell_all

SIGNALS = Tournament.SIGNALS


def free_model(book: Book) -> str:
    """A continuously staked model without anything pending."""
    return next(
        line.model_id
        for line in book.stakes.report().lines
        if line.tournament is SIGNALS and line.staked and line.pending is None
    )


def unfinished(book: Book) -> None:
    """As during the first sync: the ledger holds a part of the history."""
    book._store.apply(SyncFacts(history=False))


# ---- the null case ----


@pytest.mark.parametrize("entry", [never, old])
def test_nothing_can_be_queued_for_a_stake_nobody_tells(book: Book, entry: object) -> None:
    model_id = free_model(book)
    book.targets.set_all(SIGNALS, {model_id: "1"})
    assert any(step.model.id == model_id for step in book.targets.allocation(SIGNALS).plan.steps)
    lose(book, entry(Fact.STAKE, model_id))  # type: ignore[operator]
    allocation = book.targets.allocation(SIGNALS)
    line = allocation.line(model_id)
    assert line is not None
    assert line.uncertain is not None
    assert "nothing is planned for it" in line.uncertain
    assert line.blocked == line.uncertain
    assert (line.current is None) is (entry is never)
    assert allocation.plan.steps == ()
    with pytest.raises(ChangeError, match="nothing is planned for it"):
        book.targets.enqueue(SIGNALS)
    for kind in (ChangeKind.INCREASE, ChangeKind.DECREASE):
        preview = book.queue.preview(model_id, kind, "1")
        assert preview.problem == line.uncertain
        with pytest.raises(ChangeError, match="nothing is planned for it"):
            book.queue.draft(preview)
        with pytest.raises(ChangeError, match="nothing is planned for it"):
            book.queue.add(model_id, kind, NMR(1))
    assert book.queue.report().lines == ()


def test_a_draft_is_not_confirmed_once_its_stake_is_unknown(book: Book) -> None:
    model_id = free_model(book)
    change = book.queue.add(model_id, ChangeKind.DRAIN)
    lose(book, never(Fact.STAKE, model_id))
    confirmation = book.queue.confirmation([change.id])
    assert confirmation.total is None
    assert confirmation.untold == confirmation.problems
    (line,) = book.queue.report().lines
    assert line.uncertain is not None
    with pytest.raises(ChangeError, match=f"Change {change.id}: Numerai does not tell"):
        book.queue.confirm(change.id)
    assert book.queue.history(change.id).line.change.state is ChangeState.DRAFT
    tell_all(book, book._store.stakes().values())
    assert book.queue.confirm(change.id).state is ChangeState.QUEUED
    assert book.queue.report().lines[0].uncertain is None


def test_a_plan_made_before_is_not_queued_after(book: Book) -> None:
    model_id = free_model(book)
    book.targets.set_all(SIGNALS, {model_id: "1"})
    plan = book.targets.allocation(SIGNALS).plan
    lose(book, old(Fact.PENDING, model_id))
    with pytest.raises(ChangeError, match="pending change"):
        book.queue.enqueue(plan)
    assert book.queue.report().lines == ()


def test_shares_of_what_is_not_known_are_problems(book: Book) -> None:
    lines = [line for line in book.targets.allocation(SIGNALS).lines if line.current]
    one, other = lines[0].model_id, lines[1].model_id
    lose(book, old(Fact.STAKE, other))
    for text in ("25%", "max"):
        book.targets.set_all(SIGNALS, {one: text})
        found = book.targets.allocation(SIGNALS)
        line = found.line(one)
        assert line is not None
        assert line.problem is not None
        assert line.target is None
    book.targets.set_all(SIGNALS, {one: "1"})
    found = book.targets.allocation(SIGNALS)
    assert [step.model.id for step in found.plan.steps] in ([one], [])
    assert found.problems == ()


# ---- records ----


def lost_and_found(book: Book, *entries: MissingFact) -> tuple[RecordKind, ...]:
    """The kinds of records that losing and finding something again leaves."""
    book.records.keep()
    before = len(book._store.records.all())
    stakes, account = book._store.stakes(), book._store.account()
    lose(book, *entries)
    book.records.keep()
    book._store.apply(SyncFacts(account=account, stakes=tuple(stakes.values()), missing=()))
    book.records.keep()
    return tuple(row.kind for row in book._store.records.all()[before:])


@pytest.mark.parametrize("entry", [never, old])
@pytest.mark.parametrize("fact", [Fact.STAKE, Fact.PENDING, Fact.LISTED])
def test_a_stake_that_vanishes_and_returns_leaves_no_record(
    book: Book, fact: Fact, entry: object
) -> None:
    assert lost_and_found(book, entry(fact, free_model(book))) == ()  # type: ignore[operator]


@pytest.mark.parametrize("entry", [never, old])
def test_a_wallet_that_vanishes_and_returns_leaves_no_record(book: Book, entry: object) -> None:
    assert lost_and_found(book, entry(Fact.WALLET)) == ()  # type: ignore[operator]


def test_what_moves_while_it_is_unknown_is_booked_when_it_is_told(book: Book) -> None:
    book.records.keep()
    model_id = free_model(book)
    stakes = dict(book._store.stakes())
    held = stakes[model_id].settled
    assert held is not None
    lose(book, never(Fact.STAKE, model_id))
    assert book.records.keep() == ()
    stakes[model_id] = replace(stakes[model_id], settled=held + NMR(3))
    tell_all(book, stakes.values())
    moved = book.records.keep()
    assert {row.kind for row in moved} == {RecordKind.TRANSFER, RecordKind.ADJUSTMENT}
    assert {row.nmr for row in moved} == {NMR(3)}
    assert not NMR.total(totals(book.records.all()).values())


def test_opening_balances_wait_for_what_is_unknown_but_not_for_ever(book: Book) -> None:
    model_id = free_model(book)
    lose(book, never(Fact.STAKE, model_id))
    assert book.records.keep() == ()
    assert book._store.records.all() == ()
    lose(book, never(Fact.STAKE, model_id, acknowledged=True))
    kinds = {row.kind for row in book.records.keep()}
    assert RecordKind.OPENING in kinds
    assert RecordKind.ADJUSTMENT not in kinds


def test_nothing_is_booked_from_half_a_history(make_book: BookMaker) -> None:
    book = make_book()
    unfinished(book)
    assert book.records.keep() == ()
    assert make_book(read_only=True).records.all() == ()
    book.policy.set_share(SIGNALS, None, _pool(), "50")
    book.policy.switch_on(SIGNALS, since=1)
    assert book.policy.settle() == ()
    assert book.policy.report(SIGNALS).total == ZERO
    book._store.apply(SyncFacts(history=True))
    assert book.records.keep()
    book.policy.settle()
    assert book.policy.report(SIGNALS).total != ZERO


def _pool():
    from ledger.domain.policy import Destination, DestinationKind

    return Destination(DestinationKind.POOL, "tax")


def test_where_payouts_landed_waits_for_take_profit(book: Book) -> None:
    book.policy.set_share(SIGNALS, None, _pool(), "50")
    lose(book, old(Fact.TAKE_PROFIT, free_model(book)))
    book.policy.switch_on(SIGNALS, since=1)
    assert book.policy.report(SIGNALS).total == ZERO
    tell_all(book, book._store.stakes().values())
    book.policy.settle()
    assert book.policy.report(SIGNALS).total != ZERO


def corrected(book: Book) -> PayoutCorrection:
    """A settled payout of Signals altered by Numerai, in the ledger as a sync leaves it."""
    store = book._store
    row = next(
        row
        for row in store.performances(SIGNALS)
        if row.state is PayoutState.SETTLED and row.payout and row.payout > ZERO
    )
    assert row.payout is not None
    found = PayoutCorrection(
        book.now(), SIGNALS, row.round, row.model_id, row.payout, row.payout + NMR("0.25")
    )
    store.apply(SyncFacts(performances=(replace(row, payout=found.after),), corrections=(found,)))
    return found


def test_a_corrected_payout_is_a_new_record_and_a_notice(book: Book) -> None:
    book.records.keep()
    found = corrected(book)
    added = [row for row in book.records.keep() if row.kind is RecordKind.PAYOUT]
    assert [(row.part, row.nmr, row.round) for row in added] == [(1, NMR("0.25"), found.round)]
    (notice,) = [one for one in book.notices.all() if one.kind is NoticeKind.CORRECTED]
    assert f"round {found.round}" in notice.sentence
    assert notice.at == found.at
    assert book.records.keep() == ()


# ---- notices ----


def test_what_is_missing_is_noticed_until_it_is_acknowledged(book: Book) -> None:
    model_id = free_model(book)
    assert not [one for one in book.notices.all() if one.kind is NoticeKind.MISSING]
    lose(book, old(Fact.STAKE, model_id), never(Fact.RETURNS, model_id))
    found = [one for one in book.notices.all() if one.kind is NoticeKind.MISSING]
    assert {one.sentence for one in found} == {line.sentence for line in book.missing().lines}
    assert {one.at for one in found} == {SINCE}
    assert book.acknowledge([Fact.RETURNS]) == 1
    assert len([one for one in book.notices.all() if one.kind is NoticeKind.MISSING]) == 1
    assert [line.acknowledged for line in book.missing().lines] == [False, True]
    assert book.stakes.report().missing.of(Fact.RETURNS, model_id) is not None


def test_a_model_that_is_gone_is_noticed(book: Book) -> None:
    model_id = free_model(book)
    models = tuple(
        replace(model, missing_since=SINCE) if model.id == model_id else model
        for model in book._store.models(archived=True)
    )
    book._store.apply(SyncFacts(models=models, missing=(old(Fact.LISTED, model_id),)))
    (notice,) = [one for one in book.notices.all() if one.kind is NoticeKind.GONE]
    assert "Its last figures stand" in notice.sentence
    assert not [one for one in book.notices.all() if one.kind is NoticeKind.MISSING]
    (line,) = [one for one in book.portfolio().lines if one.model_id == model_id]
    assert line.missing_since == SINCE
    assert line.staked


def test_the_command_hears_nothing_of_half_a_history(make_book: BookMaker) -> None:
    heard = NoticeSettings(command=["true"])
    book = make_book(config=Config(notices=heard))
    lose(book, never(Fact.RETURNS, free_model(book)))
    unfinished(book)
    notices = book.notices.all()
    loud = tuple(one for one in notices if one.level is Level.LOUD)
    assert loud
    assert book.notices.tell(notices) == ()
    book._store.apply(SyncFacts(history=True))
    assert book.notices.tell(notices) == loud


def test_read_only_acknowledges_nothing(make_book: BookMaker) -> None:
    with pytest.raises(ReadOnly):
        make_book(read_only=True).acknowledge([Fact.RETURNS])


def test_earnings_keep_their_columns_where_a_stake_is_unknown(book: Book) -> None:
    """A stake that is not known leaves its own cell empty, not the one beside it."""
    from ledger.domain.earnings.paid_rounds import Unit
    from ledger.reports.earnings.earnings import View

    store: Store = book._store
    number = store.rounds(SIGNALS, scores=False)[30].number
    rows = [row for row in store.performances(SIGNALS) if row.round == number]
    lost, kept = rows[0], {row.model_id: row.at_risk for row in rows[1:]}
    before = book.earnings.report(View(unit=Unit.PERCENT, tournament=SIGNALS))
    store.apply(SyncFacts(performances=(replace(lost, at_risk=None),)))
    after = book.earnings.report(View(unit=Unit.PERCENT, tournament=SIGNALS))
    assert after.paid.unknown == 1
    group = next(one for one in after.groups if one.label == str(number))
    for index, model in enumerate(after.models):
        cell = group.cells[index]
        if model.id == lost.model_id:
            assert (cell.unknown, cell.rate) == (1, None)
        elif model.id in kept:
            assert cell.at_risk == kept[model.id].amount  # type: ignore[union-attr]
    assert after.paid.settled == before.paid.settled


def test_a_tournament_of_archived_models_counts_while_one_holds_something(book: Book) -> None:
    before = book.portfolio()
    models = tuple(
        replace(model, archived=model.archived or model.tournament is SIGNALS)
        for model in book.models()
    )
    book._store.apply(SyncFacts(models=models))
    after = book.portfolio()
    assert after.staked == before.staked == book.stakes.report().staked
    kept = [line for line in after.lines if line.tournament is SIGNALS]
    assert kept
    assert all(line.archived and line.staked for line in kept)
    nothing = tuple(
        replace(stake, settled=ZERO, projected=ZERO, pending=None)
        for stake in book._store.stakes().values()
    )
    book._store.apply(SyncFacts(stakes=nothing))
    assert SIGNALS not in {line.tournament for line in book.portfolio().lines}
    assert SIGNALS not in book.portfolio().systems
