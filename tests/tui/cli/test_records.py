"""Prices, exports, summaries and notices from scripts, as real processes."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.concern import Level
from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from tests.conftest import CLOCK, NOW
from tests.tui.cli.shell import AMOUNT
from tests.tui.cli.shell import Shell as ColdShell
from tests.tui.cli.warm import WarmShell as Shell
from tui.format import LEVEL_SIGNS

UNREACHABLE = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=6, rounds=70, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, world: Sandbox) -> Shell:
    """A synced ledger and a notice command; from then on there is no network."""
    home = tmp_path_factory.mktemp("home")
    told = str(home / "told")
    code = f"import sys; open({told!r}, 'a').write(sys.stdin.read() + chr(10))"
    (home / "config.toml").write_text(
        "[credentials]\nallow_environment = true\n"
        f"[notices]\ncommand = ['{sys.executable}', '-c', \"{code}\"]\n"
    )
    public_id, secret = world.keys["full"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    shell = Shell(home, world.url)
    shell("--at", str(home), "sync", **key)
    shell.url = UNREACHABLE
    return shell


def run(shell: Shell, *arguments: str, code: int = 0) -> str:
    result = shell("--at", str(shell.home), *arguments, code=code)
    return result.stdout if code == 0 else result.stderr


def json(shell: Shell, *arguments: str) -> Any:
    return shell.json("--at", str(shell.home), *arguments)


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_with_filters(shell: Shell) -> None:
    every = lines_of(run(shell, "export", "csv"))
    assert {line["kind"] for line in every} >= {"payout", "burn", "stake"}
    assert all(AMOUNT.fullmatch(line["nmr"]) for line in every)
    crypto = lines_of(run(shell, "export", "csv", "--tournament", "12"))
    assert crypto == [line for line in every if line["tournament"] == "12"]
    some = lines_of(run(shell, "export", "csv", "--from", "2026-10-01", "--to", "2026-10-31"))
    assert some == [line for line in every if line["date"].startswith("2026-10")]
    assert "is no date" in run(shell, "export", "csv", "--from", "soon", code=2)
    for command in (("export", "csv"), ("earnings",)):
        assert "is no currency" in run(shell, *command, "--currency", "=1+1", code=2)
    backwards = ("export", "csv", "--from", "2026-10-02", "--to", "2026-10-01")
    assert "is after --to 2026-10-01" in run(shell, *backwards, code=2)


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("csv", b"date,"), ("hledger", b"; Movements"), ("beancount", b"; Move"), ("xlsx", b"PK")],
)
def test_every_format_into_a_file(shell: Shell, tmp_path: Path, kind: str, begins: bytes) -> None:
    if kind == "xlsx":
        pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    file = tmp_path / "file"
    said = json(shell, "export", kind, "-o", str(file))
    assert said["records"] == len(lines_of(run(shell, "export", "csv")))
    assert said["file"] == str(file)
    assert file.read_bytes().startswith(begins)
    nowhere = str(tmp_path / "no" / "file")
    assert "can't be written" in run(shell, "export", kind, "-o", nowhere, code=1)


def test_exporting_again_gives_the_same_file(shell: Shell) -> None:
    assert run(shell, "export", "hledger") == run(shell, "export", "hledger")
    run(shell, "export", "xlsx", code=2)


def test_prices_fill_what_had_no_value(shell: Shell, tmp_path: Path) -> None:
    before = lines_of(run(shell, "export", "csv", "--currency", "chf"))
    assert {line["value"] for line in before} == {""}
    days = sorted({line["date"] for line in before})
    file = tmp_path / "prices.csv"
    file.write_text("date,price\n" + f"{days[0]},10\n{days[-1]},20\n")
    said = json(shell, "prices", "import", str(file), "--currency", "CHF")
    assert (said["days"], said["first"], said["last"]) == (2, days[0], days[-1])
    plain = lines_of(run(shell, "export", "csv", "--currency", "CHF"))
    assert {line["date"] for line in plain if line["value"]} == {days[0], days[-1]}
    filled = lines_of(run(shell, "export", "csv", "--currency", "CHF", "--interpolate"))
    assert all(line["value"] for line in filled)
    marked = [line for line in filled if line["price_source"].startswith("interpolated")]
    assert {line["date"] for line in marked} == set(days[1:-1])
    shown = json(shell, "prices", "show", "--currency", "CHF")["prices"]
    assert [one["source"] for one in shown] == ["import", "import"]
    file.write_text(f"date,price\n{days[0]},11\n")
    refused = run(shell, "prices", "import", str(file), "--currency", "CHF", code=1)
    assert "--replace" in refused
    file.write_text("nothing of the kind\n")
    wrong = run(shell, "prices", "import", str(file), code=2)
    assert "date and price" in wrong and wrong.startswith("Prices: ")
    file.write_text(f"date,price\n{days[0]},11,52\n")
    wrong = run(shell, "prices", "import", str(file), "--replace", code=2)
    assert f"{file}, line 2: 3 cells under 2 columns" in wrong


def test_the_year_in_sums(shell: Shell) -> None:
    document = json(shell, "summary")
    assert "not tax advice" in document["note"]
    assert document["time_zone"] == "UTC"
    for key in ("income", "burned", "net"):
        total = NMR.total(NMR(line[key]) for line in document["models"])
        for sums in ("tournaments", "years"):
            assert NMR.total(NMR(line[key]) for line in document[sums]) == total
    earned = json(shell, "earnings")["totals"]["settled"]
    assert NMR.total(NMR(line["net"]) for line in document["years"]) == NMR(earned)
    said = run(shell, "summary", "--year", "2026")
    assert "not tax advice" in said and said.endswith(" Years are those of UTC.\n")
    assert json(shell, "summary", "--year", "2020")["models"] == []


def test_loud_notices_are_told_once(shell: Shell) -> None:
    starting = ColdShell(shell.home, shell.url)  # the clock is set when a process starts
    tomorrow = str(CLOCK.offset.total_seconds() + 86_400)

    def notices(*options: str) -> str:
        at = ("--at", str(shell.home), "notices", *options)
        return starting(*at, NUMSTAKE_TESTS_AHEAD=tomorrow).stdout

    said = loads(notices("--json"))["notices"]
    assert not any(one["told"] for one in said)
    assert not (shell.home / "told").exists()
    loud = [one["id"] for one in said if one["level"] == "loud"]
    assert loud
    assert len(loud) < len(said)
    newly = [one["id"] for one in loads(notices("--tell", "--json"))["notices"] if one["told"]]
    told = (shell.home / "told").read_text().splitlines()
    assert [loads(line)["id"] for line in told] == newly == loud
    *listed, last = notices("--tell").splitlines()[1:]
    assert "None of them told" in last
    assert [tuple(line.split()[:2]) for line in listed] == [
        (LEVEL_SIGNS[Level(one["level"])], one["kind"]) for one in said
    ]
    assert len((shell.home / "told").read_text().splitlines()) == len(told)
