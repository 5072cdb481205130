"""Keeping the calendar of unlocks in a file; one that is there is never replaced unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from ledger.reports.stakes.unlocks import UnlocksReport
from tui.format import count
from tui.screens.dialogs.file_dialog import FileDialog, may_replace, refuse_writing
from tui.screens.dialogs.flow import read

ENDINGS = (".csv", ".ics")
USUAL = "unlocks.ics"
TITLE = "Keep these unlocks"


class ExportDialog(FileDialog):
    """Ends with a path that ends in .csv or .ics, in a folder that exists."""

    def __init__(self) -> None:
        super().__init__(TITLE, ".csv or .ics", USUAL, _wrong)


def _wrong(path: Path) -> str:
    if path.suffix.lower() not in ENDINGS or not path.stem:
        return "End the name with .csv for a spreadsheet or .ics for a calendar."
    return ""


async def export_unlocks(app: App[Any], report: UnlocksReport) -> None:
    """Ask where to, then write.

    Raises:
        ReadOnly: nothing may be written.
        FileError: the file can't be written.
    """
    refuse_writing(app)
    path = await app.push_screen_wait(ExportDialog())
    if path is None or not await may_replace(app, TITLE, path):
        return
    await read(lambda: write(report, path))
    entries = len(report.unlocks)
    app.notify(f"{count(entries, 'unlock')} in {path.absolute()}.", timeout=6)


def write(report: UnlocksReport, path: Path) -> None:
    """Write ``report`` as its ending says.

    Raises:
        FileError: the file can't be written.
    """
    from ledger.files import write_file
    from ledger.reports.stakes.unlock_files import unlocks_csv, unlocks_ics

    calendar = path.suffix.lower() == ".ics"
    write_file(path, unlocks_ics(report) if calendar else unlocks_csv(report))
