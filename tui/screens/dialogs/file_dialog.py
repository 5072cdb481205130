"""Where a file goes: a name that can be one, and a question where one is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from ledger.errors import ReadOnly
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import book_of
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button


class FileDialog(FormDialog[Path]):
    """Ends with a path in a folder that exists; ``wrong`` says what else is wrong with one, in a
    sentence. ``hint`` says how it may end, ``usual`` stands there at first."""

    DEFAULT_CSS = """
    FileDialog Input { width: 46; }
    FileDialog .field Input { margin-left: 6; }
    """
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(
        self, title: str, hint: str, usual: str, wrong: Callable[[Path], str] = lambda _: ""
    ) -> None:
        super().__init__(title, "enter keep · esc back")
        self._ending = hint
        self._usual = usual
        self._wrong = wrong

    def compose_frame(self) -> Iterable[Widget]:
        yield field("path", "File", self._ending, self._usual)
        yield objection()
        yield Horizontal(Button("Keep", id="keep"), classes="dialog--buttons")

    @on(Input.Submitted)
    @on(Button.Pressed)
    def keep(self) -> None:
        """End with the path, if it can be one."""
        path = Path(self.text_in("path")).expanduser()
        wrong = self._wrong(path) or misplaced(path)
        if wrong:
            self.object_to(wrong, "path")
        else:
            self.dismiss(path)


def misplaced(path: Path) -> str:
    """Why no file can be at ``path``, in a sentence; "" where one can."""
    if not path.name:
        return "Give the file a name."
    if path.is_dir():
        return f"{path.absolute()} is a folder."
    if not path.absolute().parent.is_dir():
        return f"There is no folder {path.absolute().parent}."
    return ""


def refuse_writing(app: App[Any]) -> None:
    """Go on only where files may be written.

    Raises:
        ReadOnly: they may not.
    """
    if book_of(app).read_only:
        raise ReadOnly("Started with --read-only: no file is written.", "Start without it.")


async def may_replace(app: App[Any], title: str, path: Path) -> bool:
    """Whether ``path`` is free, or the user says that what is there may go."""
    if not path.exists():
        return True
    question = Question(
        title=title,
        statement=f"{path.absolute()} is there already.",
        sentences=("What it holds now would be lost.",),
        ask="Replace it?",
        yes="Yes, replace it",
        no="No",
    )
    confirmed: bool = await app.push_screen_wait(ConfirmDialog(question))
    return confirmed
