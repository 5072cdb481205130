"""What became of a change that was sent, as the user is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.model import System
from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.stakes.strategy import Channel
from tui.screens.dialogs.flow import host_of, read
from tui.screens.dialogs.text_dialog import TextDialog

if TYPE_CHECKING:
    from ledger.book import Book


async def show_outcome(app: App[Any], book: Book, change: Change) -> None:
    """What became of it: a notice when all is well, else a dialog with the words to it."""
    history = await read(lambda: book.queue.history(change.id))
    line, event = history.line, history.events[-1]
    if change.state is ChangeState.ACCEPTED:
        host_of(app).syncing.start()
        answer = line.result if change.system is System.CONTINUOUS else event.reason
        _notice(app, _accepted(change), f"{line.sentence}. {answer}".strip())
    elif change.state is ChangeState.WAITING:
        _notice(app, "Not sent yet", f"{line.sentence}. {event.reason} {line.next_action}")
    else:
        words = [f"{line.sentence}.", event.reason]
        if line.last_answer:
            words.append(f"“{line.last_answer}”")
        title = "Not done" if change.state is ChangeState.REFUSED else "Not known"
        await app.push_screen_wait(TextDialog(title, "\n\n".join([*words, line.next_action])))


def _accepted(change: Change) -> str:
    if change.system is System.CONTINUOUS:
        return "Numerai accepted it"
    return "Marked as done" if change.channel is Channel.BY_HAND else "It is in a block"


def _notice(app: App[Any], title: str, text: str) -> None:
    app.notify(text, title=title, timeout=8)
