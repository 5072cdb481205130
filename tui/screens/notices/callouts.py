"""Everything that deserves attention, in sentences, over the screen in front."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content

from tui.screens.dialogs.text_dialog import TextDialog

if TYPE_CHECKING:
    from ledger.reports.notices.notice import Notice
    from tui.host import Host

NOTHING = "Nothing needs attention."


def show_callouts(app: Host) -> None:
    """List them over the screen in front."""
    app.push_screen(TextDialog("Callouts", listed(app.notices)))


def listed(callouts: Iterable[Notice]) -> Content:
    """One paragraph for each, its kind first."""
    rows = [
        Content.assemble(
            ("! ", "$warning" if callout.at is None else "$accent"),
            (f"{callout.kind.value}  ", "$muted"),
            callout.sentence,
        )
        for callout in callouts
    ]
    return Content("\n\n").join(rows) if rows else Content(NOTHING)
