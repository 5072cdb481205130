"""The shortest ways over a terminal, and what is erased on them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.modes import DECAWM

from tests.tui.emulated import until
from tests.tui.emulating import Emulator, Look
from tests.tui.tmux import Tmux
from tui.terminal.cells import PLAIN, Style
from tui.terminal.frame_writer import NOWHERE, FrameWriter, _jump
from tui.terminal.paint import Painter
from tui.terminal.painting import REPEATED, REPEATS

RED, GREEN = Style(letters="31"), Style(letters="32")
SIZES = st.tuples(st.integers(1, 130), st.integers(1, 40))
PLACES = st.tuples(st.integers(0, 39), st.integers(0, 129))


def full(width: int, height: int) -> Emulator:
    """A terminal whose every row says which one it is: a scrolled one would differ."""
    screen = Emulator(width, height)
    for y in range(height):
        screen.feed(f"\x1b[{y + 1}H" + chr(ord("A") + y % 26) * width)
    return screen


@given(SIZES, PLACES, PLACES)
@settings(max_examples=400, deadline=None)
def test_every_jump_arrives_and_changes_nothing(
    size: tuple[int, int], begin: tuple[int, int], end: tuple[int, int]
) -> None:
    width, height = size
    begin, end = ((y % height, x % width) for y, x in (begin, end))
    screen = full(width, height)
    before = screen.looks()
    screen.feed(f"\x1b[{begin[0] + 1};{begin[1] + 1}H" + _jump(*begin, *end))
    assert screen.place()[:2] == end
    assert screen.looks() == before


@given(SIZES, PLACES, PLACES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_jump_from_the_end_of_a_row_arrives(
    size: tuple[int, int], begin: tuple[int, int], end: tuple[int, int], wraps: bool
) -> None:
    width, height = size
    y, (to_y, to_x) = begin[0] % height, (end[0] % height, end[1] % width)
    screen = full(width, height)
    if wraps:
        screen.set_mode(DECAWM >> 5, private=True)
    before = screen.looks()
    last = chr(ord("A") + y % 26)
    screen.feed(f"\x1b[{y + 1};{width}H{last}" + _jump(y, -1, to_y, to_x))
    assert screen.place()[:2] == (to_y, to_x)
    assert screen.looks() == before


@pytest.mark.parametrize(
    ("begin", "end", "way"),
    [
        ((3, 7), (3, 7), ""),
        ((3, 7), (3, 6), "\b"),
        ((3, 7), (4, 7), "\v"),
        ((3, 8), (4, 7), "\b\v"),
        ((3, 50), (4, 44), "\x1b[6D\v"),
        ((3, 50), (4, 0), "\r\v"),
        ((9, 50), (8, 50), "\x1bM"),
        ((30, 50), (3, 50), "\x1b[27A"),
        ((3, -1), (4, 88), "\x1b[89G\v"),
        ((3, 20), (3, 88), "\x1b[89G"),
        ((3, 20), (3, 23), "\x1b[3C"),
        ((9, 50), (3, 88), "\x1b[4;89H"),
        (NOWHERE, (3, 0), "\x1b[4H"),
    ],
)
def test_the_way_is_the_shortest(begin: tuple[int, int], end: tuple[int, int], way: str) -> None:
    assert len(_jump(*begin, *end)) == len(way)
    screen, expected = full(120, 36), full(120, 36)
    for one, moved in ((screen, _jump(*begin, *end)), (expected, way)):
        if begin != NOWHERE:
            one.feed(f"\x1b[{begin[0] + 1};{begin[1] + 1 if begin[1] >= 0 else 120}H")
        one.feed(moved)
    assert screen.place() == expected.place() == (*end, False)


def test_no_newline_is_sent_which_a_terminal_line_may_change() -> None:
    for y in range(12):
        for x in (-1, 0, 1, 5):
            assert "\n" not in _jump(5, x, y, 3) + _jump(5, x, y, 0)


def test_a_column_of_a_table_goes_down_it() -> None:
    writer = FrameWriter((0, 0), 80, erases=True)
    for y in range(5):
        writer.plan(y, 10, [("~", RED)], RED)
        writer.plan(y, 40, [("!", RED)], RED)
    assert "~\b\v~\b\v~\b\v~\b\v~" in writer.finish((0, 0))


def test_what_goes_row_by_row_at_less_cost_does() -> None:
    writer = FrameWriter((0, 0), 80, erases=True)
    for y, x in ((0, 1), (0, 10), (1, 9), (1, 16), (2, 15)):
        writer.plan(y, x, [("~", GREEN)], GREEN)
    screen, rows = Emulator(80, 3), re.sub(r"\x1b\[\d*[mCDGHA]", "", writer.finish((0, 0)))
    screen.feed(writer.finish((0, 0)))
    assert rows.count("\v") <= 2
    assert [line.count("~") for line in screen.text()] == [2, 2, 1]


# What is erased

WIDTH = 60
SIZE = (WIDTH, 4)
WORDS = st.lists(st.sampled_from(["staked", "12.5", " " * 9, " " * 30, "·", "~", ""]), max_size=8)


def frame(rows: list[list[str]]) -> str:
    """Rows of words, every other word in a colour; the last row on a ground of its own."""
    parts = []
    for y, words in enumerate(rows):
        line = " ".join(words)[:WIDTH].ljust(WIDTH)
        codes = "44" if y == len(rows) - 1 else "31" if y % 2 else "39"
        half = len(line) // 3
        parts.append(f"\x1b[{y + 1};1H\x1b[{codes}m{line[:half]}\x1b[0m\x1b[1m{line[half:]}\x1b[0m")
    return "".join(parts) + "\x1b[1;1H"


def steps(sent: str) -> list[str]:
    """The sequences and letters that make up what was sent."""
    return re.findall(r"\x1b\[[\d;?]*[A-Za-z]|\x1b.|.", sent, re.DOTALL)


@given(st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=2, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_what_stays_is_never_erased(pages: list[list[list[str]]], erases: bool) -> None:
    painter, screen = Painter(erases=erases), Emulator(*SIZE)
    screen.feed(painter.write(frame(pages[0]), SIZE))
    for rows in pages[1:]:
        before, after = screen.looks(), Emulator(*SIZE)
        after.feed(frame(rows))
        staying = [
            (y, x, look)
            for y, line in enumerate(after.looks())
            for x, look in enumerate(line)
            if look == before[y][x]
        ]
        for step in steps(painter.write(frame(rows), SIZE)):
            screen.feed(step)
            assert_shown(screen, staying)
        assert screen.looks() == after.looks()


def assert_shown(screen: Emulator, cells: list[tuple[int, int, Look]]) -> None:
    looks = screen.looks()
    assert [(y, x, looks[y][x]) for y, x, _ in cells] == cells


def test_rows_that_become_blank_take_a_few_bytes_each() -> None:
    painter, screen = Painter(erases=True), Emulator(*SIZE)
    screen.feed(painter.write(frame([["staked", " " * 20, "12.5", "wallet"]] * 4), SIZE))
    sent = painter.write(frame([[]] * 4), SIZE)
    screen.feed(sent)
    assert screen.text() == [""] * 4
    assert len(sent) < 50


def test_once_all_is_erased_the_cursor_may_be_anywhere() -> None:
    painter, screen, expected = Painter(erases=True), Emulator(*SIZE), Emulator(*SIZE)
    for words in ("staked", "wallet"):
        painted = frame([[], [], [words], []]) + "\x1b[4;7H"
        painter.forget()
        expected.feed(painted)
        screen.feed(painter.write(painted, SIZE))
        assert screen.looks() == expected.looks()
        assert screen.place() == expected.place()


def two_grounds(left: str, right: str) -> str:
    """A row in two colours."""
    half = WIDTH // 2
    return f"\x1b[1;1H\x1b[41m{left:<{half}}\x1b[0m\x1b[44m{right:<{half}}\x1b[0m\x1b[1;1H"


@pytest.mark.parametrize("texts", [("", ""), ("a" * 30, ""), ("", "b" * 30), ("a  b", "c  d")])
@pytest.mark.parametrize("swapped", [False, True])
def test_each_ground_is_erased_in_its_colour(texts: tuple[str, str], swapped: bool) -> None:
    painter, screen, expected = Painter(erases=True), Emulator(*SIZE), Emulator(*SIZE)
    first = two_grounds("x" * 30, "y" * 30)
    then = two_grounds(*texts)
    if swapped:
        then = then.replace("41m", "1m").replace("44m", "41m").replace("[1m", "[44m")
    for data in (first, then):
        expected.feed(data)
        screen.feed(painter.write(data, SIZE))
        assert screen.looks() == expected.looks()


def test_a_terminal_that_does_not_fill_is_sent_blanks() -> None:
    painter = Painter(erases=False)
    painter.write(two_grounds("x" * 30, "y" * 30), SIZE)
    assert not re.search(r"\x1b\[\d*[KX]", painter.write(two_grounds("", ""), SIZE))


def test_erasing_needs_no_more_than_it_saves() -> None:
    writer = FrameWriter((0, 0), WIDTH, erases=True)
    assert not writer.erase(0, 0, 10, PLAIN._replace(letters=""), instead=9)
    assert writer.erase(0, 0, 10, PLAIN._replace(letters=""), instead=10)


# Real terminals

WALK = [(0, 3), (1, 3), (2, 4), (2, 60), (3, 1), (1, 78), (4, 79), (5, 40), (23, 79), (22, 0)]
"""Rows and columns in 80x24, with the last of both."""


def walk() -> str:
    """A letter at every place, each reached from the one before."""
    y, x, sent = 0, 0, "\x1b[?7l\x1b[2J\x1b[H"
    for letter, (to_y, to_x) in zip("abcdefghij", WALK, strict=True):
        sent += _jump(y, x, to_y, to_x) + letter
        y, x = to_y, to_x + 1 if to_x < 79 else -1
    return sent


@pytest.mark.parametrize("inner", [[], ["screen", "-c"]], ids=["tmux", "screen"])
def test_a_real_terminal_goes_the_same_ways(tmp_path: Path, inner: list[str]) -> None:
    if missing := [name for name in ("tmux", *inner[:1]) if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    expected = Emulator(80, 24)
    expected.feed(walk())
    (tmp_path / "walk").write_bytes(walk().encode())
    (tmp_path / "script").write_text(f"stty onlcr\ncat {tmp_path / 'walk'}\nexec sleep 60\n")
    (tmp_path / "screenrc").write_text("autodetach off\nstartup_message off\n")
    around = [*inner, str(tmp_path / "screenrc")] if inner else []
    with Tmux(tmp_path / "tmux") as tmux:
        tmux.start(shlex.join([*around, "sh", str(tmp_path / "script")]), env={}, size=(80, 24))
        until(lambda: shown(tmux) == expected.text(), tmux.screen)


ASKS = f"""\
stty raw -echo
printf '{REPEATS}'
dd bs=1 count=6 of=FOLDER/answer 2>FOLDER/nothing
printf '\\033[5;1H─\\033[9b'
exec sleep 60
"""


@pytest.mark.parametrize("inner", [[], ["screen", "-U", "-c"]], ids=["tmux", "screen"])
def test_a_real_terminal_repeats_what_it_says_that_it_repeats(
    tmp_path: Path, inner: list[str]
) -> None:
    if missing := [name for name in ("tmux", *inner[:1]) if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    (tmp_path / "script").write_text(ASKS.replace("FOLDER", str(tmp_path)))
    (tmp_path / "screenrc").write_text("autodetach off\nstartup_message off\n")
    around = [*inner, str(tmp_path / "screenrc")] if inner else []
    with Tmux(tmp_path / "tmux") as tmux:
        tmux.start(shlex.join([*around, "sh", str(tmp_path / "script")]), env={}, size=(80, 24))
        until(lambda: shown(tmux)[4], tmux.screen)
        y, x = re.findall(r"\d+", (tmp_path / "answer").read_text())
        says = (int(x) - 1, int(y) - 1) == REPEATED
        until(lambda: shown(tmux)[4] == ("─" * 10 if says else "─"), tmux.screen)


def shown(tmux: Tmux) -> list[str]:
    return [line.rstrip() for line in tmux.screen().split("\n")[:24]]
