"""Keeping the log of who sat where in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from ledger.domain.model import Tournament
from tui.screens.dialogs.file_dialog import FileDialog, may_replace, refuse_writing
from tui.screens.dialogs.flow import book_of, read

TITLE = "Keep who sat where"
ENDINGS = (".csv", ".json")


async def export_log(app: App[Any], tournament: Tournament) -> None:
    """Ask where the log of ``tournament`` goes, then write it.

    Raises:
        ReadOnly: nothing may be written.
        FileError, StoreError: as it happens.
    """
    refuse_writing(app)
    log, label = book_of(app).slots.predictors, tournament.label
    title = f"{TITLE} in {label}"
    dialog = FileDialog(title, ".csv or .json", f"slots-{label.lower()}.csv", _wrong)
    path = await app.push_screen_wait(dialog)
    if path is None or not await may_replace(app, title, path):
        return
    await read(lambda: log.export_file(tournament, path))
    app.notify(f"Who sat where in {label} is in {path.absolute()}.", timeout=6)


def _wrong(path: Path) -> str:
    return "" if path.suffix.lower() in ENDINGS else f"End the name with {' or '.join(ENDINGS)}."
