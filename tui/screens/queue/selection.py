"""What the Queue mode shows of changes that something else has made: the cursor on them, and how
they are taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from textual.app import App

from ledger.domain.queue.change import Change
from tui import keys
from tui.format import count
from tui.screens.dialogs.flow import host_of


@runtime_checkable
class SelectsChanges(Protocol):
    """A pane whose cursor can be put on a change."""

    def select_change(self, change_id: int) -> None:
        """Put the cursor on this change, as soon as it is loaded."""
        ...


def select(app: App[Any], change_id: int) -> None:
    """Mark a change in the Queue mode, if that is in front."""
    pane = host_of(app).pane
    if isinstance(pane, SelectsChanges):
        pane.select_change(change_id)


async def show_drafts(app: App[Any], drafts: Sequence[Change]) -> None:
    """Go to the queue, mark the first of the new ``drafts``, and offer to take them back."""
    await host_of(app).show_mode("queue")
    if drafts:
        select(app, drafts[0].id)
    text = f"{count(len(drafts), 'draft')} in the queue; nothing is sent yet. {undo_offer(app)}"
    app.notify(text, timeout=5)


def undo_offer(app: App[Any]) -> str:
    """``z takes back what was drafted last.``"""
    key = keys.shown_key(keys.BY_ID["undo-drafts"], host_of(app).book.config.keys)
    return f"{key} takes back what was drafted last."
