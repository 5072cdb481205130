"""Payout policies from scripts, as real processes on a synced ledger."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.tui.cli.shell import AMOUNT, ISO, UNREACHABLE
from tests.tui.cli.warm import WarmShell as Shell

SIGNALS = ("--tournament", "11")
HALF = ("--from", "others", "--to", "wallet=25", "--to", "pool:tax=12.5")


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=12, rounds=40, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a program that has synced once; copy it."""
    folder = tmp_path_factory.mktemp("synced")
    (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    with Sandbox(seed=5, models=12, rounds=40, now=NOW, frozen=True) as running:
        sync(Shell(folder, running.url), running)
    return folder


@pytest.fixture
def shell(tmp_path: Path, world: Sandbox, synced: Path) -> Shell:
    """A synced ledger."""
    shutil.copytree(synced, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, world.url)


def sync(shell: Shell, world: Sandbox, *arguments: str) -> None:
    public_id, secret = world.keys["stake"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    shell("--at", str(shell.home), *arguments, "sync", **key)


def run(shell: Shell, *arguments: str, code: int = 0, first: tuple[str, ...] = ()) -> str:
    """What is printed, on standard error where it fails; there is no network."""
    at = ("--at", str(shell.home), *first)
    result = shell(*at, "policy", *arguments, code=code, url=UNREACHABLE)
    return result.stdout if code == 0 else result.stderr


def json(shell: Shell, *arguments: str, group: str = "policy") -> Any:
    at = ("--at", str(shell.home))
    world, shell.url = shell.url, UNREACHABLE
    try:
        return shell.json(*at, group, *arguments)
    finally:
        shell.url = world


def smallest(shell: Shell) -> tuple[str, str]:
    """The two models of Signals with the least at stake."""
    models = [
        (NMR(one["stake"]), one["to"])
        for one in json(shell, "show", *SIGNALS)["destinations"]
        if one["stake"] is not None and NMR(one["stake"])
    ]
    (_, first), (_, second), *_ = sorted(models)
    return first, second


def drafts(shell: Shell) -> list[dict[str, Any]]:
    changes = json(shell, "list", group="queue")["changes"]
    return [one for one in changes if one["state"] == "draft"]


def test_from_a_row_to_drafts(shell: Shell, world: Sandbox) -> None:
    """Set, simulate, switch on; a few rounds later the queue holds what it implies."""
    first, second = smallest(shell)
    to = [part for name in (first, second) for part in ("--to", f"{name}=25")]
    rules = ("--threshold", "0.02", "--every", "10", "--burns", "share")
    said = json(shell, "set", *SIGNALS, "--from", "others", *to, "--to", "wallet=25", *rules)
    assert said["policy"] == {
        "burns": "share",
        "threshold": "0.02",
        "every": 10,
        "pools": [],
        "rows": {"others": {"itself": "25", first: "25", second: "25", "wallet": "25"}},
    }
    assert not said["in_force"] and said["active"] is None and drafts(shell) == []

    simulated = json(shell, "simulate", "--last", "12")
    assert len(simulated["points"]) == 12
    last = simulated["points"][-1]
    assert {key: last[key] for key in ("without", "with", "difference")} == {
        key: simulated[key] for key in ("without", "with", "difference")
    }
    assert NMR(last["with"]) - NMR(last["without"]) == NMR(last["difference"])
    accrued = [NMR(nmr) for nmr in simulated["accrued"].values()]
    assert NMR.total(accrued) == NMR(simulated["with"])
    assert set(simulated["accrued"]) == {"itself", "wallet", first, second}
    assert drafts(shell) == []

    switched = json(shell, "on", "--name", "autumn")
    assert ISO.fullmatch(switched["version"]["made"])
    assert switched["version"]["since"] == said["next_round"]
    assert [one["kind"] for one in switched["drafts"]] == [one["kind"] for one in drafts(shell)]
    shown = json(shell, "show")
    assert shown["in_force"] and shown["active"]["name"] == "autumn"

    world.advance(rounds=4)
    sync(shell, world)
    found = [one for one in drafts(shell) if one["kind"] == "increase"]
    assert found and all(one["reason"].startswith("Payout allocation: ") for one in found)
    assert {one["model"] for one in found} <= {first, second}
    after = json(shell, "show")
    total = NMR.total(NMR(one["accrued"]) for one in after["destinations"])
    assert total == NMR(after["total"]) != ZERO
    for source in after["sources"]:
        assert all(AMOUNT.fullmatch(nmr) for nmr in source["accrued"].values())
    printed = run(shell, "show")
    assert "“autumn” is in force since round" in printed
    assert "Payouts in all" in printed and f"25 % {first}" in printed


def test_text_for_people(shell: Shell) -> None:
    assert "no policy is in force" in run(shell, "show", *SIGNALS)
    printed = run(shell, "set", *SIGNALS, *HALF, "--threshold", "none", "--every", "none")
    assert "others: 62.5 % itself, 25 % wallet, 12.5 % pool:tax" in printed
    assert "drafts never" in printed
    lines = run(shell, "simulate").splitlines()
    assert lines[0].split() == ["Round", "Without", "With", "Difference"]
    rounds = [line.split()[0] for line in lines[1:] if line.split()[0].isdigit()]
    assert 2 <= len(rounds) <= 20
    newest = json(shell, "simulate")["points"][-1]["round"]
    assert rounds[-1] == str(newest), "the last one is there"
    assert "no policy was ever in force" in run(shell, "history")
    assert "wait for your yes" in run(shell, "on")
    assert "payouts stay where they land" in run(shell, "off")
    told = run(shell, "history").splitlines()
    assert told[0].startswith("From round ") and told[-1].endswith(": off")


def test_a_row_of_its_own_and_back(shell: Shell) -> None:
    first, second = smallest(shell)
    run(shell, "set", *SIGNALS, *HALF)
    said = json(shell, "set", "--from", first, "--to", f"{second.upper()}=100")
    assert said["policy"]["rows"][first] == {second: "100"}
    assert "itself" in said["policy"]["rows"]["others"]
    by_source = {one["from"]: one for one in said["sources"]}
    assert by_source[first]["own_row"] and not by_source[second]["own_row"]
    assert by_source[second]["shares"] == said["policy"]["rows"]["others"]
    whole = json(shell, "set", "--from", first)["policy"]["rows"][first]
    assert whole == {"itself": "100"}
    assert list(json(shell, "clear", "--from", first)["policy"]["rows"]) == ["others"]
    assert json(shell, "clear")["policy"]["rows"] == {}


def test_rules_alone_keep_the_rows(shell: Shell) -> None:
    rows = json(shell, "set", *SIGNALS, *HALF)["policy"]["rows"]
    said = json(shell, "set", "--every", "7")["policy"]
    assert (said["rows"], said["every"], said["threshold"]) == (rows, 7, "1")
    said = json(shell, "set", "--threshold", "none", "--burns", "share")["policy"]
    assert (said["every"], said["threshold"], said["burns"]) == (7, None, "share")


def test_versions_follow_each_other(shell: Shell) -> None:
    run(shell, "set", *SIGNALS, *HALF)
    next_round = json(shell, "show")["next_round"]
    run(shell, "on", "--since", str(next_round + 5), "--name", "later")
    assert f"One begins with round {next_round + 5}" in run(shell, "show")
    run(shell, "set", "--from", "others", "--to", "wallet=100")
    run(shell, "on")
    assert "What is edited" not in run(shell, "show")
    run(shell, "set", *HALF)
    assert "What is edited here is another one." in run(shell, "show")
    run(shell, "off")
    first, second, third = json(shell, "history")["versions"]
    assert (first["name"], first["since"], first["on"]) == ("later", next_round + 5, True)
    assert second["policy"]["rows"] == {"others": {"wallet": "100"}}
    assert (third["on"], third["since"], third["policy"]["rows"]) == (False, next_round, {})
    assert "No policy is in force for Signals" in run(shell, "off", code=1)


def test_saved_with_named_targets(shell: Shell) -> None:
    run(shell, "set", *SIGNALS, *HALF)
    exported = shell("--at", str(shell.home), "targets", "export", *SIGNALS).stdout
    table = tomllib.loads(exported)["policy"]
    assert table["rows"] == {"others": {"wallet": "25", "pool:tax": "12.5"}}
    folder = shell.home / "data" / "targets" / "default"
    folder.mkdir(parents=True)
    (folder / "autumn.toml").write_text(exported.replace('"12.5"', '"50"'))
    shell("--at", str(shell.home), "targets", "set", "autumn")
    said = json(shell, "show")
    assert said["policy"]["rows"]["others"] == {"itself": "25", "wallet": "25", "pool:tax": "50"}
    assert not said["in_force"]
    (folder / "wrong.toml").write_text(exported.replace('"12.5"', '"120"'))
    shell("--at", str(shell.home), "targets", "set", "wrong", code=2)
    assert "policy can't be meant" in shell.spoken[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "others", "--to", "wallet"), "DEST=PERCENT"),
        (("--from", "others", "--to", "wallet=101"), "no percentage"),
        (("--from", "others", "--to", "wallet=60", "--to", "pool:x=50"), "110 %"),
        (("--from", "others", "--to", "wallet=60", "--to", "wallet=5"), "twice"),
        (("--from", "others", "--to", "nobody=5"), "no model"),
        (("--from", "nobody", "--to", "wallet=5"), "no model"),
        (("--from", "others", "--to", "pool:=5"), "name of a pool"),
        (("--to", "wallet=5"), "--from"),
        ((), "--from"),
        (("--threshold", "0"), "above zero"),
        (("--every", "-3"), "no number"),
        (("--burns", "forget"), "carry"),
    ],
)
def test_what_can_not_be_meant_is_a_mistake_of_usage(
    shell: Shell, arguments: tuple[str, ...], says: str
) -> None:
    assert says in run(shell, "set", *SIGNALS, *arguments, code=2)
    assert json(shell, "show", *SIGNALS)["policy"]["rows"] == {}


def test_the_tournament_has_to_be_clear(shell: Shell) -> None:
    assert "--tournament" in run(shell, "show", code=2)
    run(shell, "set", *SIGNALS, *HALF)
    assert json(shell, "show")["tournament"] == 11
    run(shell, "set", "--tournament", "12", *HALF)
    assert "11 Signals, 12 Crypto" in run(shell, "show", code=2)


def test_read_only_edits_but_switches_nothing(shell: Shell, world: Sandbox) -> None:
    """As with targets: edits are the user's own notes, what is in force is not."""
    looking = ("--read-only",)
    run(shell, "set", *SIGNALS, *HALF, first=looking)
    for command in ("on", "off"):
        assert "--read-only" in run(shell, command, first=looking, code=1)
    assert json(shell, "history")["versions"] == []
    run(shell, "on")
    before = json(shell, "show")
    world.advance(rounds=3)
    sync(shell, world, *looking)
    after = json(shell, "show")
    assert (after["total"], after["waiting"]) == (before["total"], before["waiting"])
    assert after["next_round"] > before["next_round"]


def test_before_the_first_sync_there_is_nothing_to_say(tmp_path: Path, world: Sandbox) -> None:
    shell = Shell(tmp_path, world.url)
    (tmp_path / "config.toml").write_text("")
    assert "sync" in run(shell, "show", code=2)
    assert "settled yet" in run(shell, "simulate", *SIGNALS, code=1)


def test_percentages_are_exact(shell: Shell) -> None:
    said = json(shell, "set", *SIGNALS, "--from", "others", "--to", "wallet=33.3333")
    shares = said["policy"]["rows"]["others"]
    assert shares == {"itself": "66.6667", "wallet": "33.3333"}
    assert sum(map(Decimal, shares.values())) == 100
