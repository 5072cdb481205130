"""Text from outside is text: in what the ledger keeps, and in what commands print of it.

Every text of every answer, and every file a command reads, holds every class of character that a
terminal may take for more than a text. What was kept by an earlier version holds them too.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book
from ledger.chain.rpc import Rpc
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind
from ledger.errors import ChainError, LedgerError
from ledger.exact_json import answer
from ledger.paths import Paths
from ledger.sandbox import Sandbox
from tests.conftest import NOW, BookMaker, chain_settings
from tests.outside import EVERY, Hostile, fill, steers
from tui.cli import run
from tui.cli.logfile import log_to

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


SEEN = "]52;c;eA=="
"""What is left where a text got through."""


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


@dataclass
class Trial:
    """A sandbox whose answers are hostile, a ledger at ``file``, what commands print of it."""

    make_book: BookMaker
    sandbox: Sandbox
    hostile: Hostile
    file: Path
    printed: Printed

    def book(self) -> Book:
        """On the ledger, with the chain."""
        return self.make_book(path=self.file, config=Config(atomic=chain_settings(self.sandbox)))


@pytest.fixture
def trial(
    make_book: BookMaker, sandbox: Sandbox, hostile: Hostile, file: Path, printed: Printed
) -> Trial:
    return Trial(make_book, sandbox, hostile, file, printed)


@pytest.fixture
def printed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Printed:
    """Runs a command in this process; what it prints, which steers nothing. ``code``: how it has
    to end, if that is known."""
    monkeypatch.setattr("ledger.opening.SystemClock", lambda: FrozenClock(NOW))

    def call(*arguments: str, code: int | None = 0) -> str:
        ended = run(["--at", str(home), *arguments])
        said = capsys.readouterr()
        assert not steers(said.out + said.err, may_break=True), arguments
        assert code in (None, ended), said
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
def test_no_answer_steers_the_ledger_or_a_terminal(trial: Trial, all_of: bool, fields: int) -> None:
    """Words alone, so that all is read and kept; then figures, times and ids too."""
    trial.hostile.all_of = trial.hostile.raw = all_of
    trial.book().sync()
    assert len(trial.hostile.fields) >= fields
    assert not steering(trial.file)
    for command in COMMANDS:
        trial.printed(*command)
        trial.printed(*command, "--json")


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


@pytest.mark.parametrize("said", [refusing, half])
def test_no_refusal_steers(trial: Trial, ledger_file: Path, said: Callable[[Any], Any]) -> None:
    ledger_file.rename(trial.file)
    trial.hostile.answer = said
    with pytest.raises(LedgerError) as caught:
        trial.book().sync()
    assert not steers(str(caught.value))
    assert not steering(trial.file)
    trial.printed("notices")


def test_no_answer_to_a_change_steers(trial: Trial, ledger_file: Path) -> None:
    ledger_file.rename(trial.file)
    trial.hostile.only = frozenset({"v#ChangePayoutSelection"})
    book = trial.book()
    model = next(
        line
        for line in book.stakes.report().lines
        if line.tournament is Tournament.SIGNALS and line.staked and not line.take_profit
    )
    change = book.queue.add(model.model_id, ChangeKind.TAKE_PROFIT_ON)
    book.queue.confirm(change.id)
    book.queue.run()
    assert trial.hostile.fields == {".data.v#ChangePayoutSelection"}
    answers = [value for place, value in kept(trial.file) if place == "change_event.answer"]
    assert any(SEEN in value for value in answers)
    assert not steering(trial.file)
    trial.printed("queue", "list", "--json")
    trial.printed("queue", "log", str(change.id))


def test_what_an_earlier_version_kept_steers_no_terminal(
    file: Path, ledger_file: Path, printed: Printed
) -> None:
    ledger_file.rename(file)
    assert fill(file) > 10
    assert steering(file)
    for command in COMMANDS:
        printed(*command)
        assert SEEN in printed(*command, "--json") or command[0] in EMPTY


EMPTY = {"queue", "predictors", "policy"}
"""What the ledger of the tests has nothing of."""


WORD = EVERY.replace("\ud800", "")
QUOTED = json.dumps(f"a{EVERY}b")
TOML = json.dumps(f"a{WORD}b".replace("\x7f", "")).replace("\\udb40\\udc41", "\\U000E0041")
DOORS = {
    "long.csv": (("slots", "import"), f'round,slot,predictor\n1400,alder,"a{WORD}b"\n', 2),
    "wide.csv": (("slots", "import"), f'round,"a{WORD}b"\n1400,c\n', 2),
    "names.json": (
        ("slots", "import"),
        f'{{"version": 1, "tournament": 8, "predictors": [{{"name": {QUOTED}}}]}}',
        2,
    ),
    "keys.json": (("slots", "import"), f'{{"version": 1, "tournament": 8, {QUOTED}: 1}}', 2),
    "notes.json": (
        ("slots", "import"),
        '{"version": 1, "tournament": 8, "assignments": [], '
        f'"predictors": [{{"name": "lgbm", "notes": {QUOTED}}}]}}',
        0,
    ),
    "prices.csv": (("prices", "import"), f'date,price\n"2026{WORD}","1{WORD}"\n', 2),
    "models.toml": (("targets", "import"), f'tournament = "classic"\n[targets]\n{TOML} = "1"\n', 2),
    "values.toml": (
        ("targets", "import"),
        f'tournament = "classic"\n[targets]\nalder = {TOML}\n',
        2,
    ),
    "scores.csv": (("shuffle", "backtest", "--csv"), f'round,"a{WORD}b",c\n1,0.1,0.2\n', 0),
    "cells.csv": (("shuffle", "backtest", "--csv"), f'round,a,b\n1,"0{WORD}",0.2\n', 2),
}
"""Files by name, the command that reads each, and its exit code."""


@pytest.mark.parametrize("name", DOORS)
def test_no_file_steers(
    name: str, file: Path, ledger_file: Path, tmp_path: Path, printed: Printed
) -> None:
    ledger_file.rename(file)
    command, content, code = DOORS[name]
    read = tmp_path / name
    read.write_text(content, encoding="utf-8", newline="")
    said = printed(*command, str(read), code=code)
    assert not steering(file)
    assert SEEN in said or any(SEEN in value for _, value in kept(file))


def test_no_setting_argument_or_environment_steers(
    home: Path,
    file: Path,
    ledger_file: Path,
    printed: Printed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger_file.rename(file)
    (home / "config.toml").write_text(f"[app]\n{TOML} = 1\n")
    assert SEEN in printed("models", code=2)
    (home / "config.toml").unlink()
    assert "lgbm" in printed("predictors", "add", "lgbm", "--notes", EVERY)
    assert SEEN in printed("predictors", "list", "--json")
    assert not steering(file)
    assert SEEN in printed(
        "explain", "--tournament", "8", "--round", "1400", "--model", EVERY, code=1
    )
    assert SEEN in printed(EVERY, code=2)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", WORD)
    printed("--api-url", "http://127.0.0.1:9/", "doctor", code=None)


def test_no_endpoint_of_ethereum_steers(trial: Trial) -> None:
    trial.hostile.answer = refusing
    with pytest.raises(ChainError) as caught:
        Rpc(trial.sandbox.rpc_url).call("eth_chainId", [])
    assert SEEN in str(caught.value)
    assert not steers(str(caught.value))


def test_no_message_steers_who_reads_the_log(tmp_path: Path) -> None:
    log_to(tmp_path / "log")
    try:
        raise ValueError(EVERY)
    except ValueError:
        logging.getLogger("ledger").exception("no %s", EVERY)
    finally:
        logging.shutdown()
        logging.getLogger().handlers.clear()
    written = (tmp_path / "log").read_text()
    assert written.count(SEEN) == 2
    assert not steers(written, may_break=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("escaped", [True, False])
def test_no_encoding_of_an_answer_steers(encoding: str, escaped: bool) -> None:
    document = json.dumps({f"al{WORD}der": [WORD, WORD + "der"]}, ensure_ascii=escaped)
    assert not steers(str(answer(document.encode(encoding))).replace("\n", ""))
    plain = json.dumps({"alder": ["alder", 1, None]}).encode(encoding)
    assert answer(plain) == {"alder": ["alder", 1, None]}
