"""Text from outside is text: in what the ledger keeps, and in what commands print of it.

Every text of every answer, and every file a command reads, holds every class of character that a
terminal may take for more than a text. What was kept by an earlier version holds them too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import FrozenClock
from ledger.config import Config
from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind
from ledger.errors import LedgerError
from ledger.paths import Paths
from ledger.sandbox import Sandbox
from tests.conftest import NOW, BookMaker, chain_settings
from tests.outside import EVERY, Hostile, fill, steers
from tui.cli import run

Printed = Callable[..., str]

COMMANDS = (
    ("models",),
    ("earnings",),
    ("queue", "list"),
    ("unlocks",),
    ("positions",),
    ("notices",),
    ("slots", "show"),
    ("predictors", "list"),
    ("policy", "show", "--tournament", "8"),
    ("summary",),
)
"""What prints names, reasons and problems out of the ledger."""


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Hostile:
    return Hostile(monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(home: Path) -> Path:
    """Where the ledger is looked for; nothing is there yet."""
    place = Paths.at(home).ledger_file("default")
    place.parent.mkdir(parents=True)
    return place


@pytest.fixture
def printed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Printed:
    """Runs a command in this process; what it prints, which steers nothing."""
    monkeypatch.setattr("tui.open.SystemClock", lambda: FrozenClock(NOW))

    def call(*arguments: str, code: int = 0) -> str:
        ended = run(["--at", str(home), *arguments])
        said = capsys.readouterr()
        assert not steers(said.out + said.err, may_break=True), arguments
        assert ended == code, said
        return said.out + said.err

    return call


def kept(file: Path) -> Iterator[tuple[str, str]]:
    """Every text in a ledger, with its table and column."""
    connection = sqlite3.connect(file)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in names:
        cursor = connection.execute(f"SELECT * FROM {table}")
        columns = [column[0] for column in cursor.description]
        for row in cursor:
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str):
                    yield f"{table}.{column}", value
    connection.close()


def steering(file: Path) -> set[str]:
    """Where a ledger keeps more than text."""
    return {place for place, value in kept(file) if steers(value)}


@pytest.mark.parametrize(("all_of", "fields"), [(False, 45), (True, 95)])
def test_no_answer_steers_the_ledger_or_a_terminal(
    make_book: BookMaker,
    sandbox: Sandbox,
    hostile: Hostile,
    file: Path,
    printed: Printed,
    all_of: bool,
    fields: int,
) -> None:
    """Words alone, so that all is read and kept; then figures, times and ids too."""
    hostile.all_of = hostile.raw = all_of
    book = make_book(path=file, config=Config(atomic=chain_settings(sandbox)))
    book.sync()
    book.close()
    assert len(hostile.fields) >= fields
    assert not steering(file)
    for command in COMMANDS:
        printed(*command)
        printed(*command, "--json")


def refusing(document: Any) -> Any:
    """A no to everything, in hostile words."""
    error = {
        "message": f"no {EVERY} no",
        "path": [EVERY],
        "extensions": {"code": EVERY},
        "code": 3,
        "data": EVERY,
    }
    number = document.get("id") if isinstance(document, dict) else None
    return {"jsonrpc": "2.0", "id": number, "error": error} if number else {"errors": [error]}


def half(document: Any) -> Any:
    """An answer with a part missing, for hostile reasons."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not data:
        return refusing(document)
    place = next(iter(data))
    return {"data": data | {place: None}, "errors": [{"message": EVERY, "path": [place, EVERY]}]}


@pytest.mark.parametrize("answer", [refusing, half])
def test_no_refusal_steers(
    make_book: BookMaker,
    sandbox: Sandbox,
    hostile: Hostile,
    file: Path,
    ledger_file: Path,
    printed: Printed,
    answer: Callable[[Any], Any],
) -> None:
    ledger_file.rename(file)
    hostile.answer = answer
    book = make_book(path=file, config=Config(atomic=chain_settings(sandbox)))
    with pytest.raises(LedgerError) as caught:
        book.sync()
    book.close()
    assert not steers(str(caught.value))
    assert not steering(file)
    printed("notices")


def test_no_answer_to_a_change_steers(
    make_book: BookMaker, hostile: Hostile, file: Path, ledger_file: Path, printed: Printed
) -> None:
    ledger_file.rename(file)
    hostile.only = frozenset({"v3ChangePayoutSelection"})
    book = make_book(path=file)
    model = next(
        line
        for line in book.stakes.report().lines
        if line.tournament is Tournament.SIGNALS and line.staked and not line.take_profit
    )
    change = book.queue.add(model.model_id, ChangeKind.TAKE_PROFIT_ON)
    book.queue.confirm(change.id)
    report = book.queue.run(); print(report)
    book.close()
    assert hostile.fields == {".data.v3ChangePayoutSelection"}
    answers = [value for place, value in kept(file) if place == "change_event.answer"]
    assert any("]52;c;eA==" in value for value in answers)
    assert not steering(file)
    printed("queue", "list")
    printed("queue", "show", str(change.id), "--json")


def test_what_an_earlier_version_kept_steers_no_terminal(
    file: Path, ledger_file: Path, printed: Printed
) -> None:
    ledger_file.rename(file)
    assert fill(file) > 10
    assert steering(file)
    for command in COMMANDS:
        printed(*command)
        assert "\\u001b" in printed(*command, "--json") or command[0] in EMPTY


EMPTY = {"queue", "predictors", "policy"}
"""What the ledger of the tests has nothing of."""
