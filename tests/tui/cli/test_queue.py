"""The queue from scripts, as processes against a sandbox on loopback."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import NOW
from tests.ledger.domain.test_names import HOSTILE
from tests.tui.cli.warm import WarmShell as Shell

KEYS = {
    *("id", "tournament", "model", "model_id", "system", "kind", "nmr", "state"),
    *("conditions", "reason", "wanted", "created", "updated", "uncertain"),
}
CONDITIONS = {
    "not_before": None,
    "not_before_round": None,
    "after_change": None,
    "when_release_gone": False,
    "when_free": None,
}


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=12, rounds=30, now=NOW, frozen=True) as running:
        yield running


class Queue:
    """``numstake-tui … queue`` with a key in the environment, on a synced ledger."""

    def __init__(self, folder: Path, world: Sandbox) -> None:
        (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
        public_id, secret = world.keys["stake"]
        self._key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
        self._shell = Shell(folder, world.url)
        self.ledger = folder / "data" / "default.sqlite3"

    def __call__(
        self, *arguments: str, code: int = 0, group: tuple[str, ...] = ("queue",)
    ) -> tuple[str, str]:
        at = ("--at", str(self._shell.home))
        result = self._shell(*at, *group, *arguments, code=code, **self._key)
        return result.stdout, result.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        return self._shell.json(
            "--at", str(self._shell.home), "queue", *arguments, code=code, **self._key
        )


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a program that has synced; copy it."""
    folder = tmp_path_factory.mktemp("synced")
    with Sandbox(seed=5, models=12, rounds=30, now=NOW, frozen=True) as running:
        Queue(folder, running)("sync", group=())
    return folder


@pytest.fixture
def queue(tmp_path: Path, world: Sandbox, synced: Path) -> Queue:
    shutil.copytree(synced, tmp_path, dirs_exist_ok=True)
    return Queue(tmp_path, world)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_large_change_has_to_be_typed(queue: Queue, world: Sandbox, *, by_name: bool) -> None:
    model = signals_model(world)
    queue(*increase(model, "100.25"))
    _, said = queue("confirm", "--all", code=2)
    assert "100.25 NMR" in said and "--typed" in said
    for wrong in ("100", "100,25", "100.250000000000000001", "1e2", f"{model}x", "1 100.25"):
        queue("confirm", "--all", "--typed", wrong, code=2)
    assert queue.json("list")["changes"][0]["state"] == "draft"
    confirmed = queue.json("confirm", "1", "--typed", model if by_name else "100.250")["changes"]
    assert [change["state"] for change in confirmed] == ["queued"]


def test_a_name_can_not_word_the_confirmation(queue: Queue, world: Sandbox) -> None:
    before = signals_model(world)
    with closing(sqlite3.connect(queue.ledger)) as connection, connection:
        ((model_id,),) = connection.execute("SELECT id FROM model WHERE name = ?", (before,))
        connection.execute("UPDATE model SET name = ? WHERE id = ?", (HOSTILE, model_id))
    queue(*increase(model_id, "2.5"))
    name = f"≈“alder {{Classic}} by 0.01…” ({model_id[:4]})"
    first, sentence, *_ = queue("confirm", "1")[0].splitlines()
    assert first == f"1 queued: 2.5 NMR · increase · {name} · Signals"
    assert sentence == f"    Increase the stake of {name} (Signals) by 2.5 NMR."
    header, row = queue("list")[0].splitlines()
    assert len(row) < 120 and row.index("≈alder") == header.index("Model")
    assert "2.5" in row[: row.index("≈alder")]


def test_a_small_total_needs_no_typing(queue: Queue, world: Sandbox) -> None:
    queue(*increase(signals_model(world), "100"))
    assert "100 NMR to stake" in queue("confirm", "1")[0]


def test_no_door_of_the_queue_takes_what_can_be_read_in_two_ways(
    queue: Queue, world: Sandbox
) -> None:
    model = signals_model(world)
    queue(*increase(model, "2.5"))
    for text in ("1,5", "٢"):
        queue("edit", "1", "--nmr", text, code=2)
        queue("edit", "1", "--when-free", text, code=2)
        queue("add", "--tournament", "8", "--kind", "deposit", "--nmr", text, code=2)
    _, said = queue(*increase(model, "1,5"), code=2)
    assert "Write 1.5: a comma is not a decimal point here" in " ".join(said.split())
    assert [one["nmr"] for one in queue.json("list")["changes"]] == ["2.5"]


def signals_model(world: Sandbox) -> str:
    return next(
        slot.name
        for slot in world.world.slots
        if slot.tournament is Tournament.SIGNALS
        and slot.pending is None
        and slot.stake
        and not slot.archived
    )


def increase(model: str, nmr: str, *more: str) -> tuple[str, ...]:
    kind = ("--kind", "increase", "--nmr", nmr)
    return ("add", "--tournament", "11", "--model", model, *kind, *more)


def test_a_change_goes_all_the_way(queue: Queue, world: Sandbox) -> None:
    model = signals_model(world)
    change = queue.json(*increase(model, "2.5"))
    assert set(change) == KEYS
    assert change["nmr"] == "2.5"
    assert change["conditions"] == CONDITIONS
    assert (change["state"], change["system"], change["tournament"]) == ("draft", "continuous", 11)
    when = ("--after", "1", "--when-free", "1.000000000000000001", "--not-before", "2026-01-01")
    printed, _ = queue(*increase(model, "1", *when))
    assert printed == "2\n"
    listed = queue.json("list")["changes"]
    assert [entry["id"] for entry in listed] == [1, 2]
    assert listed[1]["conditions"] == CONDITIONS | {
        "not_before": "2026-01-01T00:00:00Z",
        "after_change": 1,
        "when_free": "1.000000000000000001",
    }
    printed, _ = queue("confirm", "--all")
    assert "2 confirmed, 3.5 NMR" in printed
    said = queue.json("run")
    assert [entry["state"] for entry in said["sent"]] == ["accepted"]
    assert [entry["state"] for entry in said["held"]] == ["waiting"]
    assert "the increase pending at Numerai" in said["held"][0]["reason"]
    assert len(world.mutations_applied) == 1
    queue("cancel", "2")
    printed, _ = queue("run")
    assert printed == "Nothing is queued.\n"
    log = queue.json("log", "1")
    assert [event["state"] for event in log["events"]] == [
        *("draft", "queued", "sending", "accepted", "accepted")
    ]
    sending, answered, after = log["events"][2:]
    assert sending["attempt"] == answered["attempt"]
    assert sending["before"]["pending"] is None
    assert after["after"]["pending"]["nmr"] == "2.5"
    assert "increase" in queue("log", "1")[0]
    assert "accepted" in queue("list")[0]


def test_a_refusal_is_told_in_numerai_s_own_words(queue: Queue, world: Sandbox) -> None:
    queue(*increase(signals_model(world), "2.5"))
    queue("confirm", "1")
    world.fail("refuse", on="mutation", message='Variable "$value": Not on a Tuesday.')
    sent = queue.json("run", code=1)["sent"]
    assert [entry["state"] for entry in sent] == ["refused"]
    assert "Not on a Tuesday." in sent[0]["reason"]
    assert not world.mutations_applied


def test_what_is_not_due_is_told_and_can_be_altered(queue: Queue, world: Sandbox) -> None:
    model = signals_model(world)
    queue(*increase(model, "1", "--not-before", "2099-01-01T00:00:00Z"))
    assert queue.json("confirm", "1")["changes"][0]["state"] == "queued"
    held = queue.json("run")["held"]
    assert held[0]["state"] == "waiting"
    assert "2099-01-01" in held[0]["reason"]
    assert queue.json("list", "--state", "waiting")["changes"] == held
    edited = queue.json("edit", "1", "--not-before", "none", "--nmr", "1.5")
    assert (edited["state"], edited["nmr"], edited["conditions"]) == ("draft", "1.5", CONDITIONS)
    queue(*increase(model, "3"))
    queue("move", "2", "--before", "1")
    assert [entry["id"] for entry in queue.json("list")["changes"]] == [2, 1]
    assert queue.json("cancel", "2")["state"] == "cancelled"
    assert [entry["id"] for entry in queue.json("list", "--open")["changes"]] == [1]
    assert not world.mutations_applied


def test_a_lost_answer_is_found_or_judged(queue: Queue, world: Sandbox) -> None:
    model = signals_model(world)
    queue(*increase(model, "1"))
    queue("confirm", "1")
    world.fail("drop_before", on="mutation")
    assert "1 unknown" in queue("run", code=1)[0]
    assert queue.json("reconcile", code=1)["changes"][0]["state"] == "unknown"
    assert queue.json("judge", "1", "missing")["state"] == "refused"
    assert queue("retry", "1")[0] == "2\n"
    queue("confirm", "2")
    world.fail("status_after", on="mutation")
    said = queue.json("run")
    assert [entry["state"] for entry in said["sent"]] == ["accepted"]
    assert queue("reconcile")[0] == "No answer was lost.\n"
    assert len(world.mutations_applied) == 1


def test_a_run_says_why_it_could_not(queue: Queue, world: Sandbox) -> None:
    model = signals_model(world)
    queue(*increase(model, "1"))
    queue("confirm", "1")
    store = Store.open(queue.ledger, clock=FrozenClock(NOW))
    with store.executing():
        _, error = queue("run", code=1)
    store.close()
    assert "Another numstake-tui is sending" in error
    _, error = queue("queue", "run", code=1, group=("--read-only",))
    assert "--read-only" in error
    world.fail("refuse", on="mutation", message="V2 staking is disabled for this tournament")
    printed, error = queue("run", code=1)
    assert "1 unknown" in printed
    assert "has moved" in error
    queue("judge", "1", "missing")
    queue("retry", "1")
    queue("confirm", "2")
    printed, _ = queue("run")
    assert "2 draft again: Signals has moved" in printed


def test_a_run_without_numerai_leaves_the_queue(queue: Queue, world: Sandbox) -> None:
    queue(*increase(signals_model(world), "1"))
    queue("confirm", "1")
    world.stop()
    printed, error = queue("run", code=3)
    assert "1 left queued" in printed
    assert "can't be reached" in error


def test_what_can_not_be_meant_is_said(queue: Queue) -> None:
    wrong: list[tuple[tuple[str, ...], int, str]] = [
        (("add", "--tournament", "11", "--model", "x", "--kind", "increase"), 2, "--nmr"),
        (increase("nobody", "1"), 2, "nobody"),
        (increase("nobody", "1e-19"), 2, "1e-19"),
        (increase("nobody", "1", "--not-before", "soon"), 2, "soon"),
        (("confirm",), 2, "--all"),
        (("confirm", "9"), 1, "no change 9"),
        (("judge", "1", "perhaps"), 2, "perhaps"),
    ]
    for arguments, code, named in wrong:
        assert named in queue(*arguments, code=code)[1]
