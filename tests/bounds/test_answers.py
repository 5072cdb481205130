"""The walk over every field of every answer: a sync ends with sentences, whatever stands there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.errors import LedgerError, Unreachable
from ledger.exports.table import table
from ledger.numerai.transport import Transport
from ledger.reports.earnings.earnings import Unit, View
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.bounds.answers import VALUES, Spoiler
from tests.conftest import NOW, make_client

GROUPS = 2


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=2, rounds=6, now=NOW, frozen=True) as running:
        yield running


def synced(world: Sandbox, path: Path) -> None:
    clock = FrozenClock(NOW)
    client = make_client(world, max_parallel=1, sleep=lambda *_: None)
    store = Store.open(path, clock=clock)
    try:
        sync(client, store, clock, history_rounds=None)
    finally:
        store.close()
        client.close()


def read_all(path: Path) -> None:
    """Everything that a screen or a command shows of a ledger."""
    store = Store.open(path, clock=FrozenClock(NOW))
    book = Book(
        profile="default", store=store, clock=FrozenClock(NOW), config=Config(), connect=unreachable
    )
    try:
        book.portfolio()
        book.missing()
        book.reach()
        book.stakes.report()
        for unit in Unit:
            book.earnings.report(View(unit=unit, currency=book.records.currency))
        book.earnings.projected()
        book.records.yearly()
        table(book.records.books())
        book.notices.all()
        for tournament in book.tournaments():
            book.slots.report(tournament)
    finally:
        book.close()


def unreachable() -> NoReturn:
    raise Unreachable("There is no network here.")


def test_no_value_in_an_answer_breaks_a_sync_or_what_comes_after(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, path = tmp_path / "sound.sqlite3", tmp_path / "spoiled.sqlite3"
    synced(world, sound)
    spoiler, struck = Spoiler(GROUPS), Transport._struck
    monkeypatch.setattr(Transport, "_struck", lambda self, content: spoiler(struck(self, content)))
    for turn in range(GROUPS * len(VALUES)):
        spoiler.begin(turn)
        shutil.copyfile(sound, path)
        with suppress(LedgerError):
            synced(world, path)
        read_all(path)
    assert len(spoiler.places) > 100
    assert len(spoiler.put) == len(spoiler.places) * len(VALUES)
