"""What Numerai does not tell at the command line: null and ``?``, never 0, and the exit code."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.queue.run import Held, RunReport
from ledger.domain.syncing.facts import Refetch, SyncFacts, SyncLog
from ledger.paths import Paths
from ledger.queue.queue import Queue
from ledger.store import Store
from tests.conftest import NOW
from tests.ledger.targets.test_editor import offline
from tests.ledger.untold import lose, never, old
from tui.cli import run
from tui.cli.account import reports

SIGNALS = Tournament.SIGNALS
ENTRY = {
    "since": "2026-11-28T14:00:00Z",
    "why": "Numerai says null",
    "acknowledged": False,
}


@pytest.fixture
def book(home: Path) -> Iterator[Book]:
    found = offline(Paths.at(home).ledger_file("default"))
    yield found
    found.close()


class Shell:
    """Runs commands in this process and returns what they print."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._home, self._capsys = home, capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        ended = run(["--at", str(self._home), *arguments])
        printed = self._capsys.readouterr()
        assert ended == code, printed
        return printed.out

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code))


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(home, capsys)


def two_models(book: Book) -> tuple[str, str]:
    """Two continuously staked models without anything pending."""
    found = [
        line.model_id
        for line in book.stakes.report().lines
        if line.tournament is SIGNALS and line.staked and line.pending is None
    ]
    return found[0], found[1]


def named(entries: list[dict[str, Any]], model_id: str, key: str = "id") -> dict[str, Any]:
    return next(entry for entry in entries if entry[key] == model_id)


def test_an_unknown_stake_is_null_and_an_old_one_has_its_age(shell: Shell, book: Book) -> None:
    lost, aged = two_models(book)
    whole = shell.json("models")
    assert "staked_of" not in whole
    lose(book, never(Fact.STAKE, lost), old(Fact.STAKE, aged))
    said = shell.json("models")
    assert (said["staked"], said["staked_of"]["unknown"]) == (None, 1)
    assert said["staked_of"]["as_of"] == "2026-11-27T12:00:00Z"
    entry = named(said["models"], lost)
    assert entry["staked"] is None
    assert entry["missing_facts"] == [ENTRY | {"fact": "stake", "subject": lost, "as_of": None}]
    entry = named(said["models"], aged)
    assert entry["staked"] == named(whole["models"], aged)["staked"]
    assert entry["missing_facts"][0]["as_of"] == "2026-11-27T12:00:00Z"


def test_tables_have_signs_and_a_footer(shell: Shell, book: Book) -> None:
    lost, aged = two_models(book)
    lose(book, never(Fact.STAKE, lost), old(Fact.STAKE, aged), old(Fact.WALLET))
    lines = shell("models").splitlines()
    names = {line.model_id: line.name for line in book.portfolio().lines}
    assert "+ ? NMR staked" in lines[0]
    assert "* in the Numerai wallet" in lines[0]
    (row,) = [line for line in lines if line.startswith(names[lost] + " ")]
    assert " ?  " in row
    (row,) = [line for line in lines if line.startswith(names[aged] + " ")]
    assert "* " in row
    assert lines[-2:] == [
        "* as of 27 Nov 12:00 UTC: Numerai did not tell.",
        "? Numerai never told.",
    ]


def test_a_plan_names_what_it_leaves_out(shell: Shell, book: Book) -> None:
    lost, _ = two_models(book)
    book.targets.set(SIGNALS, lost, "1")
    lose(book, never(Fact.STAKE, lost))
    said = shell.json("plan", "--tournament", "11", "--simulate", "3")
    assert said["steps"] == []
    assert named(said["blocked"], lost, "model_id")["why"].endswith("nothing is planned for it.")
    assert said["simulation"]["unknown_models"] == 1
    targets = shell.json("targets", "show", "--tournament", "11")
    entry = named(targets["models"], lost, "model_id")
    assert entry["current"] is entry["effective"] is entry["difference"] is None
    assert targets["balance"]["unknown_models"] == 1
    assert "?" in shell("targets", "show", "--tournament", "11")


def test_unlocks_leave_unknown_amounts_empty(shell: Shell, book: Book, tmp_path: Path) -> None:
    model_id = next(
        line.model_id
        for line in book.stakes.report().lines
        if line.pending is not None and line.pending.kind == "decrease"
    )
    lose(book, never(Fact.STAKE, model_id), never(Fact.WALLET))
    said = shell.json("unlocks", "--disabled")
    assert (said["free_now"], said["free_now_of"]["unknown"]) == (None, 1 + _untold_idle(book))
    assert named(said["unlocks"], model_id, "model_id")["nmr"] is not None
    file = tmp_path / "unlocks.csv"
    shell("unlocks", "--disabled", "--csv", str(file))
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert all(row["nmr"] != "0" for row in rows)


def _untold_idle(book: Book) -> int:
    return sum(entry.idle is None for entry in book.stakes.atomic.positions().tournaments)


def test_every_document_says_what_its_figures_lack(shell: Shell, book: Book) -> None:
    lost, _ = two_models(book)
    lose(book, never(Fact.SUBMISSIONS, lost), old(Fact.AT_RISK, lost), old(Fact.ROUNDS, "8"))
    for command in (
        ("slots", "show", "--tournament", "11"),
        ("earnings", "--last", "3"),
        ("earnings", "--by", "model"),
        ("policy", "show", "--tournament", "11"),
        ("plan", "--tournament", "11"),
    ):
        facts = {(one["fact"], one["subject"]) for one in shell.json(*command)["missing_facts"]}
        assert {("submissions", lost), ("at-risk", lost)} <= facts, command
    for command in (("positions",), ("strategy", "show"), ("project", "--tournament", "8")):
        facts = {(one["fact"], one["subject"]) for one in shell.json(*command)["missing_facts"]}
        assert ("rounds", "8") in facts, command


def test_doctor_lists_and_acknowledges(shell: Shell, book: Book) -> None:
    lost, aged = two_models(book)
    lose(book, old(Fact.RETURNS, lost), old(Fact.RETURNS, aged), never(Fact.REPUTATION, lost))
    said = shell.json("doctor", "--acknowledge", "reputation")["missing_facts"]
    assert [line["fact"] for line in said] == ["reputation", "returns"]
    assert [line.acknowledged for line in book.missing().lines] == [True, False]
    told = shell("doctor", "--acknowledge", "all")
    assert told.startswith("Acknowledged: ")
    assert all(line.acknowledged for line in book.missing().lines)
    shell("doctor", "--acknowledge", "wallet", code=2)


def test_a_run_of_the_queue_is_incomplete_until_the_loss_is_acknowledged(
    shell: Shell, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Queue, "run", lambda *_, **__: RunReport())
    assert shell.json("queue", "run")["missing_facts"] == []
    lost, _ = two_models(book)
    lose(book, never(Fact.RETURNS, lost))
    (line,) = shell.json("queue", "run", code=4)["missing_facts"]
    assert (line["fact"], line["subjects"], line["as_of"]) == ("returns", [lost], None)
    shell("doctor", "--acknowledge", "returns")
    assert shell.json("queue", "run")["missing_facts"][0]["acknowledged"]
    lose(book, old(Fact.WALLET, acknowledged=True))
    shell("queue", "run", code=4)


def test_a_run_of_the_queue_is_incomplete_when_something_due_could_not_be_prepared(
    shell: Shell, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, _ = two_models(book)
    change = book.queue.add(lost, ChangeKind.DRAIN)
    held = Held(change, "Numerai does not tell its stake.")
    report = RunReport(held=(held,), unprepared=(held,))
    monkeypatch.setattr(Queue, "run", lambda *_, **__: report)
    assert shell.json("queue", "run", code=4)["unprepared"] == [change.id]
    refused = RunReport(sent=(replace(change, state=ChangeState.REFUSED),), unprepared=(held,))
    monkeypatch.setattr(Queue, "run", lambda *_, **__: refused)
    shell("queue", "run", code=1)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (None, 0),
        (never(Fact.RETURNS, "a"), 4),
        (never(Fact.RETURNS, "a", acknowledged=True), 0),
        (old(Fact.ROUNDS, "8", acknowledged=True), 4),
    ],
)
def test_a_sync_ends_with_what_it_lacks(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, entry: MissingFact | None, code: int
) -> None:
    def sync(book: Book, *, again: Refetch | None = None) -> SyncLog:
        assert again is None
        if entry is not None:
            lose(book, entry)
        log = book.last_sync()
        assert log is not None
        return log

    monkeypatch.setattr(reports, "run_sync", sync)
    said = shell.json("sync", code=code)
    assert said["complete"] is (code == 0)
    assert [line["fact"] for line in said["missing_facts"]] == ([entry.fact] if entry else [])
    told = shell("sync", code=code)
    assert ("Numerai" in told) is (entry is not None)


def test_history_is_fetched_anew_on_request(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Refetch | None] = []

    def sync(book: Book, *, again: Refetch | None = None) -> SyncLog:
        asked.append(again)
        log = book.last_sync()
        assert log is not None
        return log

    monkeypatch.setattr(reports, "run_sync", sync)
    shell("sync", "--again")
    shell("sync", "--again", "--from", "1300", "--tournament", "11")
    assert asked == [Refetch(), Refetch(SIGNALS, 1300)]
    shell("sync", "--from", "1300", code=2)
    shell("sync", "--tournament", "8", code=2)


def test_models_of_one_name_are_told_apart(shell: Shell, book: Book, home: Path) -> None:
    one, other = two_models(book)
    models = tuple(
        replace(model, name="twin") if model.id in {one, other} else model
        for model in book.models()
    )
    store = Store.open(Paths.at(home).ledger_file("default"), clock=FrozenClock(NOW))
    store.apply(SyncFacts(models=models))
    store.close()
    names = {entry["id"]: entry["name"] for entry in shell.json("models")["models"]}
    assert (names[one], names[other]) == (f"twin ({one[:4]})", f"twin ({other[:4]})")
    wish = ("queue", "add", "--tournament", "11", "--kind", "drain", "--model")
    shell(*wish, "twin", code=2)
    said = shell.json(*wish, names[one])
    assert (said["model_id"], said["model"]) == (one, names[one])
