"""E keeps in a file, on every page: records, a year for taxes, the queue, who sat where."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ledger.book import Book
from ledger.domain.model import System, Tournament
from ledger.domain.queue.change import ChangeKind
from tests.conftest import BookMaker
from tests.tui.driving import AT_HOME, QUIET, SMALL, app_of, running, until
from tests.tui.staking import front
from tui import keys
from tui.app import PANES
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.export_dialog import ExportDialog
from tui.screens.dialogs.file_dialog import FileDialog
from tui.screens.records.records_dialog import KINDS, RecordsDialog
from tui.widgets.static import Static

Where = Callable[[str], Path]


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Where:
    """A file by its name in the folder the app was started in."""
    monkeypatch.chdir(tmp_path)
    return lambda name: tmp_path / name


async def told(pilot: Pilot[Any], words: str) -> None:
    app = app_of(pilot)
    await until(
        pilot, lambda: any(words in note.message for note in app._notifications), f"not: {words}"
    )


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


async def say(pilot: Pilot[Any], dialog: RecordsDialog, **fields: str) -> None:
    """Put texts into fields of the dialog."""
    for name, text in fields.items():
        dialog.query_one(f"#{name}", Input).value = text
    await pilot.pause()


def objection(dialog: RecordsDialog) -> str:
    return str(dialog.query_one("#objection", Static).content)


def test_the_key_means_nothing_else() -> None:
    on_e = [action for action in keys.ACTIONS if "E" in keys.keys_of(action, {})]
    assert {action.label for action in on_e} == {"export"}
    assert len(on_e) == 6


async def test_every_page_has_its_export(make_book: BookMaker) -> None:
    exports = {
        "home": RecordsDialog,
        "models": RecordsDialog,
        "stakes": RecordsDialog,
        "earnings": RecordsDialog,
        "slots": FileDialog,
        "queue": FileDialog,
        "unlocks": ExportDialog,
    }
    assert {*exports, "notices"} == set(PANES)
    async with running(make_book(config=AT_HOME), SMALL) as pilot:
        app = app_of(pilot)
        for mode, dialog in exports.items():
            await app.show_mode(mode)
            pane = app.pane
            await until(pilot, lambda pane=pane: app.screen is pane and pane.report is not None)
            await pilot.press("E")
            await front(pilot, dialog)
            await pilot.press("escape")
            await until(pilot, lambda pane=pane: app.screen is pane)
            await until(pilot, lambda: not any(worker.group == "export" for worker in app.workers))


async def test_what_is_asked_for_is_what_the_file_holds(make_book: BookMaker, where: Where) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        await pilot.press("3", "t", "t")
        await until(pilot, lambda: app_of(pilot).pane.tournament is Tournament.SIGNALS)
        await until(pilot, lambda: app_of(pilot).pane.report.view.tournament is Tournament.SIGNALS)
        await pilot.press("E")
        dialog = await front(pilot, RecordsDialog)
        assert dialog.query_one("#tournament", Input).value == "signals"
        await pilot.press(
            "tab", *"2026-10", "tab", *"2026-10", "tab", "tab", "ctrl+u", *"eur", "enter"
        )
        await told(pilot, str(where("numstake-default.csv")))
    kept = rows(where("numstake-default.csv"))
    books = book.records.books(
        since=date(2026, 10, 1),
        until=date(2026, 10, 31),
        tournament=Tournament.SIGNALS,
        currency="EUR",
    )
    assert len(kept) == len(books.records) > 10
    assert {row["date"][:7] for row in kept} == {"2026-10"}
    assert {row["tournament"] for row in kept} == {"11"}


async def test_the_file_is_named_after_the_kind_until_the_user_names_it(
    make_book: BookMaker, where: Where
) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        await pilot.press("E")
        dialog = await front(pilot, RecordsDialog)
        path = dialog.query_one("#path", Input)
        for kind in KINDS:
            await say(pilot, dialog, kind=kind.name)
            assert path.value == f"numstake-default{kind.ending}"
        await say(pilot, dialog, path="mine.txt", kind="hl")
        assert path.value == "mine.txt"
        await pilot.press("enter")
        await told(pilot, str(where("mine.txt")))
        assert where("mine.txt").read_text().startswith(";")


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"kind": "pdf"}, "kind", "There are csv, hledger"),
    ({"kind": "tax-"}, "since", "of one year"),
    ({"kind": "c"}, "kind", "There are csv, hledger"),
    ({"kind": "tax"}, "since", "of one year"),
    ({"kind": "tax", "since": "2026-02"}, "since", "of one year"),
    ({"kind": "tax", "since": "2026", "until": "2027"}, "until", "leave this empty"),
    ({"kind": "tax", "since": "2026", "tournament": "cl"}, "tournament", "the whole account"),
    ({"since": "yesterday"}, "since", "“yesterday” is no day"),
    ({"since": "2026-03", "until": "2026-02"}, "until", "2026-02-28 is before 2026-03-01"),
    ({"tournament": "chess"}, "tournament", "There are Classic, Signals, Crypto"),
    ({"currency": "euro"}, "currency", "currency"),
    ({"path": "nowhere/x.csv"}, "path", "There is no folder"),
]
"""What is typed, the field that is wrong, and what is said of it."""


async def test_what_can_not_be_is_said_at_its_field(make_book: BookMaker) -> None:
    usual = {"kind": "csv", "since": "", "until": "", "tournament": "all", "currency": "USD"}
    async with running(make_book(config=QUIET), SMALL) as pilot:
        await pilot.press("E")
        dialog = await front(pilot, RecordsDialog)
        for fields, field, words in WRONG:
            await say(pilot, dialog, **{**usual, "path": "x.csv", **fields})
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in objection(dialog), words)
            assert app_of(pilot).screen is dialog
            assert dialog.focused is dialog.query_one(f"#{field}")


async def test_a_year_for_taxes_as_a_page_and_as_a_table(
    make_book: BookMaker, where: Where
) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        for kind, name in (("tax", "numstake-default-tax.txt"), ("tax-table", "year.csv")):
            await pilot.press("E")
            dialog = await front(pilot, RecordsDialog)
            await say(pilot, dialog, kind=kind, since="2026")
            if kind == "tax-table":
                await say(pilot, dialog, path=name)
            await pilot.press("enter")
            await told(pilot, str(where(name)))
            await until(pilot, lambda: app_of(pilot).screen is app_of(pilot).pane)
    from ledger.exports.tax_year import tax_csv, tax_page

    year = book.records.tax_year(2026)
    assert where("numstake-default-tax.txt").read_text() == tax_page(year)
    assert where("year.csv").read_text() == tax_csv(year)


async def test_nothing_is_overwritten_without_a_yes(make_book: BookMaker, where: Where) -> None:
    where("mine.csv").write_text("mine")
    async with running(make_book(config=QUIET), SMALL) as pilot:
        app = app_of(pilot)
        for answer, is_kept in ((("enter",), True), (("right", "enter"), False)):
            await pilot.press("E")
            dialog = await front(pilot, RecordsDialog)
            await say(pilot, dialog, path="mine.csv")
            await pilot.press("enter")
            await front(pilot, ConfirmDialog)
            await pilot.press(*answer)
            if is_kept:
                await until(pilot, lambda: app.screen is app.pane)
                assert where("mine.csv").read_text() == "mine"
            else:
                await told(pilot, "mine.csv")
                assert where("mine.csv").read_text().startswith("date,")


async def test_nothing_is_written_where_nothing_may_be(make_book: BookMaker, where: Where) -> None:
    async with running(make_book(config=QUIET, read_only=True), SMALL) as pilot:
        app = app_of(pilot)
        for mode in ("earnings", "slots", "queue"):
            app.clear_notifications()
            await app.show_mode(mode)
            pane = app.pane
            await until(pilot, lambda pane=pane: app.screen is pane and pane.report is not None)
            await pilot.press("E")
            await until(
                pilot,
                lambda: (
                    any("--read-only" in note.message for note in app._notifications)
                    or "--read-only" in getattr(app.screen, "text", "")
                ),
            )
            assert not isinstance(app.screen, RecordsDialog | FileDialog)
            if app.screen is not pane:
                await pilot.press("escape")


async def test_the_queue_and_the_log_are_kept_by_their_own(
    make_book: BookMaker, where: Where
) -> None:
    book = make_book(config=QUIET)
    drafted = draft(book)
    async with running(book, SMALL) as pilot:
        await pilot.press("5", "E")
        await front(pilot, FileDialog)
        await pilot.press("enter")
        await told(pilot, "numstake-default-queue.csv")
        kept = rows(where("numstake-default-queue.csv"))
        assert [(row["change"], row["kind"], row["state"]) for row in kept] == drafted
        assert {row["at"][-1] for row in kept} == {"Z"}
        await pilot.press("4", "E")
        await front(pilot, FileDialog)
        await pilot.press("enter")
        await told(pilot, "slots-classic.csv")
        assert where("slots-classic.csv").read_text() == exported_log(book)


def draft(book: Book) -> Sequence[tuple[str, str, str]]:
    """Two drafts, one of them cancelled; their history as the file should have it."""
    staked = (line for line in book.portfolio().lines if line.system is System.CONTINUOUS)
    model = next(line for line in staked if line.staked).model_id
    first = book.queue.add(model, ChangeKind.DRAIN)
    second = book.queue.add(model, ChangeKind.TAKE_PROFIT_ON)
    book.queue.cancel(first.id)
    return [
        (str(first.id), "drain", "draft"),
        (str(first.id), "drain", "cancelled"),
        (str(second.id), "take-profit-on", "draft"),
    ]


def exported_log(book: Book) -> str:
    from ledger.slots.csv_files import Form

    return book.slots.predictors.export(Tournament.CLASSIC, Form.LONG)
