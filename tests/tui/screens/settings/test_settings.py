"""The settings page, the theme picker and the config file that is looked at, by keys."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from ledger.config.config import SETTINGS, Config, Reading, load
from ledger.environment import overlaid
from ledger.errors import ConfigError
from ledger.reports.notices.notice import NoticeKind
from tests.tui.driving import LARGE, SMALL, app_of, until
from tests.tui.staking import front, loaded
from tui import keys
from tui.app import NumstakeApp
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.models import ModelsPane
from tui.screens.settings.key_dialog import KeyDialog
from tui.screens.settings.list_dialog import ListDialog
from tui.screens.settings.saving import SaveDialog
from tui.screens.settings.setting_rows import columns, explained, rows
from tui.screens.settings.settings import SettingsPane
from tui.screens.settings.theme_dialog import ThemeDialog
from tui.screens.settings.value_dialog import ValueDialog
from tui.screens.slots.slots import SlotsPane
from tui.widgets.keybar import KeyBar
from tui.widgets.note import Note
from tui.widgets.tables.columns import Cell
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker

OWN = """\
# mine
[app]
sync_on_start = false  # by hand
sync_every = 0

# how it looks
[display]
decimals = 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config as its user wrote it."""
    path = tmp_path / "own" / "config.toml"
    path.parent.mkdir(mode=0o700)
    path.write_text(OWN)
    return path


@asynccontextmanager
async def running(
    make_book: BookMaker, file: Path, size: tuple[int, int] = SMALL, **more: Any
) -> AsyncIterator[Pilot[Any]]:
    """The app on the config in ``file``, as far as it looks at it when it is told."""
    config = replace(load(file), **more)
    app = NumstakeApp(make_book(config=config), config_file=file)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.pane is not None and app.pane.report is not None)
        await pilot.pause()
        yield pilot


async def settings_at(pilot: Pilot[Any], name: str) -> SettingsPane:
    """The page with the mark on a setting."""
    app_of(pilot).open_settings(name)
    await until(
        pilot,
        lambda: (
            isinstance(app_of(pilot).pane, SettingsPane)
            and app_of(pilot).pane.is_mounted  # type: ignore[union-attr]
            and row_of(pilot).name == name
        ),
        f"{name} was never marked",
    )
    await pilot.pause()
    pane = app_of(pilot).pane
    assert isinstance(pane, SettingsPane)
    return pane


def row_of(pilot: Pilot[Any]) -> Any:
    grid = app_of(pilot).pane.query(Grid)  # type: ignore[union-attr]
    row = grid.first().selected if grid else None
    return row if row is not None else type("Nothing", (), {"name": ""})


def toasts(pilot: Pilot[Any]) -> list[str]:
    return [f"{one.title}: {one.message}" for one in app_of(pilot)._notifications]


def text_of(pilot: Pilot[Any], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector).render())


async def type_in(pilot: Pilot[Any], text: str) -> None:
    """Let ``text`` stand in the line, its last letter by its key."""
    line = pilot.app.screen.query_one(Input)
    line.value = text[:-1]
    await pilot.press("end", text[-1])


async def save(pilot: Pilot[Any]) -> SaveDialog:
    await pilot.press("w")
    return await front(pilot, SaveDialog)


async def looked_once(pilot: Pilot[Any]) -> None:
    """The file was looked at."""
    settings = app_of(pilot).settings
    settings.look()
    await until(pilot, lambda: not settings._is_looking)


async def looked(pilot: Pilot[Any]) -> None:
    """The file was looked at twice, as often as it takes to be believed."""
    await looked_once(pilot)
    await looked_once(pilot)


@pytest.mark.parametrize("size", [SMALL, (200, 60)])
async def test_every_setting_and_every_key_is_there_once(
    make_book: BookMaker, file: Path, size: tuple[int, int]
) -> None:
    elsewhere = {"numerai.api_url": "--api-url"}
    async with running(make_book, file, size, elsewhere=elsewhere) as pilot:
        await pilot.press("comma")
        pane = await front(pilot, SettingsPane)
        await until(pilot, lambda: pane.report is not None)
        grid = pane.query_one(Grid)
        names = [row.name for row in grid.rows]
        assert names == [*SETTINGS, *(f"keys.{action.id}" for action in keys.ACTIONS)]
        assert [row.section for row in grid.rows if row.first] == [
            *dict.fromkeys(one.table for one in SETTINGS.values()),
            "keys",
        ]
        rows = {row.name: row for row in grid.rows}
        assert (rows["display.decimals"].value, rows["display.decimals"].default) == ("2", "3")
        assert rows["display.decimals"].origin == "line 8"
        assert rows["app.theme"].origin == "default"
        for section in ("numerai", "credentials", "display"):
            await pilot.press("right")
            assert grid.selected is not None
            assert grid.selected.section == section
            name, doc = grid.selected.name, grid.selected.doc.split("\n")[0]
            await until(pilot, lambda name=name: about(pane).startswith(name))
            assert doc in about(pane)
        await pilot.press("left", "left")
        assert grid.selected.name == "numerai.api_url"
        assert grid.selected.origin == "--api-url"
        await pilot.press("enter")
        await until(pilot, lambda: toasts(pilot))
        assert pilot.app.screen is pane
        await pilot.press("slash", *"decimal", "enter")
        await until(pilot, lambda: [row.name for row in grid.rows] == ["display.decimals"])


def about(pane: SettingsPane) -> str:
    """What is said of the setting marked."""
    return pane.query_one("#about", Note).text


async def test_settings_are_changed_in_place_and_written_when_asked_to(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        pane = await settings_at(pilot, "app.sync_on_start")
        await pilot.press("enter")
        assert row_of(pilot).edit == "true"
        await settings_at(pilot, "app.charts")
        await pilot.press("enter")
        await front(pilot, ListDialog)
        await pilot.press("end", "enter")
        await settings_at(pilot, "display.decimals")
        await pilot.press("enter")
        await front(pilot, ValueDialog)
        await type_in(pilot, "99")
        assert "between 0 and 8" in text_of(pilot, "#objection")
        await pilot.press("enter")
        assert isinstance(app.screen, ValueDialog)
        await type_in(pilot, "5")
        assert text_of(pilot, "#objection") == ""
        await pilot.press("enter")
        await until(pilot, lambda: row_of(pilot).edit == "5")
        assert file.read_text() == OWN
        assert app.book.config.display.decimals == 2
        assert ("3 edits not saved", "pending") in pane.caption()
        dialog = await save(pilot)
        asked = text_of(pilot, "#statement")
        assert "display.decimals  2 → 5" in asked
        assert "app.charts  default → plain" in asked
        assert dialog.focused is dialog.query_one("#yes", Button)
        await pilot.press("enter")
        await until(pilot, lambda: not app.settings.edits)
        expected = OWN.replace("= false", "= true").replace("= 2", "= 5")
        expected = expected.replace("sync_every = 0\n", 'sync_every = 0\ncharts = "plain"\n')
        assert file.read_text() == expected
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert app.book.config.display.decimals == 5
        assert not app.full_charts
        assert app.book.config.app.sync_on_start is False
        assert (
            "Saved: In force: app.charts, display.decimals. From the next start:"
            in toasts(pilot)[-1]
        )
        await until(pilot, lambda: row_of(pilot).origin == "line 9")
        await pilot.press("escape", "1")
        models = await front(pilot, ModelsPane)
        await until(pilot, lambda: re.search(r"\.\d{5}\b", models.table.render_line(1).text))


async def test_an_edit_is_taken_back_and_a_setting_goes_back_to_its_default(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        await settings_at(pilot, "app.sync_every")
        await pilot.press("backspace")
        assert row_of(pilot).edit == "default"
        await settings_at(pilot, "app.sync_on_start")
        await pilot.press("enter", "enter")
        assert set(app.settings.edits) == {"app.sync_every"}
        await pilot.press("enter", "u")
        assert set(app.settings.edits) == {"app.sync_every"}
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.pane, SettingsPane))
        await settings_at(pilot, "app.sync_every")
        await save(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: not app.settings.edits)
        assert file.read_text() == OWN.replace("sync_every = 0\n", "")


async def test_what_keys_and_money_depend_on_is_asked_with_no_chosen(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        await settings_at(pilot, "atomic.rpc_url")
        await pilot.press("enter")
        await front(pilot, ValueDialog)
        await type_in(pilot, "http://example.org")
        assert "unencrypted" in text_of(pilot, "#objection")
        await type_in(pilot, "https://rpc.example/HUSHWORD")
        await pilot.press("enter")
        await settings_at(pilot, "limits.per_day_nmr")
        await pilot.press("enter")
        await front(pilot, ValueDialog)
        await type_in(pilot, "7")
        await pilot.press("enter")
        dialog = await save(pilot)
        asked = text_of(pilot, "#statement")
        assert "HUSHWORD" not in asked
        assert "atomic.rpc_url decide" in asked
        assert dialog.focused is dialog.query_one("#no", Button)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.pane)
        assert file.read_text() == OWN
        await save(pilot)
        await pilot.press("y", "enter")
        await until(pilot, lambda: not app.settings.edits)
        assert load(file).atomic.rpc_url == "https://rpc.example/HUSHWORD"
        assert app.book.config.atomic.rpc_url == ""
        assert app.book.config.limits.per_day_nmr == "7"
        assert "HUSHWORD" not in "".join(toasts(pilot)) + app.export_screenshot()
        await settings_at(pilot, "atomic.rpc_url")
        await until(pilot, lambda: row_of(pilot).file == "hidden")
        await until(pilot, lambda: "from the next start" in about(app.pane))  # type: ignore[arg-type]


async def test_a_key_is_pressed_and_refused_where_it_means_something(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file, LARGE) as pilot:
        app = app_of(pilot)
        await settings_at(pilot, "keys.sort")
        await pilot.press("enter")
        dialog = await front(pilot, KeyDialog)
        free = dialog.query_one("#free", Note).text.split()
        assert "N" in free and "r" not in free and "w" not in free
        await pilot.press("r", "enter")
        assert "r is sync (Everywhere) already." in text_of(pilot, "#objection")
        await pilot.press("down", "enter")
        assert "↓ is down (Table) already." in text_of(pilot, "#objection")
        await pilot.press("tab")
        await type_in(pilot, "crtl+x")
        assert "Did you mean ctrl+x?" in text_of(pilot, "#objection")
        await pilot.press("enter")
        assert app.screen is dialog
        await type_in(pilot, "N, ctrl+x")
        await pilot.press("enter")
        await until(pilot, lambda: row_of(pilot).edit == "N ^x")
        await save(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: not app.settings.edits)
        assert load(file).keys == {"sort": "N,ctrl+x"}
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.pane, SettingsPane))
        await pilot.press("1")
        await until(pilot, lambda: "N sort" in app.screen.query_one(KeyBar).text)
        await pilot.press("s")
        assert app.screen is app.pane
        await pilot.press("ctrl+x")
        await until(pilot, lambda: app.screen is not app.pane)


async def test_a_theme_is_shown_kept_written_or_taken_off(make_book: BookMaker, file: Path) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        await pilot.press("f2")
        await front(pilot, ThemeDialog)
        await pilot.press("down")
        assert app.theme == "numstake-light"
        await pilot.press("escape")
        assert app.theme == "numstake-dark"
        await pilot.press("f2")
        await front(pilot, ThemeDialog)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen is app.pane)
        assert app.theme == "numstake-light"
        assert file.read_text() == OWN
        await pilot.press("f2")
        await front(pilot, ThemeDialog)
        await pilot.press("down", "w")
        await until(pilot, lambda: load(file).app.theme == "ansi-dark")
        await until(pilot, lambda: app.book.config.app.theme == "ansi-dark")
        assert app.theme == "ansi-dark"


async def test_a_file_changed_outside_counts_as_far_as_it_may(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        pane = await loaded(pilot, "4", SlotsPane)
        generation = app.generation
        await looked(pilot)
        assert toasts(pilot) == []
        assert app.generation == generation, "nothing is read again for what is in force already"
        file.write_text(
            OWN.replace("= 2", "= 6")
            + '[limits]\nper_day_nmr = "9"\n[atomic]\nrpc_url = "https://rpc.example/HUSHWORD"\n'
            + '[keys]\nsync = "f5"\ninfo = "N"\n'
        )
        await looked(pilot)
        await until(pilot, lambda: app.book.config.display.decimals == 6)
        assert app.book.config.limits.per_day_nmr == "9"
        assert app.book.config.atomic.rpc_url == ""
        assert app.book.config.keys == {"sync": "f5", "info": "N"}
        await until(pilot, lambda: "N" in pane._commands and "i" not in pane._commands)
        assert toasts(pilot) == [
            "The config has changed: In force: display.decimals, limits.per_day_nmr, keys.sync, "
            "keys.info. From the next start: atomic.rpc_url."
        ]
        await until(pilot, lambda: "config" in kinds(pilot))
        file.write_text(OWN)
        await looked(pilot)
        await until(pilot, lambda: app.book.config.display.decimals == 2)
        assert app.book.config.limits.per_day_nmr == "9"
        await until(pilot, lambda: "limits.per_day_nmr" in app.settings.trouble)


def kinds(pilot: Pilot[Any]) -> list[str]:
    return [notice.kind.value for notice in app_of(pilot).notices or ()]


async def test_a_file_that_can_not_be_used_changes_nothing_and_is_said(
    make_book: BookMaker, file: Path
) -> None:
    async with running(make_book, file) as pilot:
        app = app_of(pilot)
        await looked(pilot)
        file.write_text(OWN.replace("= 2", "= 6") + '[keys]\nsort = "crtl+x"\n')
        await looked(pilot)
        await until(pilot, lambda: app.settings.trouble)
        assert "config.toml, line 10: [keys] sort: 'crtl+x' is not a key" in toasts(pilot)[-1]
        assert "Did you mean ctrl+x?" in toasts(pilot)[-1]
        assert app.book.config.display.decimals == 2
        await until(pilot, lambda: NoticeKind.CONFIG.value in kinds(pilot))
        pane = await settings_at(pilot, "app.theme")
        assert "the file can't be used" in "".join(text for text, _ in pane.caption())
        await pilot.press("enter")
        await front(pilot, ThemeDialog)
        await pilot.press("down", "enter")
        await save(pilot)
        await pilot.press("enter")
        await front(pilot, TextDialog)
        assert "crtl+x" in file.read_text() and "theme" not in file.read_text()
        await pilot.press("escape")
        said = toasts(pilot)
        file.write_text(OWN[:20])  # as an editor writes, bit by bit
        await looked_once(pilot)
        file.write_text(OWN)
        await looked(pilot)
        await until(pilot, lambda: not app.settings.trouble)
        assert toasts(pilot) == said
        await until(pilot, lambda: NoticeKind.CONFIG.value not in kinds(pilot))


def test_a_config_that_can_not_be_used_is_said_with_its_line(
    make_book: BookMaker, file: Path
) -> None:
    file.write_text(OWN + '[keys]\nsort = "crtl+x"\n')
    with pytest.raises(ConfigError, match=r"config\.toml, line 10: .*crtl\+x") as caught:
        NumstakeApp(make_book(config=load(file)), config_file=file)
    assert "Did you mean ctrl+x?" in caught.value.advice


def test_what_the_environment_says_is_said_to_come_from_there() -> None:
    config = overlaid(Config(), {"NUMSTAKE_APP__THEME": "nord"})
    row = next(
        one for one in rows(Reading(), config, {}, config.elsewhere) if one.name == "app.theme"
    )
    origin = next(column for column in columns(80) if column.key == "from")
    assert (row.value, row.file) == ("nord", "")
    shown = origin.cell(row)
    assert isinstance(shown, Cell) and shown.text == "environment"
    assert "nord (NUMSTAKE_APP__THEME)" in explained(row, "config.toml").plain
