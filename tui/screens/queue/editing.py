"""What is done to changes in the queue besides sending them: order, edits, retries, judgements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual.app import App

from ledger.domain.queue.change import UNSENT, ChangeState
from ledger.errors import ChangeError, LedgerBusy, NumeraiError
from ledger.reports.queue.queue import QueueLine
from ledger.reports.words import headline
from tui import jobs
from tui.format import count
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import book_of, follow, must_write, read
from tui.screens.queue.outcome import show_outcome
from tui.screens.queue.selection import select


def start_cancelling(app: App[Any], change_ids: Sequence[int]) -> None:
    """Drop changes that were not sent; asks when there are several, or others wait for them."""
    follow(app, lambda: _cancel(app, tuple(change_ids)))


def start_undoing(app: App[Any]) -> None:
    """Drop what was drafted last; asks as :func:`start_cancelling` does."""
    follow(app, lambda: _undo(app))


def start_editing(app: App[Any], change_id: int) -> None:
    """Alter amount and conditions of a change that was not sent."""
    follow(app, lambda: _edit(app, change_id))


def start_placing(app: App[Any], change_id: int, before: int | None) -> bool:
    """Put a change right before another one, or behind all; whether that began."""
    return follow(app, lambda: _place(app, change_id, before))


def start_retrying(app: App[Any], change_id: int) -> None:
    """Ask once more for what Numerai refused, as a new draft."""
    follow(app, lambda: _retry(app, change_id))


def start_judging(app: App[Any], change_id: int) -> None:
    """Let the user say what became of a change, after looking once more."""
    follow(app, lambda: _judge(app, change_id))


async def _cancel(app: App[Any], change_ids: tuple[int, ...]) -> None:
    book = book_of(app)
    await must_write(book)
    lines = (await read(book.queue.report)).lines
    chosen = [line for line in lines if line.change.id in change_ids]
    unsent = [line for line in chosen if line.change.state in UNSENT]
    if not unsent:
        states = ", ".join(f"change {one.change.id} is {one.change.state}" for one in chosen)
        raise ChangeError(
            f"{states[:1].upper()}{states[1:]}.", "Only what was not sent can be cancelled."
        )
    await _drop(app, unsent, _waiting_for([line.change.id for line in unsent], lines))


async def _undo(app: App[Any]) -> None:
    book = book_of(app)
    await must_write(book)
    lines = (await read(book.queue.report)).lines
    drafts = [line for line in lines if line.change.state is ChangeState.DRAFT]
    if not drafts:
        raise ChangeError("There is no draft to take back.", "x cancels what is confirmed.")
    last = max(line.change.created for line in drafts)
    newest = [line for line in drafts if line.change.created == last]
    ids = [line.change.id for line in newest]
    await _drop(app, newest, _waiting_for(ids, lines), _replaced_at(last, lines))


def _replaced_at(at: datetime, lines: Sequence[QueueLine]) -> list[str]:
    """What the drafts made at that moment took the place of, which stays cancelled."""
    ids = [
        f"#{line.change.id}"
        for line in reversed(lines)
        if line.change.state is ChangeState.CANCELLED and line.change.updated == at
    ]
    return [f"What they replaced stays cancelled: {', '.join(ids)}."] if ids else []


async def _drop(
    app: App[Any],
    unsent: Sequence[QueueLine],
    waiting: Sequence[int],
    warnings: Sequence[str] = (),
) -> None:
    """Cancel ``unsent``; ``waiting`` are changes that wait for one of them."""
    book, ids = book_of(app), [line.change.id for line in unsent]
    asks = len(unsent) > 1 or waiting or warnings
    question = _really_cancel(unsent, waiting, warnings)
    if asks and not await app.push_screen_wait(ConfirmDialog(question)):
        return
    try:
        for change_id in ids:
            await read(lambda change_id=change_id: book.queue.cancel(change_id))  # type: ignore[misc]
    finally:
        app.post_message(BookChanged())
    what = f"Change {ids[0]} is" if len(ids) == 1 else f"{len(ids)} changes are"
    app.notify(f"{what} cancelled; nothing was sent.", timeout=4)


def _waiting_for(ids: Sequence[int], lines: Sequence[QueueLine]) -> list[int]:
    """Unsent changes that wait for one of ``ids`` and are not among them."""
    return [
        line.change.id
        for line in reversed(lines)
        if line.change.state in UNSENT
        and line.change.id not in ids
        and line.change.conditions.after_change in ids
    ]


def _really_cancel(
    unsent: Sequence[QueueLine], waiting: Sequence[int], more: Sequence[str]
) -> Question:
    warnings = tuple(
        f"Change {change_id} waits for one of them, and would wait for ever: edit or cancel it."
        for change_id in waiting
    )
    them = "it" if len(unsent) == 1 else "them"
    return Question(
        title="Cancel",
        fields=unsent[0].fields if len(unsent) == 1 else (),
        statement=f"{count(len(unsent), 'change')} to drop. Nothing of this was sent.",
        sentences=("\n".join(f"#{line.change.id}  {headline(line.fields)}" for line in unsent),),
        warnings=(*warnings, *more),
        ask=f"Cancel {them}?",
        yes=f"Yes, cancel {them}",
        no=f"No, keep {them}",
    )


async def _edit(app: App[Any], change_id: int) -> None:
    from tui.screens.queue.edit_dialog import EditDialog

    book = book_of(app)
    await must_write(book)
    line = (await read(lambda: book.queue.history(change_id))).line
    if line.change.state not in UNSENT:
        raise ChangeError(
            f"Change {change_id} is {line.change.state}.", "Only what was not sent can be edited."
        )
    dialog = EditDialog(
        line,
        lambda edit: book.queue.edit(
            change_id, nmr=edit.nmr, conditions=edit.conditions, setting=edit.setting
        ),
    )
    edited = await app.push_screen_wait(dialog)
    if edited is None:
        return
    app.post_message(BookChanged())
    if edited == line.change:
        return
    again = " It needs another yes (c)." if line.change.state is not ChangeState.DRAFT else ""
    app.notify(f"Change {change_id} is edited.{again}", timeout=4)


async def _place(app: App[Any], change_id: int, before: int | None) -> None:
    book = book_of(app)
    try:
        await read(lambda: book.queue.place(change_id, before=before))
    finally:
        app.post_message(BookChanged())


async def _retry(app: App[Any], change_id: int) -> None:
    book = book_of(app)
    change = await read(lambda: book.queue.retry(change_id))
    app.post_message(BookChanged())
    select(app, change.id)
    app.notify(
        f"Change {change.id} asks for change {change_id} again; it is a draft.",
        timeout=5,
    )


async def _judge(app: App[Any], change_id: int) -> None:
    from tui.screens.queue.judge_dialog import JudgeDialog

    book = book_of(app)
    await must_write(book)
    trouble = ""
    try:
        change = await jobs.in_thread(lambda: book.queue.reconcile(change_id), "reconcile")
    except (NumeraiError, LedgerBusy) as error:
        trouble = str(error)
    else:
        app.post_message(BookChanged())
        if change.state is not ChangeState.UNKNOWN:
            await show_outcome(app, book, change)
            return
    history = await read(lambda: book.queue.history(change_id))
    arrived = await app.push_screen_wait(JudgeDialog(history, trouble))
    if arrived is None:
        return
    try:
        await jobs.in_thread(lambda: book.queue.judge(change_id, arrived=arrived), "judge")
    finally:
        app.post_message(BookChanged())
    became = "accepted: you say it arrived" if arrived else "refused: you say it did not arrive"
    app.notify(f"Change {change_id} is {became}.", timeout=6)
