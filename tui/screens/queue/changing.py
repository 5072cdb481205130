"""One stake change from the key press to Numerai's answer: dialogs in order, each step's result
deciding the next. What these steps mean is the book's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.model import System
from ledger.domain.queue.change import UNSENT, ChangeKind, ChangeState
from ledger.domain.readable import readable
from ledger.errors import ChangeError
from ledger.reports.queue.confirmation import Confirmation
from ledger.reports.queue.preview import ChangePreview
from ledger.reports.queue.queue import QueueLine
from tui import jobs
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import (
    book_of,
    follow,
    must_write,
    read,
    refuse_reading_only,
)
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.execution import execute
from tui.screens.queue.outcome import show_outcome
from tui.screens.queue.selection import select

if TYPE_CHECKING:
    from ledger.book import Book


def start_change(app: App[Any], model_id: str, kind: ChangeKind) -> None:
    """Ask for a change of ``kind`` on a model, keep it as a draft, offer to send it."""
    follow(app, lambda: _ask(app, model_id, kind))


def start_sending(app: App[Any], change_id: int) -> None:
    """Restate a draft or a confirmed change; after a Yes send it, once, and show the answer."""
    follow(app, lambda: _confirm(app, change_id))


def start_reconciling(app: App[Any], change_id: int) -> None:
    """Find out what became of a change whose answer was lost."""
    follow(app, lambda: _reconcile(app, change_id))


def start_history(app: App[Any], change_id: int) -> None:
    """Show everything a change went through."""
    follow(app, lambda: _history(app, change_id), "history")


async def _ask(app: App[Any], model_id: str, kind: ChangeKind) -> None:
    book = book_of(app)
    first = await read(lambda: _beginning(book, model_id, kind))
    dialog = ChangeDialog(first, lambda kind, amount: book.queue.preview(model_id, kind, amount))
    draft = await app.push_screen_wait(dialog)
    if draft is None:
        return
    change = await read(lambda: book.queue.draft(draft))
    app.post_message(BookChanged())
    await app.switch_mode("queue")
    select(app, change.id)
    await _confirm(app, change.id)


def _beginning(book: Book, model_id: str, kind: ChangeKind) -> ChangePreview:
    """What is known before an amount is; in one go, since each thread opens the ledger anew.

    Raises:
        ReadOnly: nothing can be changed.
        ChangeError: nothing of this kind can be.
    """
    refuse_reading_only(book)
    problem = book.queue.preview(model_id, kind, "max").problem
    if problem:
        raise ChangeError(problem)
    return book.queue.preview(model_id, kind)


async def _confirm(app: App[Any], change_id: int) -> None:
    book = book_of(app)
    await must_write(book)
    line = (await read(lambda: book.queue.history(change_id))).line
    change = line.change
    if change.state not in UNSENT:
        raise ChangeError(f"Change {change.id} is {change.state.value}.", line.next_action)
    atomic = change.system is System.ATOMIC
    preview = None if atomic else await read(lambda: book.queue.review(change_id))
    confirmation = await read(lambda: book.queue.confirmation([change_id]))
    refuse_beyond_limits(confirmation)
    asked = question(line, preview, confirmation, book.config.display.decimals)
    if not await app.push_screen_wait(ConfirmDialog(asked)):
        return
    if change.state is ChangeState.DRAFT:
        await read(lambda: book.queue.confirm(change_id, shown=confirmation))
        app.post_message(BookChanged())
    if atomic and not line.conditions:
        await execute(app, change_id)
        return
    if not line.conditions:
        app.notify("Sending to Numerai…", timeout=3)
    try:
        sent = await jobs.in_thread(lambda: book.queue.send(change_id), jobs.SEND)
    finally:
        app.post_message(BookChanged())
    await show_outcome(app, book, sent)


def refuse_beyond_limits(confirmation: Confirmation) -> None:
    """Nothing is asked that a yes could not bring about.

    Raises:
        ChangeError: a limit of the config stands against one of the changes.
    """
    if confirmation.problems:
        raise ChangeError(
            " ".join(confirmation.problems), "Nothing was confirmed; edit it, or the config."
        )


async def _reconcile(app: App[Any], change_id: int) -> None:
    book = book_of(app)
    await must_write(book)
    change = await jobs.in_thread(lambda: book.queue.reconcile(change_id), "reconcile")
    app.post_message(BookChanged())
    await show_outcome(app, book, change)


async def _history(app: App[Any], change_id: int) -> None:
    from tui.screens.queue.history import HistoryDialog

    book = book_of(app)
    history = await read(lambda: book.queue.history(change_id))
    await app.push_screen_wait(HistoryDialog(history))


def question(
    line: QueueLine, preview: ChangePreview | None, confirmation: Confirmation, decimals: int
) -> Question:
    """The confirmation of one change: amount, model, effect and dates in full sentences; what has
    to be typed has ``decimals``.

    A change of a strategy has no ``preview``: its confirmation says all there is.
    """
    change = line.change
    sentences: tuple[str, ...] = preview.effects if preview else ()
    if line.conditions:
        sentences = ("It goes out with the first run of the queue that finds it so.",)
    elif preview and preview.problem:
        sentences = (f"Numerai is likely to refuse it now: {preview.problem}",)
    warnings = (*(preview.warnings if preview else ()), *confirmation.touched)
    return Question(
        title=f"Change {change.id}",
        fields=confirmation.fields[0],
        statement=confirmation.sentences[0],
        sentences=sentences,
        warnings=tuple(readable(text, decimals) for text in warnings),
        ask=_ask_for(line),
        typed=confirmation.phrase(decimals),
        yes="Yes, once it is due" if line.conditions else _YES[change.system],
        no="No, keep the draft" if change.state is ChangeState.DRAFT else "No, not yet",
    )


_YES = {System.CONTINUOUS: "Yes, send it", System.ATOMIC: "Yes, go on"}


def _ask_for(line: QueueLine) -> str:
    if line.change.system is System.ATOMIC:
        return "Carry this out once it is due?" if line.conditions else "Carry this out now?"
    if line.conditions:
        return "Send this to Numerai once it is due?"
    return "Send this to Numerai now?"
