"""What a script gets: the README's lines run, the table of earnings is exact, nothing is sent."""

from __future__ import annotations

import io
import re
import shutil
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger import open_book
from ledger.book import Book
from ledger.domain.earnings.paid_rounds import Grouping, exactly
from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind
from ledger.errors import ConfigError, ReadOnly, StoreError
from ledger.reports.earnings.earnings import View
from tests.test_architecture import ROOT, loaded_by

EXAMPLE = re.compile(r"<!-- python -->\n```python\n(.*?)```", re.DOTALL)


@pytest.mark.long
def test_the_lines_of_the_readme_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    config = tmp_path / "numstake-tui" / "config.toml"
    config.parent.mkdir()
    config.write_text("[numerai]\nhistory_rounds = 60\n")
    (example,) = EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    said, names = io.StringIO(), dict[str, Any]()
    with redirect_stdout(said):
        exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - it is our own
    text = said.getvalue()
    assert "Name: payout_float, dtype: float64" in text
    assert all(tournament.label in text for tournament in Tournament)
    with pytest.raises(StoreError, match="closed"):
        names["book"].portfolio()


def test_importing_the_door_brings_in_nothing_behind_it() -> None:
    """A program that may want a book pays nothing before it opens one."""
    assert "sqlite3" not in loaded_by("import ledger")
    assert "platformdirs" not in loaded_by("from ledger import open_book")


def test_a_book_for_a_script_sends_and_keeps_nothing(ledger_file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "data" / "mine.sqlite3"
    kept.parent.mkdir()
    shutil.copyfile(ledger_file, kept)
    with open_book("mine", at=tmp_path) as book:
        assert book.portfolio().profile == "mine"
        (line, *_) = book.portfolio().lines
        with pytest.raises(ReadOnly, match="read-only"):
            book.queue.add(line.model_id, ChangeKind.DRAIN)
        with pytest.raises(ReadOnly):
            book.records.import_prices("2026-08-28,11.52\n")
    with open_book("mine", at=str(tmp_path), read_only=False) as book:
        assert book.writable() is None


def test_the_environment_says_which_book(
    monkeypatch: pytest.MonkeyPatch, ledger_file: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "volume" / "data" / "work.sqlite3"
    kept.parent.mkdir(parents=True)
    shutil.copyfile(ledger_file, kept)
    monkeypatch.setenv("NUMSTAKE_AT", str(tmp_path / "volume"))
    monkeypatch.setenv("NUMSTAKE_PROFILE", "work")
    with open_book() as book:
        assert (book.profile, len(book.portfolio().lines) > 3) == ("work", True)
    with open_book("default") as book:
        assert not book.portfolio().lines


def test_a_profile_that_can_be_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="profile"):
        open_book("../mine", at=tmp_path)


@pytest.mark.parametrize("tournament", [None, Tournament.SIGNALS])
@pytest.mark.parametrize("last", [None, 7])
def test_the_table_adds_up_to_the_report(
    book: Book, last: int | None, tournament: Tournament | None
) -> None:
    frame = book.earnings.frame(last, tournament=tournament)
    # The newest rounds of one tournament are counted among its own, as on the pane.
    report = book.earnings.report(View(by=Grouping.MODEL, tournament=tournament, last=last))
    with exactly():
        sums = frame.dropna(subset="payout").groupby("model_id")["payout"].sum().to_dict()
    told = {group.key: group.paid.total for group in report.groups}
    assert {key: sums.get(key, Decimal(0)) for key in told} == told
    assert set(frame["model_id"]) == set(told)
    assert len(told) > 3 and any(told.values())


def test_what_the_columns_of_the_table_hold(book: Book) -> None:
    frame = book.earnings.frame()
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    resolves = dtypes.pop("resolves")  # its unit is another in every pandas
    assert resolves.startswith("datetime64[") and resolves.endswith("UTC]")
    assert dtypes == {
        "tournament": "object",
        "round": "int64",
        "model": "object",
        "model_id": "object",
        "settled": "bool",
        "payout": "object",
        "at_risk": "object",
        "payout_float": "float64",
        "at_risk_float": "float64",
    }
    paid = frame.dropna(subset="payout")
    assert {type(amount) for amount in paid["payout"]} == {Decimal}
    assert list(frame["round"]) == sorted(frame["round"], reverse=True)
    assert not frame.duplicated(["tournament", "round", "model_id"]).any()
    assert set(paid["settled"]) == {True, False}
    for entry in paid.head(50).itertuples():
        told = next(
            row for row in book.performances(entry.model_id, 200) if row.round == entry.round
        )
        assert told.payout is not None
        assert (told.payout.amount, str(told.state) == "settled") == (entry.payout, entry.settled)
        assert entry.payout_float == float(entry.payout)


def test_a_table_of_nothing_has_its_columns(tmp_path: Path) -> None:
    with open_book(at=tmp_path) as book:
        frame = book.earnings.frame()
        assert len(frame) == 0 and {"payout", "at_risk_float"} <= set(frame.columns)
        assert str(frame["resolves"].dtype).endswith("UTC]")
