"""``status``: a line from what the ledger keeps of itself, without opening it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact
from ledger.domain.nmr import NMR
from ledger.paths import Paths
from tests.conftest import NOW
from tests.ledger.untold import lose, never
from tui.cli import run
from tui.cli import status as lean
from tui.cli.status import status_alone
from tui.cli.status_line import PLACEHOLDERS, StatusLine


@pytest.fixture
def home(ledger_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for place in ("ledger.opening.SystemClock", "tui.cli.status.SystemClock"):
        monkeypatch.setattr(place, lambda: FrozenClock(NOW))
    folder = tmp_path / "home"
    ledger = Paths.at(folder).ledger_file("default")
    ledger.parent.mkdir(parents=True)
    ledger_file.rename(ledger)
    return folder


def keep(book: Book) -> None:
    """What a sync does at its end."""
    book._store.keep_status(book.status())


def said(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["--at", str(home), "status", *arguments]) == code
    return capsys.readouterr().out


@pytest.fixture
def opened(home: Path) -> Book:
    from tests.ledger.targets.test_editor import offline

    return offline(Paths.at(home).ledger_file("default"))


def test_the_line_agrees_with_models_and_is_the_same_kept_and_computed(
    home: Path, opened: Book, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = said(home, capsys)
    figures = json.loads(said(home, capsys, "--json"))
    keep(opened)
    portfolio = opened.portfolio()
    opened.close()
    with monkeypatch.context() as sealed:
        sealed.setattr(lean, "_computed", None)
        assert said(home, capsys) == computed
        assert json.loads(said(home, capsys, "--json")) == figures
    assert computed.count("\n") == 1
    assert NMR(figures["staked"]) == portfolio.staked.nmr
    close = portfolio.next_closes[0]
    assert figures["next_close"]["round"] == close.round
    assert f"{close.tournament.label} {close.round} closes in" in computed


def test_each_tournament_s_last_settled_round_is_what_it_paid(
    home: Path, opened: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    last = json.loads(said(home, capsys, "--json"))["last"]
    earned = {entry.tournament: entry for entry in opened.earnings.earned(stakes=False)}
    opened.close()
    assert {entry["tournament"] for entry in last} == set(earned)
    for entry in last:
        rounds = earned[entry["tournament"]].rounds
        paid = next(one for one in rounds if one.settled and not one.pending)
        assert entry["round"] == paid.number
        total = sum(nmr for nmr in paid.settled or () if nmr is not None)
        assert entry["payout"] == str(NMR.down(total))


def test_what_a_sync_brought_since_is_computed(
    home: Path, opened: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(opened)
    opened.close()
    file = Paths.at(home).ledger_file("default")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE kept_status SET document = '{}', revision = revision - 1")
    assert "NMR staked" in said(home, capsys)


def test_a_sync_keeps_it(book: Book) -> None:
    from ledger.store.account.status import glance

    book.sync()
    kept = glance(book._store.path)
    assert isinstance(kept, dict)
    computed = book.status()
    assert {key: kept[key] for key in computed} == computed


def test_an_empty_and_an_earlier_ledger_say_so(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    assert "empty" in said(nowhere, capsys)
    assert not nowhere.exists()
    assert json.loads(said(nowhere, capsys, "--json"))["staked"] is None
    assert said(nowhere, capsys, "--format", "{staked}|{close}|{awaited}") == "?|?|?\n"
    file = Paths.at(home).ledger_file("default")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DROP TABLE kept_status")
    assert "earlier version" in said(home, capsys)


def test_time_goes_on_without_a_sync(opened: Book) -> None:
    document = opened.status()
    opened.close()
    fresh = StatusLine("default", document, NOW)
    later = StatusLine("default", document, NOW + timedelta(days=1))
    beyond = StatusLine("default", document, NOW + timedelta(days=30))
    assert (fresh.state, later.state) == ("current", "old")
    first, second = fresh.json()["next_close"], later.json()["next_close"]
    assert first["at"] < second["at"]
    assert fresh.json()["awaited"] is not None
    assert later.json()["awaited"] is None, "a round opened that no sync has seen"
    assert "synced 1 d" in later.line()
    assert "submissions unknown" in later.line()
    assert (beyond.json()["next_close"], beyond.values()["close_in"]) == (None, "?")


def test_what_is_unknown_stays_unknown_and_what_misses_is_counted(opened: Book) -> None:
    document = opened.status()
    opened.close()
    document["staked"] |= {"unknown": 2}
    document |= {"missing": 1, "unknown_changes": 2}
    document["closes"][0] |= {"awaited": 3, "opens": "2026-11-01T00:00:00Z"}
    line = StatusLine("default", document, NOW)
    assert line.json()["staked"] is None
    assert line.values()["staked"].endswith(" + ?")
    assert line.notes() == "3 models without a submission, 2 changes in doubt, 1 fact missing"


def test_whatever_numerai_does_not_tell_there_is_a_line(opened: Book) -> None:
    models = [line.model_id for line in opened.portfolio().lines]
    subjects = ("", "8", "11", "12", *models)
    lose(opened, *(never(fact, subject) for fact in Fact for subject in subjects))
    status = StatusLine("default", opened.status(), NOW)
    opened.close()
    assert "facts missing" in status.line()
    assert status.json()["staked"] is None
    assert status.json()["awaited"] is None


def test_every_placeholder_is_filled_in(
    home: Path, capsys: pytest.CaptureFixture[str], opened: Book
) -> None:
    opened.close()
    template = "|".join(f"{{{name}}}" for name in PLACEHOLDERS)
    values = said(home, capsys, "--format", template).rstrip("\n").split("|")
    assert len(values) == len(PLACEHOLDERS)
    assert all(values[: list(PLACEHOLDERS).index("notes")])


@pytest.mark.parametrize("template", ["{stake}", "{staked!r}", "{staked:>9}", "{", "{0}", "{}"])
def test_a_format_that_names_what_is_not_there_is_refused(
    template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--at", str(tmp_path), "status", "--format", template]) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert "{unknown_changes}" in printed.err or "is no format" in printed.err


@pytest.mark.parametrize(
    "arguments",
    [["status", "--json"], ["--profile", "me", "status"], ["status", "--format={line}"]],
)
def test_the_usual_ways_to_ask_take_the_short_way(arguments: list[str]) -> None:
    assert status_alone(arguments) is not None


@pytest.mark.parametrize("arguments", [["status", "x"], ["status", "--help"], ["models"], ["--at"]])
def test_what_is_doubtful_does_not(arguments: list[str]) -> None:
    assert status_alone(arguments) is None


def test_the_short_way_imports_nothing_heavy(home: Path, opened: Book) -> None:
    keep(opened)
    opened.close()
    program = (
        "import sys; from tui.cli import run; code = run(sys.argv[1:]); "
        "print(code, *sorted(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program, "--at", str(home), "status"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line, modules = printed.splitlines()
    assert "NMR staked" in line
    code, *loaded = modules.split()
    assert code == "0"
    heavy = {"click", "numpy", "pandas", "textual", "requests", "keyring", "tomllib", "asyncio"}
    assert heavy.isdisjoint(loaded)
    assert {"ledger.book", "ledger.store.store", "ledger.config.config"}.isdisjoint(loaded)
