"""How models stand as it was kept after a sync: what the ledger's rounds come to, or nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.syncing.facts import SyncFacts
from ledger.reports.account.portfolio import Portfolio
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker


def kept(book: Book) -> bool:
    found = [book._store.kept_standings(one) is not None for one in book.tournaments()]
    assert len(set(found)) == 1
    return found[0]


def plain(book: Book) -> Portfolio:
    """Added up without what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(book._store), "kept_standings", lambda *_: None)
        return book.portfolio()


def test_a_sync_keeps_what_its_rounds_come_to(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book()
    assert not kept(book), "of a ledger that was just brought up to date"
    assert book.portfolio() == plain(book)
    for rounds in (0, 1, 5):
        sandbox.advance(rounds=rounds)
        book.sync()
        assert kept(book)
        assert book.portfolio() == plain(book)
        assert any(line.recent for line in book.portfolio().lines)


@pytest.mark.parametrize("unknown", [False, True])
def test_what_changes_a_round_is_seen_at_once(book: Book, *, unknown: bool) -> None:
    book._tournaments.keep_standings()
    before = book.portfolio()
    line = next(line for line in before.lines if line.at_risk and line.recent)
    row = next(
        row
        for row in book._store.performances(line.tournament, model_id=line.model_id)
        if row.payout is not None and row.state.value == "pending"
    )
    assert row.payout is not None
    more = replace(row, payout=row.payout + NMR("0.5"))
    book._store.apply(SyncFacts(performances=(replace(more, at_risk=None) if unknown else more,)))
    assert not kept(book)
    after = next(one for one in book.portfolio().lines if one.model_id == line.model_id)
    assert after.pending_payout == line.pending_payout + NMR("0.5")
    assert (after.at_risk is None) is unknown
    book._tournaments.keep_standings()
    assert kept(book)
    assert book.portfolio() == plain(book)


def test_what_was_read_before_the_ledger_changed_counts_for_nothing(book: Book) -> None:
    store = book._store
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE sync_state SET revision = revision + 1")
    store.keep_standings(store.revision() - 1, {one: {} for one in book.tournaments()})
    assert not kept(book)
    assert book.portfolio() == plain(book)
