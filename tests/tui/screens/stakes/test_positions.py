"""Positions, strategies and callouts of atomic staking on screen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ledger.domain.concern import Level
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.readable import readable
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    Figure,
    ModelSetting,
    Origin,
    Position,
    PositionState,
    SettingReading,
)
from ledger.reports.stakes.strategy import ModelStrategy
from tests.conftest import NOW
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, until
from tests.tui.staking import ATOMIC, FREE, front, loaded, mark, stakes_on, text_of, told
from tui import format
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.models import ModelsPane
from tui.screens.stakes import strategy_words as words
from tui.screens.stakes.positions import PositionsPane, in_words
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.noticeline import NoticeLine
from tui.widgets.tables.grid import Grid
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.reports.stakes.positions import ModelPositions
    from tests.conftest import BookMaker


def held(book: Book, name: str) -> ModelPositions:
    (entry,) = book.stakes.atomic.positions(Tournament.CLASSIC).tournaments
    (model,) = [model for model in entry.models if model.name == name]
    return model


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_enter_lists_the_positions(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    model = held(book, ATOMIC)
    async with running(book, size) as pilot:
        await stakes_on(pilot, ATOMIC)
        await pilot.press("enter")
        pane = await front(pilot, PositionsPane)
        await until(pilot, lambda: pane.report is not None)
        grid = pane.grid
        assert grid is not None and len(grid.rows) == len(model.positions)
        await pilot.pause()
        said = pane.query_one("#holding", Note).text
        assert format.exact(model.totals.locked) in said
        assert f"of {model.totals.rounds} rounds" in said
        assert "(positions)" in said
        header = grid.render_line(0).text.split()
        assert header[:5] == ["round", "stake", "state", "resolves", "payout"]
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        assert (model.positions[0].tx_hash or "No transaction is known") in text_of(dialog)
        await pilot.press("escape", "escape")
        await front(pilot, StakesPane)


async def test_v_opens_them_from_models_too(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "1", ModelsPane)
        mark(pane.grid, ATOMIC)
        await pilot.press("v")
        await front(pilot, PositionsPane)
        await pilot.press("escape")
        await front(pilot, ModelsPane)
        mark(pane.grid, FREE)
        await pilot.press("v")
        await told(pilot, "on continuous staking")


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_stakes_say_what_a_strategy_holds(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    (entry,) = book.stakes.atomic.positions(Tournament.CLASSIC).tournaments
    async with running(book, size) as pilot:
        pane = await stakes_on(pilot, ATOMIC)
        line = pane.query_one(f"#strategy-{int(Tournament.CLASSIC)}", Line)
        await until(pilot, lambda: line.display)
        await pilot.pause()
        assert f"locked {format.nmr(entry.locked, 3)}" in line.text
        assert "idle" in line.text
        assert not pane.query_one(f"#strategy-{int(Tournament.SIGNALS)}", Line).display
        meaning = pane.query_one("#meaning", Note)
        totals = held(book, ATOMIC).totals
        await until(pilot, lambda: f"once {totals.rounds} rounds are running" in meaning.text)
        assert totals.committed is not None
        assert format.nmr(totals.committed, 3) in meaning.text


async def test_columns_of_atomic_stakes(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    totals = held(book, ATOMIC).totals
    async with running(book, LARGE) as pilot:
        pane = await stakes_on(pilot, ATOMIC)
        await pilot.press("t")
        grid = pane.grid
        assert grid is not None
        await until(pilot, lambda: {row.tournament for row in grid.rows} == {Tournament.CLASSIC})
        assert {"ramp", "committed"} <= {column.key for column in grid.columns}
        (row,) = [line for line in grid.rows if line.name == ATOMIC]
        assert f"{totals.at_setting}/{totals.rounds}" in grid.text_of(row)


async def test_i_says_which_system_and_why(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        await stakes_on(pilot, ATOMIC)
        await pilot.press("i")
        said = text_of(await front(pilot, TextDialog))
        assert "Classic is on atomic staking (detected)" in said
        assert "An allocation strategy has staked there" in said
        assert "no Ethereum endpoint is configured" in said
        await pilot.press("escape")
        await stakes_on(pilot, FREE)
        await pilot.press("i")
        said = text_of(await front(pilot, TextDialog))
        assert "Signals is on continuous staking (detected)" in said


async def test_a_system_set_in_the_config_is_called_so(make_book: BookMaker) -> None:
    config = replace(QUIET, atomic=replace(QUIET.atomic, classic_system="atomic"))
    async with running(make_book(config=config), SMALL) as pilot:
        await stakes_on(pilot, ATOMIC)
        await pilot.press("i")
        assert "(set in the config)" in text_of(await front(pilot, TextDialog))


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_callouts_are_said_without_being_asked(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    callouts = book.notices.all()
    counts = Counter(callout.level for callout in callouts)
    assert counts[Level.LOUD] and counts[Level.QUIET]
    async with running(book, size) as pilot:
        for key, kind in (("1", ModelsPane), ("2", StakesPane)):
            pane = await loaded(pilot, key, kind)
            line = pane.query_one(NoticeLine)
            await until(pilot, lambda line=line: line.display and line.size.width)
            await pilot.pause()
            assert f" !! {readable(callouts[0].sentence, 3)[:40]}" in line.text
            assert line.text.endswith("! all")
            counted = f"!!{counts[Level.LOUD]}  !{counts[Level.QUIET]}"
            assert counted in pane.query_one(TopBar).text
        await pilot.press("exclamation_mark")
        said = text_of(await front(pilot, TextDialog))
        for callout in callouts:
            sign = format.LEVEL_SIGNS[callout.level]
            assert f"{sign} {callout.kind.value}  {readable(callout.sentence, 3)}" in said


async def test_nothing_to_call_out_takes_no_room(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        await until(pilot, lambda: app_of(pilot).notices)
        app = app_of(pilot)
        app.notices = ()
        assert app.pane is not None
        rows = app.pane.query_one(Grid).region.offset
        app.pane.show_notice()
        await pilot.pause()
        assert not app.pane.query_one(NoticeLine).display
        assert app.pane.query_one(Grid).region.offset == rows, "its coming and going moves no row"
        await pilot.press("exclamation_mark")
        assert "Nothing needs attention" in text_of(await front(pilot, TextDialog))


def a_reading(origin: Origin, **changes: object) -> SettingReading:
    reading = SettingReading(
        Tournament.CLASSIC, "m", NMR("0.5"), StakeMode.CONSTANT, True, origin, NOW
    )
    return replace(reading, **changes)  # type: ignore[arg-type]


def test_every_part_of_a_setting_names_its_source() -> None:
    readings = (
        a_reading(Origin.CHAIN, mode=None, enabled=None),
        a_reading(Origin.POSITIONS, per_round=NMR("0.4"), enabled=None),
    )
    model = ModelStrategy("m", "model", None, readings, (), None, None)
    said = words.setting(model)
    assert said == "0.5 NMR per round (chain), constant (positions), enabled or not unknown"


def totals_of(setting: ModelSetting) -> ModelTotals:
    reading = a_reading(
        Origin.CHAIN, per_round=setting.per_round, mode=setting.mode, enabled=setting.enabled
    )
    return ModelTotals(
        tournament=Tournament.CLASSIC,
        model_id="m",
        setting=reading,
        rounds=64,
        locked=NMR(16),
        claimable=NMR(0),
        committed=NMR(64) if setting.enabled else NMR(0),
        running=16,
        at_setting=16,
        first=NOW,
        last=NOW + timedelta(days=90),
        debt=NMR("1.5"),
    )


def test_a_per_round_number_says_what_it_commits() -> None:
    on = ModelSetting(NMR(1), StakeMode.CONSTANT)
    said = words.outlook(totals_of(on), NOW + timedelta(days=89))
    assert said == ("1 NMR per round = 64 NMR once 64 rounds are running, on Sun 21 February 2027.")
    off = ModelSetting(NMR(1), StakeMode.CONSTANT, enabled=False)
    assert words.outlook(totals_of(off), None).startswith("Disabled: nothing new is staked")
    lines = [line.plain for line in words.holding(totals_of(on), None, None)]
    assert any("16 of 64 rounds (25%)" in line for line in lines)
    assert any("1.5 NMR of burns are deferred" in line for line in lines)


def test_sources_that_disagree_are_both_named() -> None:
    row = Position(
        tournament=Tournament.CLASSIC,
        round=1400,
        model_id="m",
        stake=NMR("1.2"),
        state=PositionState.CLAIMABLE,
        opened=NOW,
        resolves=NOW,
        payout=NMR("-0.1"),
        claimable=NMR("1.1"),
        finalises=NOW + timedelta(days=7),
        tx_hash="0x" + "ab" * 32,
        origin=Origin.CHAIN,
        also=(Figure(Origin.NUMERAI, NMR("1.3")),),
    )
    said = in_words(row).plain
    assert "1.2 NMR, claimable (chain)" in said
    assert "! 1.3 NMR by Numerai." in said
    assert "Numerai moves it to idle by" in said
