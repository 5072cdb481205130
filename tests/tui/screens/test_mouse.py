"""What a click does, on each of the lines around a pane: what its key does as well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.containers import Vertical
from textual.pilot import Pilot

from ledger.domain.knowledge import Fact
from tests.tui.driving import QUIET, app_of, running, settled, until
from tests.tui.staking import FREE, front, loaded
from tests.tui.untold import model_id, never, untell
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.models import ModelsPane
from tui.screens.models.rounds import RoundsPane
from tui.screens.pane import Pane
from tui.screens.slots.predictor_finder import PredictorFinder
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import POINTER
from tui.widgets.filterbar import FilterBar
from tui.widgets.keybar import KeyBar
from tui.widgets.line import Line
from tui.widgets.missingline import MissingLine
from tui.widgets.modebar import ModeBar
from tui.widgets.noticeline import NoticeLine

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def pane_of(pilot: Pilot[Any]) -> Pane[Any]:
    pane = app_of(pilot).pane
    assert pane is not None
    return pane


async def click(pilot: Pilot[Any], line: type[Line], text: str) -> None:
    """On the middle of ``text`` in a line of the screen in front."""
    widget = pilot.app.screen.query_one(line)
    shown = widget.text
    assert text in shown, shown
    x = cell_len(shown[: shown.index(text)]) + cell_len(text) // 2
    await pilot.click(widget, offset=(x, 0))
    await pilot.pause()


async def test_lines_react_to_clicks_as_to_their_keys(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await click(pilot, ModeBar, "2 Stakes")
        await until(pilot, lambda: app.current_mode == "stakes")
        await settled(pilot)
        await click(pilot, KeyBar, "filter")
        bar = pilot.app.screen.query_one(FilterBar)
        await until(pilot, lambda: bar.has_class("open"))
        await pilot.press(*"alder")
        grid = pane_of(pilot).grid
        assert grid is not None
        await pilot.click(grid, offset=(5, 1))
        await until(pilot, lambda: not bar.has_class("open") and grid.has_focus)
        await click(pilot, ModeBar, "/alder")
        await until(pilot, lambda: bar.has_class("open") and not grid.has_focus)
        await click(pilot, KeyBar, "tournament")
        await until(pilot, lambda: pane_of(pilot).tournament is not None)
        assert not bar.has_class("open") and pane_of(pilot).filter_text == "alder"
        await click(pilot, ModeBar, "Classic")
        await until(pilot, lambda: pane_of(pilot).tournament != pane_of(pilot).tournaments[0])
        await click(pilot, KeyBar, "help")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextDialog))


async def test_a_trail_leads_back_and_a_notice_to_what_it_is_about(
    make_book: BookMaker, ledger_file: Path
) -> None:
    untell(ledger_file, never(Fact.STAKE, model_id(ledger_file, FREE)))
    async with running(make_book(config=QUIET)) as pilot:
        app, grid = app_of(pilot), pane_of(pilot).grid
        assert grid is not None
        await pilot.click(grid, offset=(5, 4), times=2)
        rounds = await front(pilot, RoundsPane)
        await until(pilot, lambda: rounds.report is not None)
        await pilot.press("P")
        await until(pilot, lambda: len(pane_of(pilot).TRAIL) == 3)
        await click(pilot, ModeBar, "Models ›")
        await until(pilot, lambda: pane_of(pilot).MODE == "models" and not pane_of(pilot).TRAIL)
        assert grid.cursor == 3
        await pilot.press("ctrl+o")
        await front(pilot, RoundsPane)
        await click(pilot, ModeBar, "esc")
        await front(pilot, ModelsPane)
        await click(pilot, MissingLine, "stakes")
        assert "Not told" in str((await front(pilot, TextDialog)).query_one(Vertical).border_title)
        await pilot.press("escape", "2")
        await front(pilot, StakesPane)
        await until(pilot, lambda: app.notices)
        await settled(pilot)
        await click(pilot, NoticeLine, "! all")
        await front(pilot, TextDialog)
        await pilot.press("escape")
        await front(pilot, StakesPane)
        await click(pilot, NoticeLine, "Crypto")
        await until(pilot, lambda: pane_of(pilot).TRAIL)


async def test_a_click_on_a_chart_goes_to_its_line_and_reads_it_off(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        await settled(pilot)
        chart, title, grid = pane.query_one(Chart), pane.query_one("#chart-title", Line), pane.grid
        assert grid is not None
        for _ in range(2):  # the curve, then bars
            marked: list[str] = []
            for x in (30, 60):
                await pilot.click(chart, offset=(x, 3))
                row = grid.selected
                await until(pilot, lambda row=row: row and f"▲ {row.label}" in title.text)
                pointer = chart.render_line(chart.size.height - 1).text.index(POINTER)
                assert abs(pointer + 2 - x) <= 2
                marked.append(title.text)
            assert marked[0] != marked[1]
            await pilot.press("c")


async def test_a_click_takes_what_a_finder_offers(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    for name in ("lgbm_a", "lgbm_b", "ridge"):
        book.slots.predictors.add(name)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        await settled(pilot)
        finder = pane.query_one(PredictorFinder)
        await pilot.press("G", "enter")
        await pilot.press(*"rie")
        await click(pilot, PredictorFinder, "ie▏")
        await pilot.press("d")
        await until(pilot, lambda: finder.value == "ride" and "[ridge]" in finder.text)
        await click(pilot, PredictorFinder, "ridge")
        await until(pilot, lambda: not finder.is_open)
        assert pane.grid is not None
        grid = pane.grid
        await settled(pilot)
        await until(pilot, lambda: "ridge" in grid.text_of(grid.rows[-1]))
