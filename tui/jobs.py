"""Calls to the book that may block, off the UI thread; what they return comes back as messages.

A job is an asyncio worker that waits for a daemon thread, so that a superseded or cancelled job
can't post any more, and quitting never waits for a hanging connection.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol, TypeVar, runtime_checkable

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import Worker, get_current_worker

from ledger.errors import LedgerError
from tui.messages import JobFailed, Unexpected

T = TypeVar("T")

SEND = "send"
"""The name of calls that send a stake change: the app warns before it leaves one of them."""


@runtime_checkable
class Stoppable(Protocol):
    """A screen with a job of its own, which stops before anything else does."""

    def stop_job(self) -> bool:
        """Ask the job to stop; ``False`` when it is over."""
        ...


def run(
    owner: DOMNode,
    call: Callable[[], T],
    done: Callable[[T], Message],
    failed: Callable[[LedgerError], Message] = JobFailed,
    *,
    group: str,
    exclusive: bool = True,
) -> Worker[None]:
    """Run ``call`` in a thread and post ``done(result)`` or ``failed(error)`` to ``owner``.

    ``exclusive``: a newer job of the same ``group`` and owner supersedes this one, whose answer
    is then dropped (the call itself runs to its end). An exception that is no ``LedgerError`` is
    posted to the app as :class:`Unexpected`.
    """

    async def wait() -> None:
        worker = get_current_worker()
        try:
            message = done(await in_thread(call, group))
        except LedgerError as error:
            message = failed(error)
        except Exception as error:  # a defect: the app names the log file and goes on
            owner.app.post_message(Unexpected(error))
            return
        if not worker.is_cancelled:
            owner.post_message(message)

    return owner.run_worker(wait, group=group, exclusive=exclusive)


def once(call: Callable[[], T]) -> Callable[[], T]:
    """``call``, made a single time: who asks while it runs, or later, gets the same answer. One
    that fails is made again."""
    lock = threading.Lock()
    answers: list[T] = []

    def answer() -> T:
        with lock:
            if not answers:
                answers.append(call())
            return answers[0]

    return answer


def sending() -> bool:
    """Whether a stake change is on its way to Numerai."""
    return any(thread.name == SEND for thread in threading.enumerate())


_openings: list[object] = []
"""One for each read that a dialog waits for."""


@contextmanager
def opening() -> Iterator[None]:
    """While this lasts, a dialog is about to be shown."""
    mark = object()
    _openings.append(mark)
    try:
        yield
    finally:
        _openings.remove(mark)


def is_opening() -> bool:
    """Whether a dialog is about to be shown."""
    return bool(_openings)


def wait_for(name: str, seconds: float) -> None:
    """Let the calls called ``name`` end, ``seconds`` at most for each."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(seconds)


async def in_thread(call: Callable[[], T], name: str) -> T:
    """The result of ``call``, run in a daemon thread called ``name``."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except Exception as caught:
            error = caught
        with suppress(RuntimeError):  # the loop is closed: the app was left meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await future
