"""Carrying out a change of a strategy: by hand, signed elsewhere, or signed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.model import System
from ledger.domain.queue.change import CONFIRMED, UNSENT, Change, ChangeState
from ledger.domain.secret import Secret
from ledger.domain.stakes.strategy import Channel
from ledger.errors import ChangeError, LedgerError
from tui import jobs
from tui.messages import BookChanged
from tui.screens.dialogs.flow import book_of, follow, must_write, read
from tui.screens.queue.execution_dialog import ExecutionDialog, RemainingStep
from tui.screens.queue.outcome import show_outcome
from tui.screens.queue.ways import IN_WORDS, check_way

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.chain.transactions import Unsigned
    from ledger.reports.queue.queue import QueueLine

ASKING = "Asking the chain what it will come to…"
"""Stands where a transaction's sentences are not known yet."""


def start_execution(app: App[Any], change_id: int) -> None:
    """Show what is left to do for a change of a strategy, and take the answer."""
    follow(app, lambda: execute(app, change_id))


def start_other_way(app: App[Any], change_id: int) -> None:
    """Carry a change of a strategy out the next way there is."""
    follow(app, lambda: _other_way(app, change_id))


async def execute(app: App[Any], change_id: int) -> None:
    """The steps of the change's own way."""
    book = book_of(app)
    line = (await read(lambda: book.queue.history(change_id))).line
    change = line.change
    _check(change)
    if change.channel is Channel.BY_HAND:
        await _by_hand(app, book, line)
        return
    await must_write(book)
    _check_confirmed(change)
    if any(
        one.state.pending for one in await read(lambda: book.queue.signing.transactions(change_id))
    ):
        await _send(app, book, change_id)
        return
    await check_way(book, change)
    if change.channel is Channel.UNSIGNED:
        await _elsewhere(app, book, line)
    else:
        await _here(app, book, line)


def _check(change: Change) -> None:
    if change.system is not System.ATOMIC:
        raise ChangeError(
            f"Change {change.id} goes out through Numerai.", "Confirm it with c; R runs the queue."
        )
    if change.state not in UNSENT:
        raise ChangeError(
            f"Change {change.id} is {change.state.value}: there is nothing left to do.",
            "Enter shows what became of it.",
        )


def _check_confirmed(change: Change) -> None:
    if change.state not in CONFIRMED:
        raise ChangeError(f"Change {change.id} is a draft.", "Confirm it first (c).")


def _no_draft(change: Change) -> str | None:
    """Why a change can't be marked as done."""
    if change.state in CONFIRMED:
        return None
    return f"Change {change.id} is a draft: confirm it (c) before you mark it as done."


async def _by_hand(app: App[Any], book: Book, line: QueueLine) -> None:
    change = line.change
    checklist = await read(lambda: book.queue.strategies.checklist(change.id))
    parts = [_no_draft(change), *_waits(line)]
    text = "\n\n".join(
        ("\n".join(checklist.steps), checklist.figures, *(part for part in parts if part))
    )
    step = RemainingStep(
        f"Change {change.id} by hand",
        line.fields,
        text,
        checklist.figures,
        "I did it there",
        object=lambda _: _no_draft(change),
        website=book.demo,
    )
    dialog = ExecutionDialog(step)
    if await app.push_screen_wait(dialog) is None:
        return
    await must_write(book)
    if dialog.by_website:
        await _on_website(app, change.id)
        return
    done = await read(lambda: book.queue.strategies.mark_done(change.id))
    app.post_message(BookChanged())
    await show_outcome(app, book, done)


def start_on_website(app: App[Any], change_id: int) -> None:
    """Let the demo's website do a confirmed change that is done by hand."""
    follow(app, lambda: _on_website(app, change_id))


async def _on_website(app: App[Any], change_id: int) -> None:
    book = book_of(app)
    done = await read(lambda: book.do_on_website(change_id))
    app.post_message(BookChanged())
    await show_outcome(app, book, done)


def _waits(line: QueueLine) -> list[str]:
    """What the user meant it to wait for."""
    return [f"You wanted it {', '.join(line.conditions)}."] if line.conditions else []


def _document(unsigned: Unsigned) -> str:
    """A transaction as another program takes it."""
    return json.dumps(unsigned.as_json(), indent=2, ensure_ascii=False)


async def _elsewhere(app: App[Any], book: Book, line: QueueLine) -> None:
    change = line.change

    def ask() -> tuple[str, str]:
        unsigned = book.queue.signing.unsigned(change.id)
        document = _document(unsigned)
        return "\n".join((*unsigned.sentences, "", document)), document

    step = RemainingStep(
        f"Change {change.id} to sign elsewhere",
        line.fields,
        ASKING,
        "",
        "Check and send",
        ask=ask,
        label="Signed",
        hint="raw transaction, 0x…",
        object=lambda typed: (
            None if typed.strip().startswith("0x") else "A raw transaction begins with 0x."
        ),
    )
    if await _take_input(
        app, step, lambda raw: book.queue.signing.import_signed(change.id, raw.strip())
    ):
        await _send(app, book, change.id)


async def _here(app: App[Any], book: Book, line: QueueLine) -> None:
    change = line.change

    def ask() -> tuple[str, str]:
        unsigned = book.queue.signing.unsigned(change.id)
        return "\n".join(unsigned.sentences), _document(unsigned)

    step = RemainingStep(
        f"Sign change {change.id}",
        line.fields,
        ASKING,
        "",
        "Sign and send",
        ask=ask,
        label="Passphrase",
        hint="of the owner's key",
        secret=True,
    )
    if await _take_input(
        app, step, lambda typed: book.queue.signing.sign(change.id, Secret(typed))
    ):
        await _send(app, book, change.id)


async def _take_input(app: App[Any], first: RemainingStep, take: Callable[[str], object]) -> bool:
    """Ask until ``take``, which runs in a thread, takes what was typed; whether it did. Why it
    did not is said beside the line, which keeps what is no secret."""
    step = first
    while True:
        dialog = ExecutionDialog(step)
        typed = await app.push_screen_wait(dialog)
        if dialog.error is not None:
            raise dialog.error
        if typed is None:
            return False
        try:
            await jobs.in_thread(partial(take, typed), "chain")
        except LedgerError as error:
            step = replace(dialog.step, typed="" if first.secret else typed, wrong=str(error))
        else:
            return True


async def _send(app: App[Any], book: Book, change_id: int) -> None:
    app.notify("Sending to the chain…", timeout=3)
    try:
        sent = await jobs.in_thread(lambda: book.queue.send(change_id), jobs.SEND)
    finally:
        app.post_message(BookChanged())
    await show_outcome(app, book, sent)


async def _other_way(app: App[Any], change_id: int) -> None:
    book = book_of(app)
    await must_write(book)
    change = (await read(lambda: book.queue.history(change_id))).line.change
    _check(change)
    ways = list(IN_WORDS)
    at = ways.index(change.channel)
    others = [*ways[at + 1 :], *ways[:at]]
    troubles = await read(lambda: [book.queue.trouble_with(way, change) for way in others])
    told = [f"Not {IN_WORDS[way]}: {why}" for way, why in zip(others, troubles, strict=True) if why]
    following = next((way for way, why in zip(others, troubles, strict=True) if not why), None)
    if following is None:
        raise ChangeError(" ".join(told), f"Change {change_id} keeps its way.")
    after = await read(lambda: book.queue.strategies.choose(change_id, following))
    app.post_message(BookChanged())
    again = " It has to be confirmed again." if after.state is ChangeState.DRAFT else ""
    text = " ".join([f"Change {change_id}: {IN_WORDS[following]}.{again}", *told])
    app.notify(text, timeout=5)
