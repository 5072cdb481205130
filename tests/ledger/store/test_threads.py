"""Any thread may use the ledger, each with a connection of its own, all closed in the end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.errors import LedgerBusy, StoreError
from ledger.store import Store
from ledger.store.connection import Connections
from ledger.store.migrate import SCHEMA_VERSION
from tests.ledger.store.samples import ACCOUNT, FACTS, LOG


def open_files(path: Path) -> int:
    """How many descriptors of this process are on the ledger file."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            count += descriptor.readlink() == path
        except FileNotFoundError:
            continue
    return count


def test_threads_read_and_write_at_once(store: Store) -> None:
    store.apply(FACTS, LOG)

    def work(number: int) -> bool:
        if number % 4 == 0:
            store.apply(FACTS, LOG)
        return store.account() == ACCOUNT

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(40)))
    assert len(store.syncs(100)) == 11


def test_threads_share_no_connection(path: Path, store: Store) -> None:
    connections = Connections(path, version=SCHEMA_VERSION, read_only=False)
    meet = threading.Barrier(3)

    def own(_: int) -> tuple[int, int]:
        with connections.reading() as first:
            meet.wait()
        with connections.reading() as second:
            return id(first), id(second)

    with ThreadPoolExecutor(3) as threads:
        pairs = list(threads.map(own, range(3)))

    assert all(first == second for first, second in pairs)
    assert len({first for first, _ in pairs}) == 3
    connections.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_closing_closes_every_threads_connection(store: Store, path: Path) -> None:
    meet = threading.Barrier(4)

    def read(_: int) -> None:
        meet.wait()
        store.account()

    threads = ThreadPoolExecutor(4)
    list(threads.map(read, range(4)))
    assert open_files(path) >= 4

    store.close()

    assert open_files(path) == 0
    with pytest.raises(StoreError, match="closed"):
        threads.submit(store.account).result()
    with pytest.raises(StoreError, match="closed"):
        store.account()
    threads.shutdown()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_connections_of_ended_threads_do_not_pile_up(store: Store, path: Path) -> None:
    for _ in range(20):
        thread = threading.Thread(target=store.account)
        thread.start()
        thread.join()

    assert open_files(path) <= 2


def test_closing_waits_for_what_is_in_progress(path: Path, store: Store) -> None:
    connections = Connections(path, version=SCHEMA_VERSION, read_only=False)
    inside, go_on = threading.Event(), threading.Event()
    found: list[int] = []

    def read() -> None:
        with connections.reading() as connection:
            inside.set()
            go_on.wait(60)
            found.extend(connection.execute("SELECT 7").fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    inside.wait(60)
    closer = threading.Thread(target=connections.close)
    closer.start()
    go_on.set()
    reader.join(60)
    closer.join(60)

    assert found == [7]
    assert not closer.is_alive()


def test_one_at_a_time_runs_the_queue(store: Store, path: Path) -> None:
    def enter() -> None:
        with store.executing():
            pass

    with ThreadPoolExecutor(1) as other, store.executing():
        with pytest.raises(LedgerBusy, match="sending changes"):
            enter()
        with pytest.raises(LedgerBusy):
            other.submit(enter).result()
    enter()


def test_the_queue_is_free_again_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.executing():
        raise ZeroDivisionError
    with store.executing():
        assert store.changes() == ()
