"""The demo's ledger in the cache: whole or not at all, and only for a world it goes on with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import kept_demo
from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import Predictor
from ledger.kept_demo import LASTS, KeptDemos, copy_of
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.store.snapshot import by_hand
from tests.conftest import NOW, SandboxClock, make_client

BUILT = datetime(2026, 11, 23, 8, 30, 5, tzinfo=UTC)
LEDGER = b"SQLite format 3\0" + bytes(range(256)) * 64


@pytest.fixture
def kept(tmp_path: Path) -> KeptDemos:
    return KeptDemos(tmp_path / "cache", (0, "manual"))


def test_what_was_kept_comes_back_with_the_moment_of_its_world(kept: KeptDemos) -> None:
    assert kept.newest(NOW) is None
    kept.keep(LEDGER, BUILT)
    demo = kept.newest(NOW)
    assert demo is not None
    assert (demo.built, demo.content()) == (BUILT, LEDGER)
    assert demo.file.stat().st_mode & 0o077 == 0


def test_one_takes_the_place_of_all_before(kept: KeptDemos) -> None:
    kept.keep(LEDGER, BUILT)
    KeptDemos(kept.folder, ("other",)).keep(b"other", BUILT)
    kept.keep(LEDGER + b"2", BUILT + timedelta(hours=1))
    demo = kept.newest(NOW)
    assert demo is not None
    assert demo.content() == LEDGER + b"2"
    assert list(kept.folder.iterdir()) == [demo.file]


@pytest.mark.parametrize("after", [timedelta(seconds=-1), LASTS, timedelta(days=400)])
def test_its_scenes_do_not_hold_for_ever(kept: KeptDemos, after: timedelta) -> None:
    kept.keep(LEDGER, BUILT)
    assert kept.newest(BUILT + after) is None
    assert kept.newest(BUILT + LASTS - timedelta(seconds=1)) is not None


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(LEDGER[:-1]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(LEDGER.replace(b"\x07", b"\x08", 1)),
        Path.unlink,
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["short", "empty", "a bit", "gone", "a folder"],
)
def test_a_damaged_one_counts_for_nothing_and_is_made_anew(
    kept: KeptDemos, damage: Callable[[Path], object]
) -> None:
    kept.keep(LEDGER, BUILT)
    demo = kept.newest(NOW)
    assert demo is not None
    damage(demo.file)
    assert demo.content() is None
    if not demo.file.is_dir():
        kept.keep(LEDGER, BUILT)
        assert demo.content() == LEDGER


def test_another_program_makes_another(
    kept: KeptDemos, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By version, by the version of numpy, by its sources, by its settings."""
    kept.keep(LEDGER, BUILT)
    assert KeptDemos(kept.folder, (100, "manual")).newest(NOW) is None
    with monkeypatch.context() as patch:
        patch.setattr(kept_demo, "__version__", "9.9.9")
        assert kept.newest(NOW) is None
    with monkeypatch.context() as patch:
        patch.setattr(kept_demo, "_numpy", lambda: "9.9.9")
        assert kept.newest(NOW) is None
    room = tmp_path / "room"
    for place in kept_demo._MADE_BY:
        assert (kept_demo._ROOM / place).exists(), place
    (room / "sandbox/world").mkdir(parents=True)
    (room / "demo.py").write_text("")
    source = room / "sandbox/world/world.py"
    source.write_text("one")
    monkeypatch.setattr(kept_demo, "_ROOM", room)
    monkeypatch.setattr(kept_demo, "_MADE_BY", ("demo.py", "sandbox/world"))
    kept.keep(LEDGER, BUILT)
    assert kept.newest(NOW) is not None
    source.write_text("two")
    assert kept.newest(NOW) is None


def test_several_at_once_leave_a_whole_one(kept: KeptDemos) -> None:
    ledgers = [LEDGER + bytes([number]) for number in range(8)]
    threads = [threading.Thread(target=kept.keep, args=(ledger, BUILT)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept.keep(LEDGER, BUILT)
    demo = kept.newest(NOW)
    assert demo is not None
    assert demo.content() == LEDGER
    assert [file for file in kept.folder.iterdir() if file.name.startswith(".")] == []


def test_a_cache_that_can_not_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptDemos(tmp_path / "file" / "cache")
    kept.keep(LEDGER, BUILT)
    assert kept.newest(NOW) is None


def test_what_is_done_by_hand_shows(ledger_file: Path) -> None:
    before = by_hand(ledger_file)
    store = Store.open(ledger_file, clock=FrozenClock(NOW))
    store.predictors.add([Predictor(0, "mine", "", None)])
    store.close()
    assert by_hand(ledger_file) > before


def test_a_world_goes_on_with_the_ledger_of_an_earlier_time(tmp_path: Path) -> None:
    """A ledger synced at the moment the world was made for, and one that begins later, say the
    same of the world a day later."""
    world = {"seed": 3, "models": 8, "rounds": 25, "frozen": True}
    later = BUILT + timedelta(days=1, hours=8)
    first, second = tmp_path / "first.sqlite3", tmp_path / "second.sqlite3"
    with Sandbox(now=BUILT, **world) as sandbox:  # type: ignore[arg-type]
        book(first, sandbox).sync()
    content = copy_of(first, tmp_path)
    assert content is not None
    second.write_bytes(content)
    with Sandbox(now=later, built=BUILT, **world) as sandbox:  # type: ignore[arg-type]
        gone_on, anew = book(second, sandbox), book(tmp_path / "third.sqlite3", sandbox)
        log = gone_on.sync()
        anew.sync()
        assert log.problems == ()
        assert gone_on.portfolio().lines == anew.portfolio().lines
        assert gone_on.portfolio().staked == anew.portfolio().staked
        for tournament in Tournament:
            rows = (store_of(one).performances(tournament) for one in (gone_on, anew))
            assert next(rows) == next(rows)
        assert gone_on.missing().lines == ()


def book(path: Path, sandbox: Sandbox) -> Book:
    clock = SandboxClock(sandbox)
    store = Store.open(path, clock=clock)
    return Book(
        profile="demo",
        store=store,
        clock=clock,
        config=Config(),
        connect=lambda: make_client(sandbox),
    )


def store_of(book: Book) -> Store:
    return book._store
