"""The Stakes mode over a real ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.reports.stakes.stakes import Release, StakeLine
from tests.conftest import NOW
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import ATOMIC, FREE, RELEASING, front, loaded, mark, stakes_on, text_of
from tui import format
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.stakes.stakes import StakesPane, columns, coming, totals
from tui.widgets.line import Line
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker

DATES = format.Dates.of([NOW + timedelta(days=100)], NOW)


def lines_of(pane: StakesPane) -> list[str]:
    grid = pane.grid
    assert grid is not None
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_every_model_and_where_the_nmr_is(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    report = book.stakes.report()
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "2", StakesPane)
        header, *rows = lines_of(pane)
        assert header.split()[:2] in (["model", "staked"], ["model", "tournament"])
        assert all(len(row) <= size[0] for row in rows)
        above = [line.text for line in pane.query(".strategy").results(Line) if line.display]
        assert [line.split()[0] for line in above] == ["Classic", "Crypto"]
        assert not any("wallet" in line for line in above)
        assert "Numerai wallet" in pane.query_one("#summary", Line).text
        (sums,) = [row for row in rows if row.split()[1:2] == ["models"]]
        assert format.nmr(report.staked.known, 3) in sums
        (releasing,) = [row for row in rows if RELEASING in row] or [""]
        if size == LARGE:
            assert "▼ −3.680" in releasing
        summary = pane.query_one("#summary", Line).text
        assert format.nmr(report.available, 3) in summary
        assert format.nmr(report.releasing.known, 3) in summary


async def test_the_row_marked_is_explained(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        pane = await stakes_on(pilot, RELEASING)
        meaning = pane.query_one("#meaning", Note)
        await until(pilot, lambda: meaning.text.startswith(RELEASING))
        assert "returns to the Numerai wallet" in meaning.text
        room = meaning.content_size
        title, sentence = meaning.text.split("\n")
        assert len(title) <= room.width
        assert len(wrap(sentence, room.width)) < room.height
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        assert "3.680" in text_of(dialog)
        assert "one change per model" in text_of(dialog)
        assert "Signals is on continuous staking" in text_of(dialog)
        await pilot.press("escape")
        mark(pane.grid, ATOMIC)
        await until(pilot, lambda: meaning.text.startswith(ATOMIC))
        assert "Locked until" in meaning.text


async def test_filters_leave_out_rows_and_releases(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "2", StakesPane)
        grid = pane.grid
        assert grid is not None
        await pilot.press("t", "t")
        await until(pilot, lambda: {row.tournament for row in grid.rows} == {Tournament.SIGNALS})
        assert "×" not in pane.query_one("#coming", Note).text
        await pilot.press("slash", *FREE[:4], "enter")
        await until(pilot, lambda: [row.name for row in grid.rows] == [FREE])
        await pilot.press("slash", "z", "z", "enter")
        await until(pilot, lambda: not grid.rows)
        assert "No model matches" in "\n".join(lines_of(pane))


def a_line(**changes: object) -> StakeLine:
    line = StakeLine(
        model_id="m",
        name="model",
        tournament=Tournament.CLASSIC,
        system=System.ATOMIC,
        staked=NMR(64),
        projected=NMR(65),
        pending=None,
        next_round=NMR(1),
        after=NMR(64),
        take_profit=None,
        per_round=NMR(1),
        mode=StakeMode.COMPOUND,
        locked_until=NOW + timedelta(days=80),
        meaning="",
        blocked=None,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def test_columns_show_what_a_system_has() -> None:
    shown = {column.key: column.cell for column in columns(2, DATES)}

    def text(key: str, line: StakeLine) -> str:
        cell = shown[key](line)
        return cell if isinstance(cell, str) else cell.plain

    atomic = a_line()
    assert (text("per_round", atomic), text("earnings", atomic)) == ("1.00", "compound")
    assert text("locked", atomic) == "12 Feb"
    assert text("after", atomic) == format.ABSENT
    continuous = a_line(
        system=System.CONTINUOUS, per_round=None, mode=None, take_profit=True, locked_until=None
    )
    assert text("per_round", continuous) == format.ABSENT
    assert text("earnings", continuous) == "paid out"


def test_what_a_round_takes_is_added_to_no_stake() -> None:
    continuous = a_line(system=System.CONTINUOUS, next_round=NMR(90), per_round=None)

    def sums(*lines: StakeLine) -> dict[str, str]:
        cells = totals(list(lines), 2).items()
        return {key: cell if isinstance(cell, str) else cell.plain for key, cell in cells}

    assert "next" not in sums(a_line(), continuous)
    assert sums(a_line(), continuous)["per_round"] == "1.00"
    assert sums(continuous, continuous)["next"] == "180.00"
    assert sums(a_line(), a_line())["next"] == sums(a_line(), a_line())["per_round"] == "2.00"


def test_columns_of_a_system_nobody_is_in_are_left_out() -> None:
    atomic = {column.key for column in columns(2, DATES, frozenset({System.ATOMIC}))}
    continuous = {column.key for column in columns(2, DATES, frozenset({System.CONTINUOUS}))}
    assert "per_round" in atomic - continuous
    assert {"pending", "due", "after"} <= continuous - atomic


def a_release(days: int, amount: str) -> Release:
    return Release(
        NOW + timedelta(days=days), NMR(amount), "m", "model", Tournament.CLASSIC, "resolution", 1
    )


def test_what_comes_free_adds_up_by_day() -> None:
    releases = [a_release(1, "1"), a_release(1, "2"), a_release(9, "4")]
    rows = coming(releases, 2, DATES).plain.splitlines()
    assert [row.split() for row in rows[1:]] == [
        ["25", "Nov", "3.00", "3.00"],
        ["3", "Dec", "4.00", "7.00"],
    ]


def test_a_long_list_of_releases_ends_with_its_sum() -> None:
    releases = [a_release(day, "1") for day in range(1, 31)]
    rows = coming(releases, 2, DATES, most=5).plain.splitlines()
    assert len(rows) == 6
    assert rows[-1].split() == ["…", "24", "Dec", "30.00"]
    assert "Numerai wallet" in coming([], 2, DATES).plain
