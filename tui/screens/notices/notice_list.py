"""Everything that deserves attention, in sentences, over the screen in front."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content

from ledger.domain.concern import Level
from ledger.domain.readable import readable
from tui.format import LEVEL_SIGNS
from tui.screens.dialogs.text_dialog import TextDialog

if TYPE_CHECKING:
    from ledger.reports.notices.notice import Notice
    from tui.host import Host

NOTHING = "Nothing needs attention."


UNTOLD = "The ledger is still being looked through."

_COLOURS = {Level.LOUD: "$warning", Level.QUIET: "$accent", Level.NEWS: "$muted"}


def show_notices(app: Host) -> None:
    """List them over the screen in front."""
    decimals = app.book.config.display.decimals
    text = listed(app.notices, decimals) if app.notices is not None else UNTOLD
    app.push_screen(TextDialog("Callouts", text))


def listed(notices: Iterable[Notice], decimals: int) -> Content:
    """One paragraph for each, its level and kind first; amounts with ``decimals``."""
    rows = [
        Content.assemble(
            (f"{LEVEL_SIGNS[notice.level]} ", _COLOURS[notice.level]),
            (f"{notice.kind.value}  ", "$muted"),
            readable(notice.sentence, decimals),
        )
        for notice in notices
    ]
    return Content("\n\n").join(rows) if rows else Content(NOTHING)
