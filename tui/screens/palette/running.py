"""What choosing an entry of the palette does: it goes where the entry is, or opens its dialog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from ledger.domain.nmr import NMR
from ledger.domain.slots.predictor import Predictor
from ledger.reports.account.findable import FindableModel, FindableRound
from tui import keys
from tui.help import Chapter
from tui.screens.dialogs.flow import follow, read
from tui.screens.palette.entries import Entry, Kind
from tui.screens.palette.ways import AT_ONCE, WAYS, Way
from tui.screens.palette.words import Moved

if TYPE_CHECKING:
    from tui.host import Host
    from tui.screens.going import Going
    from tui.screens.pane import Pane


async def run(app: Host, entry: Entry) -> None:
    """Do what ``entry`` stands for."""
    await _RUNS[entry.kind](app, entry.about)


# Actions


async def _run_action(app: Host, action: keys.Action) -> None:
    pane = cast("Pane[Any]", app.pane)
    way = WAYS.get(action.group)
    if way is None or any(own.id == action.id for own in pane.actions()):
        await _act(app, app.screen, action)
    else:
        await _go_and_run(app, way, action)


async def _go_and_run(app: Host, way: Way, action: keys.Action) -> None:
    """Go to the page of ``action``; there it is run as soon as the page has something to show."""
    page = cast("Pane[Any]", await app.show_mode(way.mode))
    page.when_loaded(lambda: _step(app, page, [*way.openers], action))


async def _step(app: Host, page: Pane[Any], openers: list[str], action: keys.Action) -> None:
    if app.screen is not page:
        return
    if openers:
        await _act(app, page, keys.BY_ID[openers.pop(0)])
        opened = cast("Pane[Any]", app.pane)
        if opened is not page:
            opened.when_loaded(lambda: _step(app, opened, openers, action))
    elif action.id in AT_ONCE:
        key = keys.shown_key(action, app.book.config.keys)
        app.notify(f"{key} here: {action.help}", timeout=5)
    else:
        await _act(app, page, action)


async def _act(app: Host, page: Screen[Any], action: keys.Action) -> None:
    """Run an action of the page, or one of the app."""
    await app.run_action(action.action, page if hasattr(page, action.method) else app)


# Pages


async def _open_model(app: Host, named: FindableModel) -> None:
    from tui.screens.models.opening import open_rounds

    model = named.model
    open_rounds(cast("Going", app.pane), model.tournament, (model.id, named.label))


async def _open_round(app: Host, entry: FindableRound) -> None:
    """What it paid; before it has paid anything, what was submitted to it."""
    number, page = entry.number, cast("Going", app.pane)

    def make() -> Going:
        if entry.played:
            paid = app.new_pane("earnings")
            paid.seek(lambda group: number in group.rounds)
            return paid
        slots = app.new_pane("slots")
        slots.seek(lambda row: row.round == number, tournament=entry.tournaments[0])
        return slots

    page.open(make)


async def _open_predictor(app: Host, predictor: Predictor) -> None:
    from tui.screens.slots.predictors import PredictorsPane
    from tui.screens.slots.score_columns import predictor_key

    tournaments = await read(app.book.tournaments)
    pane = cast("Pane[Any]", app.pane)
    tournament = pane.tournament or next(iter(tournaments), None)
    if tournament is None:
        return
    key = predictor_key(predictor.id)

    def make() -> Going:
        page = PredictorsPane(tournament)
        page.seek(lambda row: row.key == key)
        return page

    pane.open(make)


async def _open_change(app: Host, number: int) -> None:
    def make() -> Going:
        page = app.new_pane("queue")
        page.seek(lambda row: row.change.id == number)
        return page

    cast("Going", app.pane).open(make)


async def _open_chapter(app: Host, chapter: Chapter) -> None:
    from tui.screens.dialogs.chapters import ChapterDialog

    app.push_screen(ChapterDialog(chapter, app.book.config.keys))


# What is asked for in words


async def _say(app: Host, about: Moved | NMR) -> None:
    if isinstance(about, Moved):
        from tui.screens.targets.move_dialog import start_move

        model = about.source
        start_move(app, (model.id, model.name, model.tournament), about.to, about.amount)
    else:
        from tui.screens.stakes.cash_dialog import start_cash_with

        start_cash_with(app, about)


async def _open_setting(app: Host, name: str) -> None:
    from tui.screens.settings.settings import open_settings

    open_settings(cast("Pane[Any]", app.pane), name)


async def _change_theme(app: Host, name: str) -> None:
    app.theme = name


async def _export(app: Host, kind: Any) -> None:
    from tui.screens.palette.files import export_all_unlocks
    from tui.screens.records.exporting import start_export

    if kind is None:
        follow(app, lambda: export_all_unlocks(app), group="export")
    else:
        start_export(app, kind)


async def _back_up(app: Host, _: object) -> None:
    from tui.screens.palette.files import back_up

    follow(app, lambda: back_up(app), group="export")


_RUNS: dict[Kind, Callable[[Host, Any], Awaitable[None]]] = {
    Kind.ACTION: _run_action,
    Kind.WORDS: _say,
    Kind.SETTING: _open_setting,
    Kind.EXPORT: _export,
    Kind.BACKUP: _back_up,
    Kind.THEME: _change_theme,
    Kind.CHAPTER: _open_chapter,
    Kind.MODEL: _open_model,
    Kind.PREDICTOR: _open_predictor,
    Kind.CHANGE: _open_change,
    Kind.ROUND: _open_round,
}
"""What every kind of entry does when it is chosen."""
