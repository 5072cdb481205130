"""One stake change from the key press to Numerai's answer: dialogs in order, each step's result
deciding the next. What these steps mean is the book's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import App

from ledger.domain.change import Change, ChangeKind, ChangeState
from ledger.errors import ChangeError, LedgerError, ReadOnly
from ledger.reports.preview import ChangePreview
from ledger.reports.queue import QueueLine
from tui import jobs
from tui.messages import BookChanged, JobFailed, Unexpected
from tui.screens.change_dialog import ChangeDialog
from tui.screens.confirm_dialog import ConfirmDialog, Question
from tui.screens.text_dialog import TextDialog

if TYPE_CHECKING:
    from ledger.book import Book
    from tui.app import NumstakeApp

T = TypeVar("T")

GROUP = "change"


def start_change(app: App[Any], model_id: str, kind: ChangeKind) -> None:
    """Ask for a change of ``kind`` on a model, keep it as a draft, offer to send it."""
    _follow(app, lambda: _ask(app, model_id, kind))


def start_sending(app: App[Any], change_id: int) -> None:
    """Restate a draft or a confirmed change; after a Yes send it, once, and show the answer."""
    _follow(app, lambda: _confirm(app, change_id))


def start_reconciling(app: App[Any], change_id: int) -> None:
    """Find out what became of a change whose answer was lost."""
    _follow(app, lambda: _reconcile(app, change_id))


def start_cancelling(app: App[Any], change_id: int) -> None:
    """Drop a change that was not sent."""
    _follow(app, lambda: _cancel(app, change_id))


def start_history(app: App[Any], change_id: int) -> None:
    """Show everything a change went through."""
    _follow(app, lambda: _history(app, change_id), "history")


def _follow(app: App[Any], steps: Callable[[], Awaitable[None]], group: str = GROUP) -> None:
    """Run ``steps``, one change at a time: a newer one must not cut off the older one's answer."""

    async def guarded() -> None:
        try:
            await steps()
        except LedgerError as error:
            app.post_message(JobFailed(error))
        except Exception as error:  # a defect: the app names the log file and goes on
            app.post_message(Unexpected(error))

    if any(worker.group == group and worker.is_running for worker in app.workers):
        app.notify("The change before is still on its way.", timeout=4)
    else:
        app.run_worker(guarded(), group=group)


async def _read(call: Callable[[], T]) -> T:
    return await jobs.in_thread(call, GROUP)


def _book(app: App[Any]) -> Book:
    return cast("NumstakeApp", app).book


async def _must_write(book: Book) -> None:
    why = await _read(book.writable)
    if why:
        raise ReadOnly(why)


async def _ask(app: App[Any], model_id: str, kind: ChangeKind) -> None:
    book = _book(app)
    await _must_write(book)
    standing = await _read(lambda: book.preview(model_id, kind, "max"))
    if standing.problem:
        raise ChangeError(standing.problem)
    first = await _read(lambda: book.preview(model_id, kind))
    dialog = ChangeDialog(first, lambda kind, amount: book.preview(model_id, kind, amount))
    wanted = await app.push_screen_wait(dialog)
    if wanted is None:
        return
    change = await _read(lambda: book.draft(wanted))
    app.post_message(BookChanged())
    await _show_in_queue(app, change.id)
    await _confirm(app, change.id)


async def _show_in_queue(app: App[Any], change_id: int) -> None:
    from tui.screens.queue import QueuePane

    await app.switch_mode("queue")
    if isinstance(app.screen, QueuePane):
        app.screen.select_change(change_id)


async def _confirm(app: App[Any], change_id: int) -> None:
    book = _book(app)
    await _must_write(book)
    line = (await _read(lambda: book.history(change_id))).line
    change = line.change
    if change.state not in {ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.WAITING}:
        raise ChangeError(f"Change {change.id} is {change.state.value}.", line.next_action)
    preview = await _read(lambda: book.review(change_id))
    if not await app.push_screen_wait(ConfirmDialog(question(line, preview))):
        return
    if change.state is ChangeState.DRAFT:
        await _read(lambda: book.confirm(change_id))
        app.post_message(BookChanged())
    app.notify("Sending to Numerai…", timeout=3)
    try:
        sent = await jobs.in_thread(lambda: book.send(change_id), jobs.SEND)
    finally:
        app.post_message(BookChanged())
    await _tell(app, book, sent)


async def _reconcile(app: App[Any], change_id: int) -> None:
    book = _book(app)
    await _must_write(book)
    found = await _read(lambda: book.reconcile(change_id))
    app.post_message(BookChanged())
    await _tell(app, book, found)


async def _cancel(app: App[Any], change_id: int) -> None:
    book = _book(app)
    await _must_write(book)
    change = await _read(lambda: book.cancel(change_id))
    app.post_message(BookChanged())
    app.notify(f"Change {change.id} is cancelled; nothing was sent.", timeout=4, markup=False)


async def _history(app: App[Any], change_id: int) -> None:
    from tui.screens.history import HistoryDialog

    book = _book(app)
    history = await _read(lambda: book.history(change_id))
    await app.push_screen_wait(HistoryDialog(history))


async def _tell(app: App[Any], book: Book, change: Change) -> None:
    """Numerai's answer: a notice when all is well, else a dialog with its words."""
    history = await _read(lambda: book.history(change.id))
    line, event = history.line, history.events[-1]
    if change.state is ChangeState.ACCEPTED:
        cast("NumstakeApp", app).syncing.start()
        app.notify(
            f"{line.sentence}. {line.last_answer or ''}",
            title="Numerai accepted it",
            timeout=8,
            markup=False,
        )
        return
    words = [f"{line.sentence}.", event.reason]
    if line.last_answer:
        words.append(f"“{line.last_answer}”")
    title = "Not done" if change.state is ChangeState.REFUSED else "Not known"
    await app.push_screen_wait(TextDialog(title, "\n\n".join([*words, line.next_action])))


def question(line: QueueLine, preview: ChangePreview) -> Question:
    """The confirmation of one change: amount, model, effect and dates in full sentences."""
    change = line.change
    sentences = preview.effects
    if preview.problem:
        sentences = (f"Numerai is likely to refuse it now: {preview.problem}",)
    return Question(
        title=f"Change {change.id}",
        statement=f"{line.sentence}.",
        sentences=(*sentences, *preview.warnings),
        ask="Send this to Numerai now?",
        yes="Yes, send it",
        no="No, keep the draft" if change.state is ChangeState.DRAFT else "No, not yet",
    )
