"""Differential painting: a terminal that is sent differences shows what Textual painted."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size
from textual import messages
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.geometry import Size
from textual.pilot import Pilot

from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, SMALL, settled, until
from tests.tui.emulated import Emulated
from tests.tui.emulating import TORN, Emulator
from tui.app import NumstakeApp
from tui.terminal import painting as driver
from tui.terminal.cells import RESET, Style, change
from tui.terminal.frame_writer import NO_CARET
from tui.terminal.paint import SYNC_END, SYNC_START, Painter
from tui.terminal.painting import Painting

STEPS = int(os.environ.get("PAINT_STEPS", "80"))
"""How far each walk through the app goes; 5,000 is for a night."""
SEED = int(os.environ.get("PAINT_SEED", "7"))
EXAMPLES = int(os.environ.get("PAINT_EXAMPLES", "150"))

SIZE = WIDTH, HEIGHT = 24, 5


class Pair:
    """Two terminals: ``full`` is sent all that Textual paints, ``diff`` what a painter makes."""

    def __init__(self, size: tuple[int, int], painter: Painter) -> None:
        self.painter = painter
        self.full, self.diff = Emulator(*size), Emulator(*size)
        self.bytes_full = self.bytes_diff = self.owed = 0

    def paint(self, data: str) -> None:
        """What Textual writes."""
        self.full.feed(data)
        self.bytes_full += len(data.encode())

    def send(self, data: str) -> None:
        """What reaches the terminal."""
        self.diff.feed(data)
        self.bytes_diff += len(data.encode())

    def resize(self, size: tuple[int, int]) -> None:
        for screen in (self.full, self.diff):
            screen.resize(size[1], size[0])

    def check(self) -> None:
        """Both look the same, but where half a grapheme stayed; never were more bytes sent, with
        what it takes to end a style that was left on."""
        for y, rows in enumerate(zip(self.full.looks(), self.diff.looks(), strict=True)):
            cells = enumerate(zip(*rows, strict=True))
            wrong = [
                (x, full, diff) for x, (full, diff) in cells if full[0] != TORN and full != diff
            ]
            assert wrong == [], f"row {y}"
        (row, *column, hidden), place = self.full.place(), self.diff.place()
        assert place == (row, *column, hidden) if row != NO_CARET else place[-1] is hidden
        owed = 0 if self.diff.plain() else len(RESET)
        assert self.bytes_diff + owed <= self.bytes_full + self.owed
        self.bytes_diff, self.bytes_full, self.owed = 0, 0, owed


# Made-up frames, of the form that Textual's have

TEXTS = st.one_of(
    st.text(st.sampled_from("ab  │⣿漢字ｗ€é\u0301\u200d\ufe0f👍🏽👩💻❤ا"), min_size=1, max_size=12),
    st.builds(str.__mul__, st.sampled_from("   a─漢é"), st.integers(1, WIDTH)),
)
CODES = st.lists(
    st.sampled_from(
        [*"123479", "31", "38;5;9", "38;2;1;2;3", "38;2;9;9;9", "44", "48;2;9;9;9", "39"]
    ),
    max_size=4,
    unique=True,
).map(";".join)
LINKS = st.sampled_from(["", "", "id=1;https://numer.ai", "id=2;https://numer.ai/x"])


def move(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def segment(text: str, codes: str = "", link: str = "") -> str:
    styled = f"\x1b[{codes}m{text}\x1b[0m" if codes else text
    return f"\x1b]8;{link}\x1b\\{styled}\x1b]8;;\x1b\\" if link else styled


@st.composite
def frames(draw: Callable[..., Any], size: tuple[int, int] = SIZE) -> str:
    width, height = size
    places = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    parts = []
    for y, x in draw(st.lists(places, min_size=1, max_size=6)):
        parts.append(move(y, x))
        left = width - x
        for text in draw(st.lists(TEXTS.map("a".__add__), max_size=4)):
            shown = set_cell_size(text, min(left, cell_len(text)))
            left -= cell_len(shown)
            parts.append(segment(shown, draw(CODES), draw(LINKS)) if shown else "")
        parts.append("\n" if y < height - 1 and draw(st.booleans()) else "")
    return "".join(parts) + move(*draw(places))


@given(st.lists(st.tuples(frames(), st.booleans()), min_size=1, max_size=8), st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_frames_that_are_held_back_look_the_same_once_released(
    painted: list[tuple[str, bool]], forgets: bool
) -> None:
    pair = Pair(SIZE, Painter())
    for frame, hold in painted:
        pair.paint(frame)
        pair.send(pair.painter.write(frame, SIZE, hold=hold))
        if not hold:
            pair.check()
        elif forgets:
            pair.painter.forget()
    pair.send(pair.painter.release())
    assert not pair.painter.holding
    pair.check()


def test_what_is_held_back_goes_out_before_what_can_not_be_read() -> None:
    pair = Pair(SIZE, Painter())
    held, unknown = page("held back") + move(0, 0), "\x1b[3;3H\x1b[1Xunread" + move(0, 1)
    for data in (held, unknown):
        pair.paint(data)
        pair.send(pair.painter.write(data, SIZE, hold=True))
    pair.check()


class Sent(HeadlessDriver):
    """A terminal that keeps what it is sent, and has taken all of it unless it ``lags``."""

    lags = False

    def __init__(self) -> None:
        app: App[None] = App()
        app._size = Size(*SIZE)
        super().__init__(app, size=SIZE)
        self.sent: list[str] = []

    def write(self, data: str) -> None:
        self.sent.append(data)


class PaintedTo(Painting, Sent):
    def __init__(self) -> None:
        self.painter = Painter()
        super().__init__()


async def test_only_the_last_screen_reaches_a_terminal_that_falls_behind() -> None:
    terminal = PaintedTo()
    terminal.lags = True
    for number in range(100):
        terminal.write(page(f"frame {number}") + move(0, 0))
    await asyncio.sleep(0)
    assert terminal.sent == []
    terminal.lags = False
    while not terminal.sent:
        await asyncio.sleep(driver.LOOK_AGAIN)
    screen = Emulator(*SIZE)
    screen.feed("".join(terminal.sent))
    assert screen.text()[0].rstrip() == "frame 99"
    assert len(terminal.sent) == 1


async def test_the_pointer_gets_its_shape_once() -> None:
    terminal = PaintedTo()
    shapes = [f"{driver.POINTER}{shape}\x07" for shape in ("default", "default", "text", "default")]
    for shape in shapes:
        terminal.write(shape)
    assert terminal.sent == [shapes[0], *shapes[2:]]


PAINTERS = st.builds(Painter, erases=st.booleans(), repeats=st.booleans())


@given(st.lists(frames(), min_size=1, max_size=6), PAINTERS, st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_made_up_frames_look_the_same(painted: list[str], painter: Painter, synced: bool) -> None:
    pair = Pair(SIZE, painter)
    for frame in [*painted, painted[-1]]:
        for data in [SYNC_START, frame, SYNC_END] if synced else [frame]:
            pair.paint(data)
            pair.send(pair.painter.write(data, SIZE))
        pair.check()


UNREAD = ["\x1b[3;3Hunread\x1b[1;1H", "\x1b[2;2H\x1b[3Xunread\x1b[1;1H"]
"""What writes in the style that it finds; the second can't be read."""


@given(st.lists(st.one_of(frames(), st.sampled_from(UNREAD)), min_size=1, max_size=8), PAINTERS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_style_that_was_left_on_reaches_what_comes_next(
    painted: list[str], painter: Painter
) -> None:
    pair = Pair(SIZE, painter)
    for frame in painted:
        pair.paint(frame)
        pair.send(painter.write(frame, SIZE))
        pair.check()


@pytest.mark.parametrize("repeats", [False, True])
def test_a_border_is_one_letter_repeated_where_that_is_known(repeats: bool) -> None:
    pair = Pair(SIZE, Painter(repeats=repeats))
    frame = page("─" * WIDTH, "a" * WIDTH, "漢" * (WIDTH // 2))
    pair.paint(frame)
    sent = pair.painter.write(frame, SIZE)
    pair.send(sent)
    pair.check()
    assert (f"─\x1b[{WIDTH - 1}b" in sent) == repeats
    assert "漢" * (WIDTH // 2) in sent


def test_what_is_written_over_later_needs_no_jump() -> None:
    pair = Pair(SIZE, Painter())
    colours = [segment("ab", "31"), segment("xy", "32"), segment("cd", "31")]
    for text in ("." * 6, "".join(colours)):
        frame = move(0, 0) + text + move(0, 0)
        pair.paint(frame)
        sent = pair.painter.write(frame, SIZE)
        pair.send(sent)
        pair.check()
    assert "ab  cd" in sent


@pytest.mark.parametrize("reversed_first", [False, True])
def test_a_reversed_blank_is_erased_in_the_colour_of_its_letters(reversed_first: bool) -> None:
    pair = Pair(SIZE, Painter(erases=True))
    bar = segment(" " * WIDTH, "7;38;2;1;2;3")
    same = segment(" " * WIDTH, "48;2;1;2;3")
    for row in (bar, same) if reversed_first else (same, bar):
        frame = move(1, 0) + row + move(0, 0)
        pair.paint(frame)
        sent = pair.painter.write(frame, SIZE)
        pair.send(sent)
        pair.check()
    assert sent == ""


def answers(terminal: PaintedTo, x: int, y: int) -> bool:
    """Whether letters are repeated once the terminal has said where its cursor is."""
    terminal.process_message(CursorPosition(x, y))
    return terminal.painter.repeats


async def test_letters_are_repeated_where_the_terminal_has_shown_that_it_does() -> None:
    terminal = PaintedTo()
    terminal.start_application_mode()
    assert driver.REPEATS in terminal.sent
    assert not terminal.painter.repeats
    asking = Emulator(*SIZE)
    asking.feed(driver.REPEATS.removesuffix("\x1b[6n"))
    y, x, _ = asking.place()
    assert answers(terminal, x, y)
    assert not answers(terminal, x - 2, y)


@given(st.data(), st.integers(1, 3), st.integers(1, 12), st.booleans(), PAINTERS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_smallest_terminals_look_the_same(
    data: st.DataObject, short: int, long: int, tall: bool, painter: Painter
) -> None:
    size = (short, long) if tall else (long, short)
    pair = Pair(size, painter)
    for frame in data.draw(st.lists(frames(size), min_size=1, max_size=6)):
        pair.paint(frame)
        pair.send(pair.painter.write(frame, size))
        pair.check()


def page(*rows: str) -> str:
    """A frame of the whole screen."""
    lines = (move(y, 0) + segment(set_cell_size(row, WIDTH), "31") for y, row in enumerate(rows))
    blank = (move(y, 0) + " " * WIDTH for y in range(len(rows), HEIGHT))
    return "\n".join([*lines, *blank]) + move(0, 0)


def test_what_changes_nothing_is_not_sent() -> None:
    painter = Painter()
    painter.write(page("staked"), SIZE)
    assert [painter.write(data, SIZE) for data in (SYNC_START, page("staked"), SYNC_END)] == [
        ""
    ] * 3


@pytest.mark.parametrize(
    "beside",
    ["\x07", "\x1b]52;c;MTI=\x07", "\x1b]2;title\x1b\\", "\x1b[?25l", "\x1b[>25u", "\x1b[?2026$p"],
)
def test_what_changes_no_cell_goes_through_and_nothing_is_forgotten(beside: str) -> None:
    painter = Painter()
    painter.write(page("staked"), SIZE)
    assert painter.write(beside, SIZE) == beside
    assert painter.write(page("staked"), SIZE) == ""


@pytest.mark.parametrize(
    "unknown",
    [
        "\x1b[2J",
        "\x1b[?1049h",
        "\x1b_Gimage\x1b\\",
        page("staked").replace("[31m", "[31;999m"),
        page("staked") + "\x1b[3A",
        page("staked").replace("staked", "sta\tked"),
        page("staked").replace("\x1b[0m", ""),
        move(0, WIDTH - 3) + "staked" + move(0, 0),
        move(HEIGHT - 1, 0) + "staked\n" + move(0, 0),
        move(HEIGHT, 0) + "staked" + move(0, 0),
        "staked",
    ],
)
def test_the_unknown_goes_through_and_the_next_frame_is_sent_in_full(unknown: str) -> None:
    painter, fresh = Painter(), Painter()
    painter.write(page("staked"), SIZE)
    assert painter.write(unknown, SIZE) == RESET + unknown, "page leaves its colour on"
    assert painter.write(unknown, SIZE) == unknown
    assert painter.write(page("staked"), SIZE) == fresh.write(page("staked"), SIZE) != ""


def test_what_could_not_be_read_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    painter = Painter()
    for _ in range(3):
        painter.write("\x1b[?1049h", SIZE)
        painter.write("\x1b[3A", SIZE)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("change_size", [False, True])
def test_a_frame_after_forgetting_is_sent_in_full(change_size: bool) -> None:
    painter = Painter()
    first = painter.write(page("staked"), SIZE)
    painter.forget()
    assert painter.write(page("staked"), SIZE) == first
    assert len(painter.write(page("staked"), (WIDTH, HEIGHT + 1))) >= len(first)


@pytest.mark.parametrize("grapheme", ["👍🏽", "❤\ufe0f", "👩\u200d💻", "e\u0301", "🙂"])
def test_a_terminal_of_another_opinion_on_a_width_is_wrong_nowhere_else(grapheme: str) -> None:
    painter, agreeing = Painter(), Emulator(*SIZE)
    other = Emulator(*SIZE, narrow=True)
    for text in ("{} staked 12.5", "a {} staked 13.5", "a {} wallet 13.5", "a b wallet 1"):
        frame = page("numer.ai", text.format(grapheme), *["earnings"] * 3)
        agreeing.feed(frame)
        other.feed(painter.write(frame, SIZE))
        shown, expected = other.looks(), agreeing.looks()
        for y in range(HEIGHT):
            doubtful = [x for x, look in enumerate(expected[y]) if look[0] in (grapheme, "")]
            wrong = [x for x in range(WIDTH) if shown[y][x] != expected[y][x]]
            assert set(wrong) <= set(doubtful)


ATTRIBUTES = [*"123456789", "21", "51", "52", "53"]
STYLES = st.builds(
    Style,
    ground=st.sampled_from(["49", "44", "48;5;9", "48;2;1;2;3"]),
    link=st.sampled_from(["", "id=1;https://numer.ai"]),
    attributes=st.lists(st.sampled_from(ATTRIBUTES), unique=True).map(sorted).map(tuple),
    letters=st.sampled_from(["39", "31", "38;5;9", "38;2;1;2;3"]),
)


ENDED: dict[str, Sequence[str]] = {"22": "12", "23": "3", "24": ("4", "21"), "27": "7", "29": "9"}


def obey(style: Style, text: str) -> Style:
    """A style after sequences, by the standard."""
    for link, _, sgr in re.findall(r"\x1b\]8;(.*?)\x1b\\|(\x1b\[([\d;]*)m)", text):
        if link:
            style = style._replace(link="" if link == ";" else link)
            continue
        for code in re.findall(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+", sgr) or ["0"]:
            if code == "0":
                style = Style(link=style.link)
            elif code in ENDED:
                left = (one for one in style.attributes if one not in ENDED[code])
                style = style._replace(attributes=tuple(left))
            elif code in ATTRIBUTES:
                style = style._replace(attributes=tuple(sorted({*style.attributes, code})))
            elif code.startswith("3"):
                style = style._replace(letters=code)
            else:
                style = style._replace(ground=code)
    return style


@given(STYLES, STYLES)
def test_a_change_of_style_leads_from_one_to_the_other(worn: Style, style: Style) -> None:
    assert obey(worn, change(worn, style)) == style


# The whole app

KEYS = (
    *"1234567",
    *"jjjjkkGg",
    *("pagedown", "pageup", "left", "right", "enter", "tab", "backspace", "slash"),
    *("escape", "escape", "escape", "question_mark", "exclamation_mark", "ctrl+p", "ctrl+l", "f2"),
    *"tsSvwpcbumixao%.01",
    *("plus", "minus", "right_square_bracket"),
)


@asynccontextmanager
async def painting(app: NumstakeApp, size: tuple[int, int]) -> AsyncIterator[tuple[Any, Pair]]:
    """The app on a pair of terminals, one that answers as a modern one does."""
    pair = Pair(size, app.painter)

    class Screen(HeadlessDriver):
        is_headless = False
        lags = False

        def write(self, data: str) -> None:
            pair.send(data)

    class Both(Painting, Screen):
        painter = app.painter

        def write(self, data: str) -> None:
            pair.paint(data)
            super().write(data)

        def start_application_mode(self) -> None:
            super().start_application_mode()
            self.process_message(messages.TerminalSupportsSynchronizedOutput())

    app.driver_class = Both
    winch = signal.getsignal(signal.SIGWINCH)
    try:
        async with app.run_test(headless=False, size=size) as pilot:
            await settled(pilot)
            yield pilot, pair
    finally:
        signal.signal(signal.SIGWINCH, winch)


async def resize(pilot: Pilot[Any], pair: Pair, size: tuple[int, int]) -> None:
    pair.resize(size)
    signal.raise_signal(signal.SIGWINCH)
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: pilot.app.screen.size == size)


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "environment"),
    [
        (LARGE, {"COLORTERM": "truecolor"}),
        (SMALL, {"TERM": "xterm-256color"}),
        (SMALL, {"TERM": "xterm-16color"}),
        (LARGE, {"NO_COLOR": "1"}),
    ],
    ids=["truecolor", "256-colours", "16-colours", "no-colour"],
)
async def test_a_walk_through_the_app_looks_the_same(
    make_book: BookMaker,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    environment: dict[str, str],
) -> None:
    for name in ("COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    dice = random.Random(SEED)  # noqa: S311 - nothing depends on it
    full = diff = 0
    async with painting(NumstakeApp(make_book(config=QUIET, demo=True)), size) as (pilot, pair):
        pair.painter.erases = pair.painter.repeats = "NO_COLOR" not in environment
        for _ in range(STEPS):
            if dice.random() < 0.04:
                await resize(pilot, pair, dice.choice([LARGE, SMALL, (100, 30), (91, 27)]))
            await pilot.press(dice.choice(KEYS))
            if dice.random() < 0.3:
                await settled(pilot)
                await until(pilot, partial(_nothing_left_out, pilot.app, pair), "all painted")
            full, diff = full + pair.bytes_full, diff + pair.bytes_diff
            pair.check()
    assert 0 < diff < full / 3


def _nothing_left_out(app: App[Any], pair: Pair) -> bool:
    """Whether the terminal shows what the screen in front would be, painted as a whole."""
    with app._context():
        whole = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return whole == pair.full.text()


async def test_what_is_behind_a_dialog_is_not_painted_again(make_book: BookMaker) -> None:
    async with painting(NumstakeApp(make_book(config=QUIET)), LARGE) as (pilot, pair):
        for _ in range(2):
            await pilot.press("s")
            await settled(pilot)
            await until(pilot, partial(_nothing_left_out, pilot.app, pair), "all painted")
            opened = pair.bytes_full
            pair.check()
            pilot.app.screen.refresh()
            await pilot.pause()
            whole = pair.bytes_full
            await pilot.press("escape")
            await until(pilot, partial(_nothing_left_out, pilot.app, pair), "all painted")
            pair.check()
    assert 0 < opened < whole


async def _spoil(pair: Pair) -> None:
    """Something else writes onto the terminal."""
    pair.diff.feed("\x1b[1;1Hwall: the system goes down\x1b[2;1Hnow" + move(*pair.full.place()[:2]))
    with pytest.raises(AssertionError):
        pair.check()


async def test_redraw_repairs_the_screen(make_book: BookMaker) -> None:
    async with painting(NumstakeApp(make_book(config=QUIET)), LARGE) as (pilot, pair):
        await _spoil(pair)
        await pilot.press("ctrl+l")
        pair.check()


async def test_after_a_change_of_size_nothing_is_taken_for_granted(make_book: BookMaker) -> None:
    async with painting(NumstakeApp(make_book(config=QUIET)), LARGE) as (pilot, pair):
        await _spoil(pair)
        signal.raise_signal(signal.SIGWINCH)
        pilot.app.refresh(layout=True)
        await pilot.pause()
        pair.check()


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_a_terminal_stopped_and_continued_is_painted_again(
    tmp_path: Path, synced_ledger: Path, number: signal.Signals
) -> None:
    """SIGTSTP is what ctrl+z sends; SIGSTOP gives nobody time to tidy up. Meanwhile a shell has the
    terminal."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(synced_ledger, tmp_path / "data" / "default.sqlite3")
    config = '[app]\nopens = "models"\nsync_on_start = false\nsync_every = 0\n'
    (tmp_path / "config.toml").write_text(config)
    with Emulated([sys.executable, "-m", "tui", "--at", str(tmp_path)]) as terminal:
        terminal.wait_for("tournament", "! all")
        for _ in range(2):
            terminal.process.send_signal(number)
            terminal.wait(lambda: is_stopped(terminal.process.pid), "its stop")
            while terminal.pump():
                pass
            before = timeless(terminal)
            assert any("alder" in row for row in before)
            terminal.screen.reset()
            terminal.process.send_signal(signal.SIGCONT)
            terminal.wait(lambda before=before: timeless(terminal) == before, "the same screen")
        terminal.press("2")
        terminal.wait_for("releasing")
        terminal.press("q")
        assert terminal.wait_end() == 0


def is_stopped(pid: int) -> bool:
    """Whether a child of ours was stopped since this was asked last."""
    changed, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
    return bool(changed) and os.WIFSTOPPED(status)


def timeless(terminal: Emulated) -> list[str]:
    """The rows that say the same a minute later."""
    return [row for row in terminal.text.splitlines()[1:] if " ago" not in row]


# When it is used

CHOICES = [("full", "8.2.8", False), ("auto", "8.2.8", True), ("auto", "9.0.0", False)]


@pytest.mark.parametrize(("mode", "version", "used"), [*CHOICES, ("diff", "9.0.0", True)])
def test_the_setting_and_the_version_decide(
    monkeypatch: pytest.MonkeyPatch, mode: str, version: str, used: bool
) -> None:
    monkeypatch.setattr(driver, "textual_version", lambda: version)
    chosen = driver.driver_class(LinuxDriver, Painter(), mode)
    assert issubclass(chosen, LinuxDriver)
    assert issubclass(chosen, Painting) == used


def test_the_version_is_the_one_of_the_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    assert driver.textual_version() == metadata.version("textual")
    monkeypatch.setattr("textual.__file__", "/nowhere/textual/__init__.py")
    assert driver.textual_version() == metadata.version("textual")


@pytest.mark.parametrize("mode", ["auto", "diff"])
def test_an_unknown_driver_stays_as_it_is(mode: str) -> None:
    assert driver.driver_class(HeadlessDriver, Painter(), mode) is HeadlessDriver


def test_the_app_follows_its_setting(make_book: BookMaker) -> None:
    full = replace(QUIET, app=replace(QUIET.app, paint="full"))
    assert issubclass(NumstakeApp(make_book(config=QUIET)).driver_class, Painting)
    assert not issubclass(NumstakeApp(make_book(config=full)).driver_class, Painting)


@pytest.mark.parametrize(
    ("environment", "fills"),
    [
        ({"TERM": "xterm-256color"}, "True"),
        ({"TERM": "xterm-256color", "STY": "1.pts-0"}, "False"),
        ({"TERM": "screen"}, "False"),
        ({"TERM": "nobody-knows"}, "False"),
    ],
)
def test_only_a_terminal_that_says_so_is_erased_in_colour(
    environment: dict[str, str], fills: str
) -> None:
    command = [
        sys.executable,
        "-c",
        "from tui.terminal import painting; print(painting._fills_with_background())",
    ]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == fills
