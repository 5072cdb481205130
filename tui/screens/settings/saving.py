"""What will change, and the question before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.config.config import SETTINGS, Takes
from tui.format import count
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.settings.setting_rows import HIDDEN, shown

if TYPE_CHECKING:
    from ledger.config.file import Edit
    from tui.host import Host

_WARNINGS = {
    Takes.GUARDED: "decide whom your key and your NMR are given to, or what is run: they count "
    "from the next start.",
    Takes.LIMIT: "are limits: tighter ones count at once, looser ones from the next start.",
}


class SaveDialog(ConfirmDialog):
    """Yes is chosen where nothing was edited that NMR or keys depend on."""

    def __init__(self, question: Question, *, harmless: bool) -> None:
        super().__init__(question)
        self._harmless = harmless

    def on_mount(self) -> None:
        super().on_mount()
        if self._harmless:
            self.query_one("#yes").focus()


async def save(host: Host) -> None:
    """Ask, then write all that was edited."""
    settings = host.settings
    edits = dict(settings.edits)
    warnings = _warnings(edits)
    question = Question(
        title="Save settings",
        statement="\n".join(_line(name, edit) for name, edit in edits.items()),
        sentences=(),
        warnings=warnings,
        ask=f"Write {count(len(edits), 'change')} into {settings.path}?",
        yes="Write",
    )
    if await host.push_screen_wait(SaveDialog(question, harmless=not warnings)):
        settings.save(edits)


def _warnings(edits: dict[str, Edit]) -> tuple[str, ...]:
    asked = {
        takes: [name for name in edits if name in SETTINGS and SETTINGS[name].takes is takes]
        for takes in _WARNINGS
    }
    return tuple(f"{', '.join(one)} {_WARNINGS[takes]}" for takes, one in asked.items() if one)


def _line(name: str, edit: Edit) -> str:
    before, after = shown(name, edit.seen), shown(name, edit.value)
    return f"{name}  {before} → {'another' if before == after == HIDDEN else after}"
