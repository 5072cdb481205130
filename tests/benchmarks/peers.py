"""The programs that are measured side by side, and the keys that do the same in each."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.wire import ESCAPE, Action

HOME_CURSOR = "cursor on Home"
CURSOR, PAGE, WITH_DETAIL = "cursor", "page", "cursor, detail open"
FOLLOWS = "then the detail"
TAB, OPENED, CLOSED = "tab", "dialog opened", "dialog closed"
FORM = "form opened"
PALETTE, EDIT = "palette opened", "edit, a character"

UP, DOWN, PAGE_UP, PAGE_DOWN, ENTER = "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~", "\r"
KEYPAD_UP, KEYPAD_DOWN = "\x1bOA", "\x1bOB"
CTRL_P, F1, F10 = "\x10", "\x1bOP", "\x1b[21~"

_FILES = 300


@dataclass(frozen=True, slots=True)
class Program:
    """A program, what shows that its first screen is there, and what is done in it.

    ``held`` is pressed in turn, as a held key repeats, over a slow line; ``before`` leads there.
    """

    name: str
    command: tuple[str, ...]
    marker: str
    actions: tuple[Action, ...]
    environment: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    held: tuple[str, ...] = (DOWN,) * 25 + (UP,) * 25
    before: str = ""


def _action(
    row: str,
    *keys: str,
    times: int = 20,
    before: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    follows: str = "",
) -> Action:
    steps = tuple((row, key) for key in keys)
    return Action(steps, times, before, after, follows)


def _dialog(opens: str, closes: str, *, row: str = OPENED, **around: tuple[str, ...]) -> Action:
    return Action(((row, opens), (CLOSED if row == OPENED else "", closes)), 20, **around)


def ours(home: Path, marker: str, paint: str) -> Program:
    """This app on a ledger of 32 models, painting as ``paint`` says."""
    actions = (
        _action(HOME_CURSOR, "j", "j", "k", times=5),
        _action(CURSOR, "j", "j", "k", before=("1",)),
        _action(PAGE, PAGE_DOWN, PAGE_UP, times=8),
        _action(WITH_DETAIL, "j", "j", "k", before=(ENTER,), after=(ESCAPE,), follows=FOLLOWS),
        _action(TAB, *"02345671", times=4, before=tuple("02345671")),
        _dialog("?", "q"),
        _dialog(CTRL_P, ESCAPE, row=PALETTE),
        # On continuous staking, which the second tournament of the embedded Numerai is on.
        _dialog("+", ESCAPE, row=FORM, before=("t", "t"), after=("t", "t")),
        _action(EDIT, *"4250", times=5, before=("2", "a", "1"), after=(ESCAPE, ESCAPE)),
    )
    command = (sys.executable, "-m", "tui", "--at", str(home))
    held = ("j",) * 25 + ("k",) * 25
    return Program(f"this app, {paint}", command, marker, actions, held=held, before=f"1{ENTER}")


def bare() -> Program:
    """A table of Textual and nothing else."""
    return Program(
        "bare Textual",
        (sys.executable, "-m", "tests.benchmarks.bare"),
        "cell 0.0",
        (
            _action(CURSOR, DOWN),
            _action(PAGE, PAGE_DOWN, PAGE_UP, times=8),
            _dialog(CTRL_P, ESCAPE, row=PALETTE),
        ),
    )


def others(folder: Path) -> list[Program]:
    """Those of the peers that are installed."""
    known = (_htop(), _mc(folder), _posting(folder), _harlequin(folder), _hledger(folder))
    return [program for program in known if shutil.which(program.command[0])]


def missing(folder: Path) -> list[str]:
    """The names of those that are not."""
    there = {program.name for program in others(folder)}
    return [
        name for name in ("htop", "mc", "posting", "harlequin", "hledger-ui") if name not in there
    ]


def _htop() -> Program:
    """Its own news every ten seconds only, which would count for some key otherwise."""
    return Program(
        "htop",
        ("htop", "--delay=100", "--readonly"),
        "PID",
        (
            _action(CURSOR, DOWN),
            _action(PAGE, PAGE_DOWN, PAGE_UP, times=8),
            _action(TAB, "\t", times=8),
            _dialog("h", "q"),
            _action(EDIT, *"abc", times=5, before=("/",), after=("\x1b\x1b",)),
        ),
    )


def _mc(folder: Path) -> Program:
    """In a folder with more files than rows."""
    files = folder / "files"
    files.mkdir(exist_ok=True)
    for number in range(_FILES):
        (files / f"file {number:03}.txt").touch()
    return Program(
        "mc",
        ("mc", "--nosubshell", "--nomouse"),
        "file 001",
        (
            _action(CURSOR, KEYPAD_DOWN),
            _action(PAGE, PAGE_DOWN, PAGE_UP, times=8),
            _action(TAB, "\t", times=8),
            _dialog(F1, F10),
            _action(EDIT, *"abcd", times=5, after=("\x15",)),
        ),
        environment={"HOME": str(folder)},
        cwd=files,
        held=(KEYPAD_DOWN,) * 25 + (KEYPAD_UP,) * 25,
    )


def _posting(folder: Path) -> Program:
    return Program(
        "posting",
        ("posting", "--collection", str(folder)),
        "Collection",
        (_dialog(CTRL_P, ESCAPE, row=PALETTE), _dialog(F1, ESCAPE)),
        environment={"HOME": str(folder)},
    )


def _harlequin(folder: Path) -> Program:
    return Program(
        "harlequin",
        ("harlequin", str(folder / "peer.duckdb")),
        "Query Editor",
        (_action(EDIT, *"abcd", times=5), _dialog(F1, ESCAPE)),
        environment={"HOME": str(folder)},
    )


def _hledger(folder: Path) -> Program:
    journal = folder / "peer.journal"
    entries = (f"2026-01-01 x\n  a:b{n:03}  1\n  c\n" for n in range(_FILES))
    journal.write_text("\n".join(entries))
    return Program(
        "hledger-ui",
        ("hledger-ui", "--file", str(journal)),
        "a:b000",
        (
            _action(CURSOR, DOWN),
            _action(PAGE, PAGE_DOWN, PAGE_UP, times=8),
            _dialog("?", "q"),
        ),
    )
