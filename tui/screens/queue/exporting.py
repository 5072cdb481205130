"""Keeping the history of all changes in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from tui.screens.dialogs.file_dialog import FileDialog, may_replace, refuse_writing
from tui.screens.dialogs.flow import book_of, read

TITLE = "Keep the changes and their history"


async def export_changes(app: App[Any]) -> None:
    """Ask where to, then write.

    Raises:
        ReadOnly: nothing may be written.
        FileError, StoreError: as it happens.
    """
    from ledger.files import write_file

    refuse_writing(app)
    book = book_of(app)
    dialog = FileDialog(TITLE, ".csv", f"numstake-{book.profile}-queue.csv", _wrong)
    path = await app.push_screen_wait(dialog)
    if path is None or not await may_replace(app, TITLE, path):
        return
    await read(lambda: write_file(path, book.queue.history_csv()))
    app.notify(f"All changes, step by step, in {path.absolute()}.", timeout=6)


def _wrong(path: Path) -> str:
    return "" if path.suffix.lower() == ".csv" else "End the name with .csv."
