"""How the app ends when it is told to, or when its terminal is gone: in order, from every state."""

from __future__ import annotations

import signal
import termios
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeState
from ledger.queue.executor import SETTLING
from tests.tui.driving import QUIET, app_of, running
from tests.tui.emulated import Emulated, until
from tests.tui.process import AppProcess, draft_of, is_alive
from tests.tui.targeting import editor_on

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox
    from tests.conftest import BookMaker

pytestmark = pytest.mark.long

MODES_OFF = tuple(
    f"\x1b[{code}".encode() for code in ("?1049l", "?25h", "?1000l", "?1003l", "?2004l", "<u")
)
"""Alternate screen, cursor, mouse twice, bracketed paste, kitty's keyboard."""

ENDINGS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]

Reach = Callable[[Emulated, "Sandbox"], None]


@pytest.fixture
def app(tmp_path: Path, synced_ledger: Path, sandbox: Sandbox) -> AppProcess:
    process = AppProcess(tmp_path / "app", sandbox)
    process.set_up(synced_ledger)
    return process


@pytest.fixture
def terminal(app: AppProcess) -> Iterator[Emulated]:
    with Emulated(app.command, env=app.environment) as running:
        running.wait_for("lichen_neutral")
        yield running


def echoes(terminal: Emulated) -> bool:
    """Whether the line is as a shell needs it: whole lines, echoed."""
    flags = int(terminal.attributes()[3])
    return bool(flags & termios.ECHO and flags & termios.ICANON)


def at_rest(terminal: Emulated, sandbox: Sandbox) -> None:
    """Models on screen."""


def in_a_dialog(terminal: Emulated, sandbox: Sandbox) -> None:
    terminal.press("?")
    terminal.wait_for("esc close")


def while_typing(terminal: Emulated, sandbox: Sandbox) -> None:
    terminal.press("/")
    terminal.wait_for("text to look for")
    terminal.press("lich")
    terminal.wait(lambda: "lich" in terminal.text and "onyx" not in terminal.text, "a filter")


def during_a_sync(terminal: Emulated, sandbox: Sandbox) -> None:
    sandbox.fail("hang", times=0, seconds=60)
    terminal.press("r")
    until(lambda: sandbox.requests, "a request")


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("reach", [at_rest, in_a_dialog, while_typing, during_a_sync])
def test_a_signal_ends_it_and_gives_the_terminal_back(
    terminal: Emulated, app: AppProcess, sandbox: Sandbox, reach: Reach, number: signal.Signals
) -> None:
    reach(terminal, sandbox)
    before = len(terminal.written)
    terminal.process.send_signal(number)
    assert terminal.wait_end() == 128 + number
    assert [code for code in MODES_OFF if code not in terminal.written[before:]] == []
    assert echoes(terminal)
    assert b"Traceback" not in terminal.written
    assert app.wait_ended() == f"left with {128 + number}"


@pytest.mark.parametrize("reach", [at_rest, in_a_dialog, while_typing, during_a_sync])
@pytest.mark.parametrize("controlling", [True, False], ids=["told", "untold"])
def test_it_ends_when_its_terminal_is_gone(
    app: AppProcess, sandbox: Sandbox, reach: Reach, *, controlling: bool
) -> None:
    """Untold: as below a ``sudo`` or a wrapper, where no SIGHUP arrives."""
    with Emulated(app.command, env=app.environment, controlling=controlling) as terminal:
        terminal.wait_for("lichen_neutral")
        reach(terminal, sandbox)
        terminal.hang_up()
        assert app.wait_ended() == f"left with {128 + signal.SIGHUP}"
    assert "Traceback" not in app.log


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_during_the_start(app: AppProcess, number: signal.Signals) -> None:
    """The terminal is taken, nothing is mounted yet."""
    with Emulated(app.command, env=app.environment) as terminal:
        terminal.wait(lambda: b"\x1b[?1049h" in terminal.written, "the alternate screen")
        terminal.process.send_signal(number)
        assert terminal.wait_end() == 128 + number
        assert [code for code in MODES_OFF if code not in terminal.written] == []
        assert echoes(terminal)


def test_ctrl_c_before_the_terminal_is_taken(app: AppProcess) -> None:
    with Emulated(app.command, env=app.environment) as terminal:
        until((app.folder / "diary").exists)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.wait_end() in {130, -signal.SIGINT}
        assert echoes(terminal)


def test_a_line_that_takes_nothing_does_not_hold_it(terminal: Emulated, app: AppProcess) -> None:
    """Nobody reads the other end: writes wait, and the app with them, until it is told to end."""
    pages = "j" * 40 + "2345671" * 40
    terminal.press(pages)
    until(app.blocks_on_writing, "a write that waits")
    terminal.process.send_signal(signal.SIGTERM)
    until(lambda: not is_alive(app.pid()), "its end")
    assert terminal.wait_end() == 128 + signal.SIGTERM


def test_ctrl_z_and_back(app: AppProcess) -> None:
    shell = ["bash", "--norc", "-i"]
    with Emulated(shell, env=app.environment | {"PS1": "ready$ "}) as terminal:
        terminal.wait_for("ready$")
        terminal.press(app.line.removeprefix("exec ") + "\n")
        terminal.wait_for("lichen_neutral")
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        assert [code for code in MODES_OFF if code not in terminal.written] == []
        terminal.press("echo a''live\n")
        terminal.wait_for("alive")
        terminal.screen.reset()
        terminal.press("fg\n")
        terminal.wait_for("lichen_neutral", "quit")
        terminal.press("q")
        assert app.wait_ended() == "left with 0"


def test_ctrl_z_without_a_shell_says_so(terminal: Emulated, app: AppProcess) -> None:
    terminal.press("\x1a")
    terminal.wait_for("No shell is here")
    terminal.press("q")
    assert terminal.wait_end() == 0


@pytest.mark.parametrize("gone", [True, False], ids=["terminal gone", "told to end"])
def test_an_answer_is_waited_for(
    app: AppProcess, sandbox: Sandbox, make_book: BookMaker, *, gone: bool
) -> None:
    book = make_book(path=app.ledger_file)
    change = draft_of(book)
    sandbox.fail("hang", on="mutation", seconds=1.2, after=True)
    with Emulated(app.command, env=app.environment) as terminal:
        send(terminal, change.id)
        terminal.wait(lambda: sandbox.mutations_applied, "a mutation")
        if gone:
            terminal.hang_up()
        else:
            terminal.process.send_signal(signal.SIGTERM)
            assert terminal.wait_end() == 128 + signal.SIGTERM
            assert b"A change is on its way" in terminal.written
        assert app.wait_ended().startswith("left with")
    assert book.queue.history(change.id).line.change.state is ChangeState.ACCEPTED
    assert len(sandbox.mutations_applied) == 1


def send(terminal: Emulated, change_id: int) -> None:
    """Confirm the one change in the queue, by its keys."""
    terminal.wait_for("lichen_neutral")
    terminal.press("5")
    terminal.wait_for("draft")
    terminal.press("c")
    terminal.wait_for("Yes, send it")
    terminal.press("y")
    terminal.wait(lambda: terminal.is_bold("Yes, send it"), "the mark on Yes")
    terminal.press("\r")


def test_an_answer_that_never_comes_is_looked_up_at_the_next_start(
    app: AppProcess, sandbox: Sandbox, make_book: BookMaker
) -> None:
    book = make_book(path=app.ledger_file)
    change = draft_of(book)
    sandbox.fail("hang", on="mutation", seconds=120, after=True)
    with Emulated(app.command, env=app.environment) as terminal:
        send(terminal, change.id)
        terminal.wait(lambda: sandbox.mutations_applied, "a mutation")
        sandbox.fail("drop_before", times=0, on="query")
        terminal.hang_up()
        app.wait_ended()
    left = book.queue.history(change.id).line.change.state
    assert left in {ChangeState.SENDING, ChangeState.UNKNOWN}
    sandbox.clear_faults()
    look_up(app, sandbox)
    assert book.queue.history(change.id).line.change.state is ChangeState.ACCEPTED
    assert len(sandbox.mutations_applied) == 1


def look_up(app: AppProcess, sandbox: Sandbox) -> None:
    """Start the app again, later, and have it find out what became of the change marked."""
    app.after = 2 * SETTLING + timedelta(minutes=1)
    sandbox.advance(to=app.now)
    with Emulated(app.command, env=app.environment) as terminal:
        terminal.wait_for("lichen_neutral")
        terminal.press("5")
        terminal.wait_for("unknown")
        terminal.press("U")
        terminal.wait_for("accepted")
        terminal.press("q")
        assert terminal.wait_end() == 0


async def test_what_was_entered_is_kept_when_it_is_left_at_once(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        assert editor.grid is not None
        names = [row.name for row in editor.grid.rows[editor.grid.cursor :][:2]]
        for key, character in (("4", "4"), ("enter", "\r"), ("5", "5"), ("enter", "\r")):
            editor.grid.post_message(events.Key(key, character))
        await pilot.pause(0)
        app_of(pilot).exit()
    kept = {line.name: line.target for line in book.targets.allocation(Tournament.SIGNALS).lines}
    assert [kept[name] for name in names] == [NMR(4), NMR(5)]
