"""An account whose models are named to mislead: nothing is hidden, nothing is said by a name."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ledger.domain.queue.change import ChangeKind
from tests.ledger.domain.test_names import HOSTILE
from tests.tui.driving import QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import ATOMIC, FREE, OTHER, RELEASING, front, loaded, mark, typed
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.fields import Fields
from tui.screens.notices.notices import NoticesPane
from tui.screens.pane import Pane
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.tables.columns import cell_of

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.reports.account.portfolio import ModelLine
    from tests.conftest import BookMaker

LONG = "a" * 3000
SHOWN = r"≈“alder \{Classic\} by 0\.01…” \([0-9a-f]{4}\)"


@pytest.fixture
def renamed(ledger_file: Path) -> dict[str, str]:
    """Models of a ledger written before names were bounded, by what they are called now."""
    hostile = {FREE: HOSTILE, OTHER: LONG, RELEASING: LONG, ATOMIC: LONG}
    with closing(sqlite3.connect(ledger_file)) as connection, connection:
        for before, name in hostile.items():
            connection.execute("UPDATE model SET name = ? WHERE name = ?", (name, before))
    return hostile


def hostile(book: Book) -> ModelLine:
    """The model whose name words a confirmation."""
    return next(line for line in book.portfolio().lines if line.name.startswith("alder {"))


def lines_of(pilot: Pilot[Any]) -> list[str]:
    """The screen as it is painted, line by line."""
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


def bounded(lines: list[str]) -> bool:
    return len(lines) <= 24 and not any("a" * 40 in line or "\u2800" in line for line in lines)


async def test_the_confirmations_say_what_is_done_before_any_name(
    make_book: BookMaker, renamed: dict[str, str]
) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        pane = await loaded(pilot, "2", StakesPane)
        mark(pane.grid, hostile(book).name)
        await pilot.press("minus")
        dialog = await front(pilot, ChangeDialog)
        await typed(pilot, "2.5")
        await until(pilot, lambda: "2.5 NMR" in str(dialog.query_one(Fields).content))
        _says_it_first(lines_of(pilot))
        assert dialog.query_one(Input).region.bottom < SMALL[1]

        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        _says_it_first(lines_of(pilot))
        assert bounded(lines_of(pilot))


def _says_it_first(lines: list[str]) -> None:
    """Amount, change, model and tournament stand above every sentence, in fields."""
    (at,) = [number for number, line in enumerate(lines) if "Amount  2.5 NMR " in line]
    assert re.search(r"Amount  2\.5 NMR +Change +decrease ", lines[at])
    assert re.search(rf"Model   {SHOWN} +Tournament +Signals ", lines[at + 1])
    (sentence,) = [number for number, line in enumerate(lines) if "Decrease the stake of" in line]
    assert sentence > at + 1
    inside = (line.split("│")[1].strip() for line in lines[sentence : sentence + 2])
    together = " ".join(inside)
    assert re.search(rf"Decrease the stake of {SHOWN} \(Signals\) by 2\.5 NMR\.", together)


async def test_no_name_hides_what_stands_beside_it(
    make_book: BookMaker, renamed: dict[str, str]
) -> None:
    book = make_book(config=QUIET)
    book.queue.draft(book.queue.preview(hostile(book).model_id, ChangeKind.DECREASE, "2.5"))
    async with running(book, SMALL) as pilot:
        for key, kind, words in (
            ("1", None, ("staked", "change", "≈aaa")),
            ("2", StakesPane, ("staked", "change", "due", "≈aaa")),
            ("5", QueuePane, ("2.500", "≈alder {Classic}… (", "decrease")),
            ("4", SlotsPane, ("round", "≈aaa", "basalt_neut…", "cobalt_faith", "stake")),
            ("7", NoticesPane, ("notice",)),
        ):
            if kind is not None:
                await loaded(pilot, key, kind)
            pane = app_of(pilot).pane
            assert isinstance(pane, Pane)
            await pilot.press("G")
            await settled(pilot)
            text = "\n".join(lines_of(pilot))
            assert all(word in text for word in words), (key, text)
            assert bounded(lines_of(pilot)), text
        grid = (await loaded(pilot, "2", StakesPane)).grid
        assert grid is not None
        shown = {cell_of(grid.columns[0], row).plain for row in grid.rows}
    assert len([name for name in shown if re.fullmatch(r"≈a+… \([0-9a-f]{4,}\)", name)]) == 3
