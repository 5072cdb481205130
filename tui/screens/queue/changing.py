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
from ledger.reports.queue.confirmation import WAYS, Confirmation
from ledger.reports.queue.preview import ChangePreview
from ledger.reports.queue.queue import QueueLine
from tui import jobs
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question, Ways
from tui.screens.dialogs.flow import (
    book_of,
    follow,
    host_of,
    must_write,
    read,
    refuse_reading_only,
)
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.execution import execute
from tui.screens.queue.outcome import show_outcome
from tui.screens.queue.selection import select, undo_offer
from tui.screens.queue.ways import take_way, ways_for

if TYPE_CHECKING:
    from ledger.book import Book


def start_change(app: App[Any], model_id: str, kind: ChangeKind, aside: str = "") -> None:
    """Ask for a change of ``kind`` on a model, keep it as a draft, offer to send it; ``aside`` is
    said along with the question."""
    follow(app, lambda: _ask(app, model_id, kind, aside))


def start_sending(app: App[Any], change_id: int) -> None:
    """Restate a draft or a confirmed change; after a Yes send it, once, and show the answer."""
    follow(app, lambda: _send(app, change_id))


def start_reconciling(app: App[Any], change_id: int) -> None:
    """Find out what became of a change whose answer was lost."""
    follow(app, lambda: _reconcile(app, change_id))


def start_history(app: App[Any], change_id: int) -> None:
    """Show everything a change went through."""
    follow(app, lambda: _history(app, change_id), "history")


async def _ask(app: App[Any], model_id: str, kind: ChangeKind, aside: str) -> None:
    book = book_of(app)
    first = await read(lambda: _beginning(book, model_id, kind))
    dialog = ChangeDialog(
        first, lambda kind, amount: book.queue.preview(model_id, kind, amount), aside=aside
    )
    draft = await app.push_screen_wait(dialog)
    if dialog.wants_another:
        from tui.screens.stakes.release_dialog import edit_pending

        await edit_pending(app, model_id)
    if draft is None:
        return
    change = await read(lambda: book.queue.draft(draft))
    app.post_message(BookChanged())
    await host_of(app).show_mode("queue")
    select(app, change.id)
    await ask_to_send(app, change.id)


def _beginning(book: Book, model_id: str, kind: ChangeKind) -> ChangePreview:
    """What is known before an amount is; in one go, since each thread opens the ledger anew.

    Raises:
        ReadOnly: nothing can be changed.
        ChangeError: nothing of this kind can be.
    """
    refuse_reading_only(book)
    most, first = book.queue.previews(model_id, kind, "max", "")
    if most.problem:
        raise ChangeError(most.problem)
    return first


async def ask_to_send(app: App[Any], change_id: int) -> None:
    """The last steps of a flow that has made a draft: those of :func:`start_sending`."""
    if not await _confirm(app, change_id):
        app.notify(f"Change {change_id} stays a draft. {undo_offer(app)}", timeout=4)


async def _send(app: App[Any], change_id: int) -> None:
    await _confirm(app, change_id)


async def _confirm(app: App[Any], change_id: int) -> bool:
    """Whether the answer was Yes."""
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
    ways = await ways_for(book, [change], WAYS)
    decimals = book.config.display.decimals
    dialog = ConfirmDialog(question(line, preview, confirmation, ways, decimals=decimals))
    if not await app.push_screen_wait(dialog):
        return False
    (change,) = await take_way(book, [change], dialog.way)
    if change.state is ChangeState.DRAFT:
        await read(lambda: book.queue.confirm(change_id, shown=confirmation))
        app.post_message(BookChanged())
    if atomic and not line.conditions:
        await execute(app, change_id)
        return True
    if not line.conditions:
        app.notify("Sending to Numerai…", timeout=3)
    try:
        sent = await jobs.in_thread(lambda: book.queue.send(change_id), jobs.SEND)
    finally:
        app.post_message(BookChanged())
    await show_outcome(app, book, sent)
    return True


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
    line: QueueLine,
    preview: ChangePreview | None,
    confirmation: Confirmation,
    ways: Ways | None = None,
    *,
    decimals: int,
) -> Question:
    """The confirmation of one change: amount, model, effect and dates in full sentences; what has
    to be typed has ``decimals``.

    A change of a strategy has no ``preview``: its confirmation says all there is, but the way it
    goes out, one of ``ways``.
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
        statement=(confirmation.sentences if ways is None else confirmation.deeds)[0],
        sentences=sentences,
        warnings=tuple(readable(text, decimals) for text in warnings),
        ask=_ask_for(line),
        typed=confirmation.phrase(decimals),
        yes="Yes, once it is due" if line.conditions else _YES[change.system],
        no="No, keep the draft" if change.state is ChangeState.DRAFT else "No, not yet",
        ways=ways,
    )


_YES = {System.CONTINUOUS: "Yes, send it", System.ATOMIC: "Yes, go on"}


def _ask_for(line: QueueLine) -> str:
    if line.change.system is System.ATOMIC:
        return "Carry this out once it is due?" if line.conditions else "Carry this out now?"
    if line.conditions:
        return "Send this to Numerai once it is due?"
    return "Send this to Numerai now?"
