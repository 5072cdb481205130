"""The Models mode, driven by keys over a real ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import PendingKind
from ledger.reports.account.portfolio import ModelLine
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tui import format
from tui.screens.models.models import ModelsPane
from tui.widgets.detail import Detail
from tui.widgets.modebar import ModeBar
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def pane_of(pilot: Pilot[Any]) -> ModelsPane:
    pane = app_of(pilot).pane
    assert isinstance(pane, ModelsPane)
    return pane


def drawn(pilot: Pilot[Any]) -> list[str]:
    grid = pane_of(pilot).table
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def names(pilot: Pilot[Any]) -> list[str]:
    return [line.name for line in pane_of(pilot).table.rows]


async def test_all_models_are_on_one_page_with_their_sums(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    portfolio = book.portfolio()
    async with running(book) as pilot:
        assert names(pilot) == [line.name for line in portfolio.lines]
        lines = drawn(pilot)
        assert lines[0].split()[:3] == ["model", "tournament", "staked"]
        total = next(line for line in lines if f"{len(portfolio.lines)} models" in line)
        assert format.nmr(portfolio.staked.known, 3) in total
        bar = pilot.app.screen.query_one(TopBar).text
        assert format.nmr(portfolio.staked.known, 2) in bar


async def test_amounts_line_up(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        lines = drawn(pilot)
        end = lines[0].index("staked") + len("staked")
        rows = [line for line in lines[1:] if "Classic" in line or "Crypto" in line]
        staked = [line[:end].split()[-1] for line in rows if line[end - 2 : end].strip(" ·")]
        assert staked
        assert all(len(text.rpartition(".")[2]) == 3 for text in staked)


@pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)])
async def test_no_line_is_clipped(make_book: BookMaker, size: tuple[int, int]) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        lines = drawn(pilot)
        assert "staked" in lines[0]
        assert "round" in lines[0]
        assert "…" not in "".join(lines).replace("… awaited", "")


async def test_the_filter_follows_every_key(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        everything = names(pilot)
        wanted = everything[3]
        await pilot.press("slash", *wanted.replace("_", " ").replace(" ", "_"))
        await until(pilot, lambda: wanted in names(pilot) and len(names(pilot)) < len(everything))
        await pilot.press("enter")
        assert pane_of(pilot).focused is pane_of(pilot).table
        assert f"/{wanted}" in pilot.app.screen.query_one(ModeBar).text
        await pilot.press("escape")
        await until(pilot, lambda: names(pilot) == everything)


async def test_filters_are_said_where_tabs_would_push_them_out(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        bar = pilot.app.screen.query_one(ModeBar)
        assert bar.text.endswith("  6 Unlocks  7     all")
        await pilot.press("t", "t", "slash", *"willow_faith", "enter")
        await until(pilot, lambda: bar.text.endswith("/willow_faith  Signals"))
        assert bar.text.startswith(" 0 Home  1 Models  2 Stakes") and "7 Notices" not in bar.text
        assert all(f" {number} " in bar.text for number in range(8))


async def test_a_filter_nothing_fits_says_so(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("slash", "z", "z", "z")
        await until(pilot, lambda: not names(pilot))
        assert "No model matches" in "\n".join(drawn(pilot))


async def test_tournaments_come_one_after_another(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        everything = names(pilot)
        seen = []
        for _ in Tournament:
            await pilot.press("t")
            await pilot.pause()
            seen.append({line.tournament for line in pane_of(pilot).table.rows})
        assert seen == [{tournament} for tournament in Tournament]
        await pilot.press("t")
        assert names(pilot) == everything


async def test_sorting_by_stake_puts_the_largest_first(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        table = pane_of(pilot).table
        await pilot.press("G", "s", "s")
        assert table.sort_key == "staked"
        assert table.scroll_offset.y == 0
        assert table.cursor < table.size.height
        stakes = [line.staked for line in table.rows if line.staked is not None]
        assert stakes == sorted(stakes, reverse=True)
        await pilot.press("S")
        stakes = [line.staked for line in table.rows if line.staked is not None]
        assert stakes == sorted(stakes)


async def test_detail_opens_follows_the_cursor_and_closes(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        panel = pane_of(pilot).query_one(Detail)
        first, second = names(pilot)[:2]
        await pilot.press("d")
        await until(pilot, lambda: panel.text.startswith(first))
        rounds = pane_of(pilot).book.performances(pane_of(pilot).table.rows[0].model_id, 20)
        paid = next(entry for entry in rounds if entry.payout is not None)
        assert str(paid.round) in panel.text
        assert format.payout(paid.payout, 3) in panel.text
        await pilot.press("j")
        await until(pilot, lambda: panel.text.startswith(second))
        await pilot.press("escape")
        assert not panel.is_open


async def test_detail_keeps_its_height_for_a_model_with_less_to_say(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        panel, here = pane_of(pilot).query_one(Detail), names(pilot)
        heights, lines = [], []
        await pilot.press("d")
        for name in here[:6]:
            await until(pilot, lambda name=name: panel.text.startswith(name))
            await pilot.pause()
            heights.append(panel.query_one("#detail-rows").size.height)
            lines.append(panel.text.count("\n"))
            await pilot.press("j")
        assert lines != sorted(lines), "some model has less to say than one before"
        assert heights == sorted(heights)


async def test_a_row_can_be_copied(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("j", "y")
        copied = pilot.app.clipboard.split("\t")
        line: ModelLine | None = pane_of(pilot).table.selected
        assert line is not None
        assert copied[:2] == [line.name, line.tournament.label]


async def test_pending_changes_show_amount_and_day(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    pending = [line for line in book.portfolio().lines if line.pending is not None]
    assert pending
    dates = format.Dates.of([line.pending.due for line in pending if line.pending], book.now())
    async with running(book, (200, 60)) as pilot:
        text = {line.name: row for row in drawn(pilot) for line in pending if line.name in row}
        for line in pending:
            assert line.pending is not None
            amount = format.pending(line.pending.kind, line.pending.amount, 3)
            assert amount in text[line.name]
            assert amount[0] == ("+" if line.pending.kind is PendingKind.INCREASE else "−")
            assert dates.moment(line.pending.due) in text[line.name]


async def test_atomic_models_show_what_goes_into_each_round(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    atomic = [line for line in book.portfolio().lines if line.per_round and line.mode]
    assert all(line.system is System.ATOMIC for line in atomic)
    async with running(book, (200, 60)) as pilot:
        rows = {line.name: row for row in drawn(pilot) for line in atomic if line.name in row}
        for line in atomic:
            assert line.mode is not None
            assert f"{format.nmr(line.per_round, 3)} {line.mode.value}" in rows[line.name]


def test_a_graph_tells_gains_from_burns_without_colour() -> None:
    from tui.screens.models.model_columns import graph_cell

    cell = graph_cell([NMR(1), NMR(-1), ZERO])
    text = cell.plain.strip()
    assert len(cell.plain) == 10
    assert text[0] in "▁▂▃▄▅▆▇"
    assert text[1] in "▔▀"
    assert text[2] == "·"


async def test_before_the_first_sync_the_table_says_what_to_do(
    make_book: BookMaker, tmp_path: Any
) -> None:
    async with running(make_book(config=QUIET, path=tmp_path / "new.sqlite3")) as pilot:
        await settled(pilot)
        assert "Press r to sync" in "\n".join(drawn(pilot))
