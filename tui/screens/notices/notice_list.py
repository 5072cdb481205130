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


def show_notices(app: Host) -> None:
    """List them over the screen in front."""
    app.push_screen(TextDialog("Callouts", listed(app.notices)))


def listed(notices: Iterable[Notice]) -> Content:
    """One paragraph for each, its kind first."""
    rows = [
        Content.assemble(
            ("! ", "$warning" if notice.at is None else "$accent"),
            (f"{notice.kind.value}  ", "$muted"),
            notice.sentence,
        )
        for notice in notices
    ]
    return Content("\n\n").join(rows) if rows else Content(NOTHING)
