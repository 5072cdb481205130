"""What the palette writes for the user: records, unlocks, a copy of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.records.formats import Format
from ledger.errors import StoreError
from tui.format import count
from tui.screens.dialogs.export_dialog import export_unlocks
from tui.screens.dialogs.file_dialog import FileDialog, may_replace, refuse_writing
from tui.screens.dialogs.flow import book_of, read

if TYPE_CHECKING:
    from ledger.account.records import Exported

_LONG = 8
"""Seconds for which a place is shown that is to be read."""


async def export_all_unlocks(app: App[Any]) -> None:
    """Ask where all that comes free goes, then write it.

    Raises:
        ReadOnly, FileError, StoreError: as it happens.
    """
    report = await read(book_of(app).stakes.atomic.unlocks)
    await export_unlocks(app, report)


async def export_records(app: App[Any], kind: Format) -> None:
    """Ask where the records go, then write them.

    Raises:
        ReadOnly: nothing may be written.
        ConfigError: what writes that kind of file is not installed.
        FileError, StoreError: as it happens.
    """
    from ledger.files import write_file

    refuse_writing(app)
    title, book = f"Keep all records, {kind.reader}", book_of(app)
    dialog = FileDialog(title, kind.ending, f"numstake-{book.profile}{kind.ending}")
    path = await app.push_screen_wait(dialog)
    if path is None or not await may_replace(app, title, path):
        return

    def write() -> Exported:
        exported = book.records.exported(kind.name)
        write_file(path, exported.content)
        return exported

    exported = await read(write)
    app.notify(f"{_counted(exported)} in {path.absolute()}.", timeout=_LONG)


def _counted(exported: Exported) -> str:
    text = count(exported.records, "record")
    if exported.days_without_price:
        text += f", {count(exported.days_without_price, 'day')} without a price,"
    if exported.unbooked:
        text += f", without {count(exported.unbooked, 'transaction')} not confirmed yet,"
    return text


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
