"""Steps that need several dialogs and calls in a row, one such flow at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import App

from ledger.errors import LedgerError, ReadOnly
from tui import jobs
from tui.messages import JobFailed, Unexpected

if TYPE_CHECKING:
    from ledger.book import Book
    from tui.host import Host

T = TypeVar("T")

GROUP = "change"
"""Flows of one group never overlap: a newer one must not cut off the older one's answer."""


def follow(app: App[Any], steps: Callable[[], Awaitable[None]], group: str = GROUP) -> bool:
    """Run ``steps``; an expected error becomes a notice or a dialog, a defect the last resort.

    Returns:
        Whether they began: not while others of the group are under way.
    """

    async def guarded() -> None:
        try:
            await steps()
        except LedgerError as error:
            app.post_message(JobFailed(error))
        except Exception as error:  # a defect: the app names the log file and goes on
            app.post_message(Unexpected(error))

    if any(worker.group == group and worker.is_running for worker in app.workers):
        app.notify("The change before is still on its way.", timeout=4)
        return False
    app.run_worker(guarded(), group=group)
    return True


async def read(call: Callable[[], T]) -> T:
    """``call`` to the ledger, off the UI thread; keys typed ahead wait for what it leads to."""
    with jobs.opening():
        return await jobs.in_thread(call, GROUP)


def book_of(app: App[Any]) -> Book:
    """The book behind ``app``."""
    return host_of(app).book


def host_of(app: App[Any]) -> Host:
    """``app`` with its own type."""
    return cast("Host", app)


async def must_write(book: Book) -> None:
    """Go on only where changes can be sent.

    Raises:
        ReadOnly: with why they can't.
    """
    await read(lambda: refuse_reading_only(book))


def refuse_reading_only(book: Book) -> None:
    """The same for a thread that has the ledger open.

    Raises:
        ReadOnly: with why changes can't be sent.
    """
    why = book.writable()
    if why:
        raise ReadOnly(why)
