"""The page of risk over a real ledger, by keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import Tournament
from ledger.rules.earnings.risk import estimate
from tests.ledger.rules.earnings.risky import facts
from tests.ledger.rules.earnings.test_risk import together
from tests.tui.driving import QUIET, SMALL, running, until
from tests.tui.staking import front, loaded
from tui.screens.earnings.risk import RiskPane
from tui.screens.earnings.risk_columns import heat
from tui.screens.models.rounds import RoundsPane
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.line import Line
from tui.widgets.note import Note

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.risk import RiskFigures
    from tests.conftest import BookMaker


def told(book: Book) -> RiskFigures:
    """Keep figures of three of the book's models, as if they were of the ledger as it is."""
    made = estimate(facts(together(5)), draws=100)
    own = [model for model in book.models() if model.tournament is Tournament.CLASSIC][:3]
    ids = dict(zip(("a", "b", "c"), own, strict=True))
    figures = replace(
        made,
        basis=replace(made.basis, revision=book._store.revision(), computed=book.now()),
        models=tuple(
            replace(row, model_id=ids[row.model_id].id, name=ids[row.model_id].name)
            for row in made.models
        ),
        correlated=tuple(ids[model_id].id for model_id in made.correlated),
    )
    book._store.keep_risk(figures)
    return figures


async def test_x_opens_it_v_shows_correlations_enter_a_models_rounds(
    make_book: BookMaker,
) -> None:
    book = make_book(config=QUIET)
    figures = told(book)
    async with running(book, SMALL) as pilot:
        await loaded(pilot, "2", StakesPane)
        pane = await loaded(pilot, "X", RiskPane)
        assert pane.report is not None and pane.report.figures == figures
        grid = pane.grid
        assert grid is not None and [row.name for row in grid.rows] == [
            row.name for row in figures.models
        ]
        shown = [grid.render_line(y).text for y in range(5)]
        first = figures.models[0]
        assert first.shortfall is not None and first.variance is not None
        assert f"~−{abs(first.shortfall.amount):.3f}" in shown[1]
        assert f"{first.variance * 100:+.1f}%" in shown[1]
        assert f"~−{abs(figures.outlook.shortfall.amount):.3f}" in pane.query_one("#summary").text
        assert figures.models[0].name in pane.query_one("#told", Note).text

        await pilot.press("v")
        await until(pilot, lambda: grid.columns[1].key == "with-0")
        await pilot.pause()
        one, two = figures.correlations[0][1], figures.correlations[0][2]
        assert one is not None and two is not None and one * two < 0
        line = grid.render_line(1).text
        assert heat(one).plain in line and heat(two).plain in line
        assert "+ they lose together" in pane.query_one("#told", Note).text
        assert f"Moves with {figures.models[1].name} " in pane.query_one("#detail", Line).text

        await pilot.press("down", "enter")
        rounds = await front(pilot, RoundsPane)
        await until(pilot, lambda: rounds.report is not None)
        assert rounds.report is not None
        assert rounds.report.rounds.model.id == figures.models[1].model_id
        await pilot.press("escape", "X", "escape")
        await front(pilot, StakesPane)


async def test_what_is_not_known_says_what_it_takes(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "X", RiskPane)
        said = pane.query_one("#told", Note).text
        assert said.startswith("It takes 64 settled rounds of a staked model; the most of any is")
        grid = pane.grid
        assert grid is not None and "?" in grid.render_line(1).text
        await pilot.press("v")
        await until(pilot, lambda: not grid.rows)


@pytest.mark.parametrize(
    ("thousandths", "text", "style"),
    [
        (1000, "█+100", "burn"),
        (-751, "█−75", "gain"),
        (500, "▓+50", "burn"),
        (-250, "▒−25", "gain"),
        (104, "░+10", "burn"),
        (-40, "·−04", "muted"),
        (0, "· 00", "muted"),
        (None, "?", "muted"),
    ],
)
def test_a_correlation_reads_without_colour(thousandths: int | None, text: str, style: str) -> None:
    cell = heat(thousandths)
    assert (cell.plain, cell.style) == (text, style)
