"""Tables line up by cells, fit a terminal, stay whole in a pipe, and are coloured by meaning."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ledger.domain.names import cells
from tui.cli import run
from tui.cli.manner import MANNER, begin
from tui.cli.tables import Column, by_level, by_sign, echo_table, table

COLUMNS = (
    Column("Model"),
    Column("NMR", right=True, tone=by_sign),
    Column("Mode", rank=1),
    Column("Notice"),
)
ROWS = (
    ("模型一", "+1.50", "constant", "Classic round 1404 closes soon, and two are awaited"),
    ("alder", "−12.25", "compound", "Nothing"),
)


@pytest.fixture(autouse=True)
def as_nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    begin()


def test_wide_letters_take_two_cells() -> None:
    _, wide, plain = table(COLUMNS, ROWS)
    ends = [cells(wide.partition("+1.50")[0]) + 5, cells(plain.partition("−12.25")[0]) + 6]
    assert ends[0] == ends[1]
    assert len(table([Column("模"), Column("B")], [("a", "b")])[1]) == 5


@pytest.mark.parametrize("width", [80, 60, 50])
def test_it_fits_a_terminal_and_loses_no_word(width: int) -> None:
    lines = table(COLUMNS, ROWS, width)
    assert max(map(cells, lines)) <= width
    words = " ".join(lines).split()
    assert all(word in words for row in ROWS for word in row[-1].split())
    assert ("Mode" in words) is (width == 80)
    assert table(COLUMNS, ROWS)[1].endswith("are awaited"), "whole in a pipe"


def printed(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    echo_table(COLUMNS, ROWS)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("color", "variables", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_for_who_can_see_it(
    color: str,
    variables: dict[str, str],
    terminal: bool,
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    MANNER.color = color
    text = printed(monkeypatch, terminal=terminal)
    assert ("\x1b[94m" in text, "\x1b[33m" in text) == (coloured, coloured)
    plain = text.replace("\x1b[94m", "").replace("\x1b[33m", "").replace("\x1b[1m", "")
    width = 80 if terminal else None
    assert plain.replace("\x1b[m", "").splitlines() == table(COLUMNS, ROWS, width)


def test_meaning_by_sign_and_level() -> None:
    assert [by_sign(text) for text in ("+1", "~+1", "−1", "0.00", "", "?")] == [
        *("gain", "gain", "burn", "", "", "")
    ]
    assert [by_level(text) for text in ("!!", "!", "i", "")] == ["burn", "pending", "muted", ""]


@pytest.mark.parametrize("place", ["before", "behind"])
def test_how_to_talk_is_said_before_a_command_or_behind_it(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manner = ["--quiet", "--color", "always"]
    command = ["completion", "fish"]
    words = [*manner, *command] if place == "before" else [*command, *manner]
    assert run(["--at", str(tmp_path), *words]) == 0
    assert not capsys.readouterr().err
    assert (MANNER.quiet, MANNER.verbose, MANNER.color) == (True, False, "always")
