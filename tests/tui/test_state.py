"""What is remembered from one run to the next: kept whole, shared by apps, never in the way."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import Book
from tests.tui.driving import QUIET, until
from tui import state
from tui.app import NumstakeApp
from tui.state import State, Value

VALUES = (
    st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.lists(st.text(), max_size=3)
)


def remembered(file: Path, *entries: tuple[str, str, Value | None]) -> State:
    kept = State.open(file)
    for entry in entries:
        kept.put(*entry)
    kept.save()
    return kept


@settings(max_examples=50, deadline=None)
@given(entries=st.dictionaries(st.tuples(st.text(), st.text()), VALUES, max_size=4))
def test_what_was_put_is_there_in_the_next_run(
    entries: dict[tuple[str, str], Value], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("state") / "folder" / "p.state.toml"
    remembered(file, *((room, name, value) for (room, name), value in entries.items()))
    again = State.open(file)
    for (room, name), value in entries.items():
        assert again.get(room, name) == value
        assert type(again.get(room, name)) is type(value)


def test_a_text_that_no_file_can_hold_is_kept_as_far_as_one_can(tmp_path: Path) -> None:
    file = tmp_path / "p.state.toml"
    remembered(file, ("palette", "recent", ["a\ud800", "b"]))
    assert State.open(file).get("palette", "recent") == ["a?", "b"]


def test_two_apps_keep_each_others_values(tmp_path: Path) -> None:
    file = tmp_path / "p.state.toml"
    first, second = State.open(file), State.open(file)
    first.read()
    second.read()
    with ThreadPoolExecutor(8) as pool:
        for app, kept in enumerate((first, second)):
            for number in range(10):
                kept.put(f"room{app}", f"n{number}", number)
                pool.submit(kept.save)
    again = State.open(file)
    found = [again.get(f"room{app}", f"n{number}") for app in range(2) for number in range(10)]
    assert found == [*range(10), *range(10)]


def test_the_last_to_write_a_value_wins_and_forgetting_is_written_too(tmp_path: Path) -> None:
    file = tmp_path / "p.state.toml"
    first = remembered(file, ("a", "x", 1), ("a", "y", True))
    remembered(file, ("a", "x", 2), ("a", "y", None))
    assert first.get("a", "x") == 1
    again = State.open(file)
    assert (again.get("a", "x"), again.get("a", "y")) == (2, None)


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_the_file_is_for_its_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "p.state.toml"
    remembered(file, ("a", "x", 1))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not list(file.parent.glob("*.new"))


@pytest.mark.parametrize(
    "content", [b"a = [", b"\xff\xfe", b"x" * 2_000_000, b"[a]\nx = 1\n[a]\n", b"a." * 90 + b"a=1"]
)
def test_a_broken_file_is_forgotten_and_the_log_says_so(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "p.state.toml"
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert State.open(file).get("a", "x") is None
    assert str(file) in caplog.text
    remembered(file, ("a", "x", 3))
    assert State.open(file).get("a", "x") == 3


def test_only_values_of_the_kinds_there_are_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "p.state.toml"
    file.write_text('top = 1\n[a]\nx = 1.5\ny = [1]\nz = 2024-01-01\nw = {v = 1}\nok = "o"\n')
    kept = State.open(file)
    assert [kept.get("a", name) for name in ("x", "y", "z", "w", "ok")] == [None] * 4 + ["o"]
    assert kept.get("top", "x") is None


def test_what_cant_be_written_is_remembered_and_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_PATIENCE", 0.01)
    file = tmp_path / "p.state.toml"
    held = FileLock(file.with_suffix(".lock"))
    with held, caplog.at_level(logging.WARNING):
        kept = remembered(file, ("a", "x", 1))
    assert not file.exists()
    assert "can't be written" in caplog.text
    assert kept.get("a", "x") == 1
    kept.save()
    assert State.open(file).get("a", "x") == 1


def test_without_a_file_it_is_memory_alone() -> None:
    kept = State.open(None)
    kept.put("a", "x", ["1"])
    kept.save()
    value = kept.get("a", "x")
    assert value == ["1"]
    assert isinstance(value, list)
    value.append("2")
    assert kept.get("a", "x") == ["1"]


def test_saving_is_asked_for_once_for_each_change() -> None:
    asked = []
    kept = State.open(None)
    kept.saver = lambda: asked.append(1)
    kept.put("a", "x", 1)
    kept.put("a", "x", 1)
    assert len(asked) == 1
    kept.put("a", "x", True)
    assert kept.get("a", "x") is True
    assert len(asked) == 2


async def test_the_app_writes_what_it_is_to_remember(
    make_book: Callable[..., Book], tmp_path: Path
) -> None:
    file = tmp_path / "p.state.toml"
    app = NumstakeApp(make_book(config=QUIET), state_file=file)
    async with app.run_test() as pilot:
        app.state.put("a", "x", 1)
        await until(pilot, file.exists)
        app.state.saver = lambda: None
        app.state.put("a", "y", 2)
    assert (State.open(file).get("a", "x"), State.open(file).get("a", "y")) == (1, 2)
