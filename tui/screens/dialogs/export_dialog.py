"""Keeping the calendar of unlocks in a file; one that is there is never replaced unasked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from ledger.errors import ReadOnly
from ledger.reports.stakes.unlocks import UnlocksReport
from tui.format import count
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import book_of, read
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button

ENDINGS = (".csv", ".ics")
USUAL = "unlocks.ics"


class ExportDialog(FormDialog[Path]):
    """Ends with a path that ends in .csv or .ics, in a folder that exists."""

    DEFAULT_CSS = """
    ExportDialog Input { width: 46; }
    ExportDialog .field .label { width: 6; }
    """
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self) -> None:
        super().__init__("Keep these unlocks", "enter keep · esc back")

    def compose_frame(self) -> Iterable[Widget]:
        yield field("path", "File", ".csv or .ics", USUAL)
        yield objection()
        yield Horizontal(Button("Keep", id="keep"), classes="dialog--buttons")

    @on(Input.Submitted)
    @on(Button.Pressed)
    def keep(self) -> None:
        """End with the path, if it can be one."""
        path = Path(self.query_one("#path", Input).value.strip()).expanduser()
        wrong = _wrong(path)
        if wrong:
            self.object_to(wrong, "path")
        else:
            self.dismiss(path)


def _wrong(path: Path) -> str:
    if path.suffix.lower() not in ENDINGS or not path.stem:
        return "End the name with .csv for a spreadsheet or .ics for a calendar."
    if path.is_dir() or not path.absolute().parent.is_dir():
        return f"There is no folder {path.absolute().parent}."
    return ""


async def export_unlocks(app: App[Any], report: UnlocksReport) -> None:
    """Ask where to, then write.

    Raises:
        ReadOnly: nothing may be written.
        FileError: the file can't be written.
    """
    if book_of(app).read_only:
        raise ReadOnly("Started with --read-only: no file is written.", "Start without it.")
    path = await app.push_screen_wait(ExportDialog())
    if path is None or not await _may_replace(app, path):
        return
    await read(lambda: write(report, path))
    entries = len(report.unlocks)
    app.notify(f"{count(entries, 'unlock')} in {path.absolute()}.", timeout=6)


async def _may_replace(app: App[Any], path: Path) -> bool:
    if not path.exists():
        return True
    question = Question(
        title="Keep these unlocks",
        statement=f"{path.absolute()} is there already.",
        sentences=("What it holds now would be lost.",),
        ask="Replace it?",
        yes="Yes, replace it",
        no="No",
    )
    confirmed: bool = await app.push_screen_wait(ConfirmDialog(question))
    return confirmed


def write(report: UnlocksReport, path: Path) -> None:
    """Write ``report`` as its ending says.

    Raises:
        FileError: the file can't be written.
    """
    from ledger.files import write_file
    from ledger.reports.stakes.unlock_files import unlocks_csv, unlocks_ics

    calendar = path.suffix.lower() == ".ics"
    write_file(path, unlocks_ics(report) if calendar else unlocks_csv(report))
