"""One sandbox, one synced ledger, one book; every test gets its own copies."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from ledger.clock import FrozenClock, OffsetClock, Uptime

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.config.config import Config
    from ledger.config.settings import AtomicSettings
    from ledger.numerai.client import NumeraiClient
    from ledger.queue.wallet import KeyStore
    from ledger.sandbox import Sandbox

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday morning before the round of the day opens."""

_TESTS = Path(__file__).parent

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

CLOCK = OffsetClock()
CLOCK.follow(NOW)
"""What the programs that tests start take for the time: it goes on from :data:`NOW`."""

ON_TIME = {
    "PYTHONPATH": f"{_TESTS / 'on_time'}{os.pathsep}{_TESTS.parent}",
    "NUMSTAKE_TESTS_AHEAD": str(CLOCK.offset.total_seconds()),
}
"""The variables that make it so."""

os.environ.update(ON_TIME)
os.environ["NUMSTAKE_SANDBOX_RATE_SCALE"] = "0"

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes private folders there
_ENOUGH = 2 * 1024**3

if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
    # Every commit of a ledger waits for the disk; in memory that is at once.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_xdist_auto_num_workers() -> int:
    """How many processes ``-n auto`` starts: two for each core, since more than half of the time
    a test of the app waits for its screen, or for a process."""
    return (os.cpu_count() or 1) * 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Of several processes, each first compiles a share of the modules: not all of them all."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    gc.disable()  # until all tests are collected: importing makes hardly any garbage
    folders = (session.config.invocation_params.dir / given for given in session.config.args)
    modules = sorted(module for folder in folders for module in folder.rglob("test_*.py"))
    share = int(worker["workerid"].removeprefix("gw"))
    for module in modules[share :: worker["workercount"]]:
        name = ".".join(module.relative_to(_TESTS.parent).with_suffix("").parts)
        with suppress(Exception, pytest.skip.Exception):  # collecting it says so again
            import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones, so that no process is left with one in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collections, and have less of these: an app under
    test makes some 50,000 objects, which are garbage all at once when it ends."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(400_000)
    gc.enable()


@pytest.fixture(autouse=True)
def blank_ledgers(monkeypatch: pytest.MonkeyPatch) -> None:
    """New ledgers are copies of one; tests of how they are made say otherwise."""
    from ledger.store import migrate
    from tests.blank import migrate_at_once

    monkeypatch.setattr(migrate, "migrate", migrate_at_once)


class SandboxClock:
    """Tells the sandbox's time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.now()

    def uptime(self) -> Uptime:
        return Uptime("sandbox", self.now().timestamp())


def make_sandbox() -> Sandbox:
    """The world most tests live in: small, always the same, standing still."""
    from tests.worlds import sandbox_of

    return sandbox_of(seed=7, models=16, rounds=90, now=NOW)


def make_client(sandbox: Sandbox, key: str = "full", **settings: object) -> NumeraiClient:
    """A client of ``sandbox`` with one of its keys."""
    from ledger.credentials import Credentials, Secret
    from ledger.numerai.client import NumeraiClient

    public_id, secret = sandbox.keys[key]
    if "api_url" not in settings:
        settings["api_url"] = sandbox.url
    return NumeraiClient(
        Credentials(public_id, Secret(secret)),
        clock=SandboxClock(sandbox),
        **settings,  # type: ignore[arg-type]
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A frozen sandbox of this test's own."""
    with make_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def synced_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file synced from the world of :func:`make_sandbox`; copy it, don't change it."""
    from ledger.store import Store
    from ledger.syncing.sync import sync

    path = tmp_path_factory.mktemp("ledger") / "synced.sqlite3"
    with make_sandbox() as running:
        store = Store.open(path, clock=FrozenClock(NOW))
        client = make_client(running)
        sync(client, store, FrozenClock(NOW), history_rounds=None)
        client.close()
        store.close()
    return path


@pytest.fixture
def ledger_file(synced_ledger: Path, tmp_path: Path) -> Path:
    """This test's own copy of the synced ledger."""
    target = tmp_path / "default.sqlite3"
    shutil.copyfile(synced_ledger, target)
    target.chmod(0o600)
    return target


class SandboxDemo:
    """Moves a sandbox of the same process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def advance(self, *, rounds: int = 0, days: int = 0) -> datetime:
        return self._sandbox.advance(rounds=rounds, days=days)

    def happen(self, event: str, /, **details: Any) -> None:
        self._sandbox.happen(event, **details)


BookMaker = Callable[..., "Book"]

PASSPHRASE = "correct horse"
"""What tests lock the owner's key with."""


def chain_settings(sandbox: Sandbox, **given: Any) -> AtomicSettings:
    """The sandbox's chain and strategies as a config would name them."""
    from ledger.config.settings import AtomicSettings
    from ledger.domain.model import Tournament

    return AtomicSettings(
        rpc_url=sandbox.rpc_url,
        classic_strategy=sandbox.strategies[Tournament.CLASSIC],
        signals_strategy=sandbox.strategies[Tournament.SIGNALS],
        crypto_strategy=sandbox.strategies[Tournament.CRYPTO],
        **{"receipt_timeout": 0, "confirmations": 0, **given},
    )


def owner_wallet(sandbox: Sandbox, folder: Path) -> KeyStore:
    """The owner's key in a keystore file, made at the first need."""
    from ledger.domain.secret import Secret
    from ledger.queue.wallet import KeyStore

    wallet = KeyStore(folder / "keystore.json", work=2)
    if wallet.address("default") is None:
        wallet.import_("default", Secret(sandbox.owner_key), Secret(PASSPHRASE))
    return wallet


@pytest.fixture(scope="session")
def chain_ledger(synced_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synced ledger once it was synced with the sandbox's chain too; copy it."""
    from ledger.config.config import Config

    path = tmp_path_factory.mktemp("chain") / "default.sqlite3"
    shutil.copyfile(synced_ledger, path)
    with make_sandbox() as running:
        atomic = chain_settings(running, channel="signed")
        book = _book(running, running.url, path, Config(atomic=atomic))
        book.sync()
        book.close()
    return path


@pytest.fixture
def chain_ledger_file(chain_ledger: Path, ledger_file: Path) -> Path:
    """This test's own copy of it, where books find it."""
    shutil.copyfile(chain_ledger, ledger_file)
    return ledger_file


def _book(
    sandbox: Sandbox, url: str, path: Path, config: Config, key: str = "full", **more: Any
) -> Book:
    from ledger.book import Book
    from ledger.chain.endpoint import connect
    from ledger.store import Store

    return Book(
        profile="default",
        store=Store.open(path, clock=SandboxClock(sandbox)),
        clock=SandboxClock(sandbox),
        config=config,
        connect=lambda: make_client(
            sandbox, key, api_url=url, read_timeout=2.0, connect_timeout=2.0
        ),
        chain=lambda given: connect(given, SandboxClock(sandbox)),
        wallet=lambda: owner_wallet(sandbox, path.parent),
        **more,
    )


@pytest.fixture
def make_book(sandbox: Sandbox, ledger_file: Path) -> Iterator[BookMaker]:
    """Opens books on this test's sandbox and its synced ledger; closes them all in the end."""
    from ledger.config.config import Config

    opened: list[Book] = []
    url = sandbox.url

    def make(
        *,
        key: str = "full",
        read_only: bool = False,
        demo: bool = False,
        path: Path = ledger_file,
        config: Config | None = None,
    ) -> Book:
        there = SandboxDemo(sandbox) if demo else None
        book = _book(sandbox, url, path, config or Config(), key, read_only=read_only, demo=there)
        opened.append(book)
        return book

    yield make
    for book in opened:
        book.close()


@pytest.fixture
def book(make_book: BookMaker) -> Book:
    """A book over the synced ledger, with every right."""
    return make_book()


@pytest.fixture
def stop() -> threading.Event:
    """A stop signal nobody has given."""
    return threading.Event()
