"""All that is known of one tournament's strategy, as a text over the screen in front."""

from __future__ import annotations

from typing import Any

from textual.app import App

from ledger.domain.model import Tournament
from tui.screens.dialogs.flow import book_of, read
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.stakes import strategy_words as words


async def show_strategy(app: App[Any], tournament: Tournament) -> None:
    """Read it from the ledger, then show it."""
    atomic = book_of(app).stakes.atomic
    report = await read(atomic.strategy)
    held = await read(atomic.positions)
    entry = next((one for one in report.tournaments if one.tournament is tournament), None)
    if entry is None:
        app.notify("Nothing is known of it yet. Press r to ask Numerai.", timeout=4)
        return
    own = next((one for one in held.tournaments if one.tournament is tournament), None)
    app.push_screen(TextDialog(f"{tournament.label} strategy", words.strategy(entry, own)))
