"""What the palette writes for the user: unlocks, a copy of the ledger."""

from __future__ import annotations

from typing import Any

from textual.app import App

from ledger.errors import StoreError
from tui.screens.dialogs.export_dialog import export_unlocks
from tui.screens.dialogs.file_dialog import FileDialog, may_replace, refuse_writing
from tui.screens.dialogs.flow import book_of, read

_LONG = 8
"""Seconds for which a place is shown that is to be read."""


async def export_all_unlocks(app: App[Any]) -> None:
    """Ask where all that comes free goes, then write it.

    Raises:
        ReadOnly, FileError, StoreError: as it happens.
    """
    report = await read(book_of(app).stakes.atomic.unlocks)
    await export_unlocks(app, report)


async def back_up(app: App[Any]) -> None:
    """Ask where a copy of the ledger goes, make it, and say where it is.

    Raises:
        ReadOnly: nothing may be written.
        StoreError: a demo has nothing to keep, or it can't be written.
    """
    refuse_writing(app)
    book, title = book_of(app), "Back the ledger up"
    if book.demo:
        raise StoreError("A demo's ledger holds nothing to keep.")
    usual = f"numstake-{book.profile}-{book.now():%Y-%m-%d}.sqlite3"
    path = await app.push_screen_wait(FileDialog(title, "a copy, checked", usual))
    if path is None or not await may_replace(app, title, path):
        return
    await read(lambda: book.back_up(path, replace=True))
    app.notify(
        f"The ledger is in {path.absolute()}, and is sound. Not in it: the API key, the owner's "
        "key, the config, target sets.",
        timeout=_LONG,
    )
