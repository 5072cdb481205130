"""The app over real SSH: Debian's openssh-server on loopback, and lines that drop."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeState
from ledger.queue.executor import SETTLING
from tests.tui.emulated import Emulated
from tests.tui.process import AppProcess, draft_of, is_alive, kill
from tests.tui.remote import MISSING, Sshd
from tests.tui.tmux import Tmux

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox
    from tests.conftest import BookMaker

pytestmark = pytest.mark.skipif(
    bool(MISSING) and "NUMSTAKE_NEED_SSH" not in os.environ,
    reason=f"not installed: {', '.join(MISSING)}",
)

Drop = Callable[[Emulated], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    assert not MISSING, "NUMSTAKE_NEED_SSH is set"
    with Sshd(tmp_path_factory.mktemp("ssh") / "sshd") as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, synced_ledger: Path, sandbox: Sandbox) -> AppProcess:
    process = AppProcess(tmp_path / "app", sandbox)
    process.set_up(synced_ledger)
    return process


def cut(line: Emulated) -> None:
    """The client is gone, and its connection with it."""
    line.process.kill()


def silent(line: Emulated) -> None:
    """The connection stands and says nothing more, as when a laptop sleeps."""
    line.process.send_signal(signal.SIGSTOP)


def closed(line: Emulated) -> None:
    """The window is closed."""
    line.hang_up()


DROPS = [cut, silent, closed]


def test_keys_and_screens(server: Sshd, app: AppProcess) -> None:
    with server.login(app.line) as line:
        line.wait_for("lichen_neutral", "Models")
        line.press("2")
        line.wait_for("releasing")
        line.press("?")
        line.wait_for("esc close")
        line.press("\x1b")
        line.wait(lambda: "esc close" not in line.text)
        line.press("q")
        assert line.wait_end() == 0
    assert app.wait_ended() == "left with 0"


def test_the_window_changes_its_size(server: Sshd, app: AppProcess) -> None:
    with server.login(app.line) as line:
        line.wait_for("lichen_neutral")
        line.resize(80, 24)
        line.wait(lambda: line.text.splitlines()[-1].endswith("q quit"), "80x24")
        line.press("2")
        line.wait_for("releasing")
        line.press("q")
        assert line.wait_end() == 0


def editing(line: Emulated) -> None:
    """One target entered, another one typed but not entered."""
    line.wait_for("lichen_neutral")
    line.press("2")
    line.wait_for("releasing")
    line.press("a")
    line.wait_for("becomes")
    line.press("40\r")
    line.wait_for("40.000")
    line.press("77")
    line.wait_for(": 77")


@pytest.mark.parametrize("drop", DROPS)
def test_the_line_drops_in_the_middle_of_an_edit(
    server: Sshd, app: AppProcess, make_book: BookMaker, drop: Drop
) -> None:
    with server.login(app.line) as line:
        editing(line)
        drop(line)
        assert app.wait_ended() == f"left with {128 + signal.SIGHUP}", server.log
    allocation = make_book(path=app.ledger_file).targets.allocation(Tournament.CLASSIC)
    targets = {one.name: one.text for one in allocation.lines if one.text}
    assert targets == {"alder": "40"}
    assert "Traceback" not in app.log


def executing(line: Emulated) -> None:
    """A change was confirmed."""
    line.wait_for("lichen_neutral")
    line.press("5")
    line.wait_for("draft")
    line.press("c")
    line.wait_for("Yes, send it")
    line.press("y")
    line.wait(lambda: line.is_bold("Yes, send it"), "the mark on Yes")
    line.press("\r")


@pytest.mark.parametrize(("drop", "applied"), [(cut, True), (silent, False), (closed, True)])
def test_the_line_drops_while_a_change_is_sent(
    server: Sshd,
    app: AppProcess,
    sandbox: Sandbox,
    make_book: BookMaker,
    drop: Drop,
    *,
    applied: bool,
) -> None:
    """Numerai does not answer either: whether the change arrived is found out afterwards."""
    book = make_book(path=app.ledger_file)
    change = draft_of(book)
    sandbox.fail("hang", on="mutation", seconds=120, after=applied)
    with server.login(app.line) as line:
        executing(line)
        line.wait(lambda: arrived(sandbox, applied=applied), "the change")
        sandbox.fail("drop_before", times=0, on="query")
        drop(line)
        assert app.wait_ended().startswith("left with"), server.log
    left = book.queue.history(change.id).line.change.state
    assert left in {ChangeState.SENDING, ChangeState.UNKNOWN}
    sandbox.clear_faults()
    app.after = 2 * SETTLING + timedelta(minutes=1)
    sandbox.advance(to=app.now)
    with server.login(app.line) as line:
        line.wait_for("lichen_neutral")
        line.press("5")
        line.wait_for("unknown")
        line.press("U")
        line.wait_for("accepted" if applied else "refused")
        closed(line)
        app.wait_ended()
    wanted = ChangeState.ACCEPTED if applied else ChangeState.REFUSED
    assert book.queue.history(change.id).line.change.state is wanted
    assert len(sandbox.mutations_applied) == int(applied)


def arrived(sandbox: Sandbox, *, applied: bool) -> bool:
    if applied:
        return bool(sandbox.mutations_applied)
    return any(entry["kind"] == "mutation" for entry in sandbox.requests)


@pytest.mark.skipif(
    not shutil.which("tmux") and "NUMSTAKE_NEED_SSH" not in os.environ,
    reason="not installed: tmux",
)
def test_in_tmux_the_app_outlives_the_line(
    server: Sshd, app: AppProcess, make_book: BookMaker, tmp_path: Path
) -> None:
    with Tmux(tmp_path / "tmux") as tmux:
        with server.login(tmux.attach_line(app.line)) as line:
            editing(line)
            cut(line)
            tmux.wait_detached()
        assert is_alive(app.pid())
        with server.login(tmux.attach_line(app.line), size=(80, 24)) as line:
            line.wait_for("basalt_neutral: 77", "40.000")
            line.press("\r")
            line.wait(lambda: "basalt_neutral: 77" not in line.text and " 77 " in line.text)
            kill(app.pid(), signal.SIGTERM)
            assert app.wait_ended() == f"left with {128 + signal.SIGTERM}"
    allocation = make_book(path=app.ledger_file).targets.allocation(Tournament.CLASSIC)
    targets = {one.name: one.text for one in allocation.lines if one.text}
    assert targets == {"alder": "40", "basalt_neutral": "77"}
