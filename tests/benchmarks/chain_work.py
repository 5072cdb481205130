"""A process that signs changes of allocation strategies and runs the queue, until it is killed."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import eth_account  # noqa: F401 - loaded once for all workers
import numerapi  # noqa: F401
import requests  # noqa: F401

from ledger.book import Book
from ledger.chain import rpc, sending
from ledger.chain.endpoint import connect
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.config.settings import AtomicSettings
from ledger.credentials import Credentials, Secret
from ledger.errors import LedgerError
from ledger.numerai.client import NumeraiClient
from ledger.queue import executor, signing, strategy_executor
from ledger.queue import key_checks as key_witness
from ledger.queue import receipts as strategy_fate
from ledger.queue import run as queue_run
from ledger.queue.wallet import KeyStore
from ledger.store import Store
from ledger.store.queue import chain_transactions, changes, history

PASSPHRASE = Secret("correct horse")
_WATCHED = {
    module.__file__
    for module in (
        *(chain_transactions, changes, executor, history, queue_run, rpc, sending, signing),
        *(strategy_executor, strategy_fate, key_witness),
    )
}
"""Whose functions are the points of an execution: each before it begins and after it ends."""


def open_book(
    *,
    path: str,
    keystore: str,
    url: str,
    key: list[str],
    atomic: dict[str, Any],
    now: str,
) -> Book:
    """The ledger at ``path``, with ``keystore`` to sign for the strategies of a sandbox.

    ``key`` is the public id and secret of its API, ``atomic`` what the config says of its chain.
    """
    clock = FrozenClock(datetime.fromisoformat(now))
    public_id, secret = key
    return Book(
        profile="default",
        store=Store.open(Path(path), clock=clock),
        clock=clock,
        config=Config(atomic=AtomicSettings(**atomic)),
        connect=lambda: NumeraiClient(
            Credentials(public_id, Secret(secret)), api_url=url, clock=clock, retries=0
        ),
        chain=lambda given: connect(given, clock),
        wallet=lambda: KeyStore(Path(keystore), work=2),
    )


def work(
    book: dict[str, Any],
    speed_up: list[int],
    to_send: list[int],
    begin: str = "work",
    last: int | None = None,
) -> None:
    """Replace what waits, then sign and send change by change.

    Ends at point ``last`` since a function called ``begin`` was entered, if there is one.
    """
    if last is not None:
        _die_at(begin, last)
    mine = open_book(**book)
    for change_id in speed_up:
        with suppress(LedgerError):
            mine.queue.signing.bump(change_id, PASSPHRASE)
            mine.queue.offer_again(change_id)
    for change_id in to_send:
        send(mine, change_id)


def send(book: Book, change_id: int) -> None:
    """Sign one change, if it is not signed yet, and run the queue."""
    with suppress(LedgerError):
        book.queue.signing.sign(change_id, PASSPHRASE)
    with suppress(LedgerError):
        book.queue.run()


def _die_at(begin: str, last: int) -> None:
    left, begun = last, begin == "work"

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal left, begun
        if event in {"call", "return"} and frame.f_code.co_filename in _WATCHED:
            begun = begun or frame.f_code.co_name == begin
            if not begun:
                return
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
