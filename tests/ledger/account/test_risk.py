"""Figures of risk in the ledger: computed after a sync, kept whole, and old once it has changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.account.risk import RiskBook
from ledger.domain.rounds.performance import PayoutState
from ledger.rules.earnings.risk import estimate
from ledger.store import Store
from tests.ledger.rules.earnings.risky import facts
from tests.ledger.rules.earnings.test_risk import some_rates

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.risk import RiskFigures
    from ledger.rules.earnings.risk_facts import RiskFacts
    from ledger.sandbox import Sandbox
    from tests.conftest import BookMaker

TOLD = estimate(facts(some_rates(5)), draws=100)
UNTOLD = estimate(facts(some_rates(5)[:20], stakes=(None, Decimal(3), Decimal(0))), draws=100)


@pytest.mark.parametrize("figures", [TOLD, UNTOLD], ids=["told", "untold"])
def test_what_is_kept_is_read_as_it_was(book: Book, figures: RiskFigures) -> None:
    names = {row.model_id: row.name for row in figures.models}
    for _ in range(2):
        book._store.keep_risk(figures)
        assert book._store.risk(names) == figures


def test_a_sync_computes_them_and_what_comes_later_makes_them_old(
    sandbox: Sandbox, make_book: BookMaker
) -> None:
    book = make_book()
    assert book.risk.kept() is None
    sandbox.advance(rounds=1)
    book.sync()
    kept = book.risk.kept()
    assert kept is not None and not kept.stale and kept.basis.computed == book.now()
    assert kept == book.risk.current()
    staked = [
        row.at_risk
        for row in book.earnings.performances(None)
        if row.state is PayoutState.PENDING and row.at_risk and row.clip == 1
    ]
    assert staked and sum(nmr.wei for nmr in staked) <= kept.at_risk.wei

    before = replace(kept.basis, revision=kept.basis.revision - 1)
    book._store.keep_risk(replace(kept, basis=before))
    old = book.risk.kept()
    assert old is not None and old.stale and old.basis == before
    assert book.risk.current() == book.risk.kept() == kept


def test_figures_are_taken_over_while_what_they_rest_on_stays(
    sandbox: Sandbox, make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimated: list[RiskFacts] = []

    def counted(facts: RiskFacts) -> RiskFigures:
        estimated.append(facts)
        return estimate(facts)

    monkeypatch.setattr("ledger.rules.earnings.risk.estimate", counted)
    book = make_book()
    book.sync()
    first = book.risk.kept()
    book.sync()
    second = book.risk.kept()
    assert first is not None and second is not None and len(estimated) == 1
    assert second.basis.revision > first.basis.revision and not second.stale
    assert second == replace(estimate(book.risk._facts()), stale=False)
    other = make_book()
    other.sync()
    assert len(estimated) == 1, "another process takes them over, too"
    assert other.risk.kept() == replace(estimate(other.risk._facts()), stale=False)
    sandbox.advance(rounds=1)
    book.sync()
    assert len(estimated) == 2


@pytest.mark.parametrize(
    "changed",
    [
        "UPDATE performance SET payout = '0.125' WHERE state = 'settled' AND round % 5 = 0",
        "UPDATE performance SET at_risk = '7' WHERE state = 'pending'",
        "UPDATE performance SET payout = NULL WHERE state = 'pending'",
        "UPDATE performance SET state = iif(state = 'settled', 'pending', 'settled') "
        "WHERE round = (SELECT max(round) FROM performance WHERE state = 'settled')",
        "UPDATE performance SET clip = '0.05' WHERE state = 'pending'",
        "UPDATE model SET archived = 1 WHERE id = (SELECT min(model_id) FROM performance)",
        "UPDATE model SET name = 'zz' || name",
        "UPDATE round_score SET days = 30",
        "DELETE FROM performance WHERE round % 7 = 0",
    ],
)
def test_figures_are_computed_anew_where_what_they_rest_on_has_changed(
    book: Book, ledger_file: Path, changed: str
) -> None:
    book.risk.keep()
    book.close()
    with closing(sqlite3.connect(ledger_file)) as connection, connection:
        assert connection.execute(changed).rowcount
    store = Store.open(ledger_file, clock=book.clock)
    again = RiskBook(store, book.clock)
    plain = RiskBook(store, book.clock, read_only=True)
    assert again.keep() == again.kept() == plain.keep()
    store.close()


def test_another_process_keeps_the_same_figures(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = book.risk.keep()
    with book._store._connections.writing() as connection:
        connection.execute("DELETE FROM risk")
    apart = RiskBook(book._store, book.clock, apart=True)
    with monkeypatch.context() as nothing_here:
        nothing_here.setattr("ledger.rules.earnings.risk.estimate", None)
        assert apart.keep() == apart.kept() == here


def test_where_no_other_process_can_be_had_they_are_computed_here(
    book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = book.risk.keep()
    for interpreter in (str(tmp_path / "nothing"), "false"):
        with book._store._connections.writing() as connection:
            connection.execute("DELETE FROM risk")
        monkeypatch.setattr("sys.executable", interpreter)
        apart = RiskBook(book._store, book.clock, apart=True)
        assert apart.keep() == apart.kept() == here


def test_read_only_keeps_nothing(make_book: BookMaker) -> None:
    book = make_book(read_only=True)
    assert book.risk.current() is not None
    assert book.risk.kept() is None
