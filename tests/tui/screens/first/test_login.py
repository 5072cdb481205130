"""The page the app opens with where there is no key, and the form that takes one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.errors import KeyringLocked
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from ledger.domain.secret import Secret
from ledger.errors import LedgerError
from ledger.opening import Options, log_in, open_book
from ledger.sandbox import Sandbox
from tests.ledger.test_credentials import EncryptedKeyring, MemoryKeyring
from tests.tui.driving import SMALL, app_of, until
from tui.app import NumstakeApp
from tui.screens.dialogs.chapters import ChapterDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.first.login_dialog import LoginDialog
from tui.screens.first.welcome import Welcome
from tui.screens.models.models import ModelsPane
from tui.widgets.secret_line import SecretLine
from tui.widgets.static import Static


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    for name in ("NUMSTAKE_PUBLIC_ID", "NUMSTAKE_SECRET_KEY", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def paste(pilot: Pilot[Any], text: str) -> None:
    pilot.app.post_message(events.Paste(text))


def painted(pilot: Pilot[Any]) -> str:
    """All text on the screen in front."""
    screen = pilot.app.screen
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


def said(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#objection", Static).content)


async def test_from_no_key_to_the_table(
    sandbox: Sandbox, memory: MemoryKeyring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Wrong and right keys, a locked keyring; what was typed stays, the secret is nowhere."""
    caplog.set_level(logging.DEBUG)
    options = Options(at=tmp_path, api_url=sandbox.url)
    public_id, secret = sandbox.keys["read_only"]
    book = open_book(options, for_screen=True)
    app = NumstakeApp(book, log_in=partial(log_in, options))
    shown: list[str] = []
    try:
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            await until(pilot, lambda: isinstance(app.screen, Welcome))
            await pilot.pause()
            shown.append(painted(pilot))
            assert "Profile default has no API key" in shown[-1]
            assert "Look at the demo" in shown[-1]
            app.syncing.start()
            await until(pilot, lambda: not app.syncing.running)
            assert isinstance(app.screen, Welcome), "once is enough"
            await pilot.press("k")
            await until(pilot, lambda: isinstance(app.screen, ChapterDialog))
            await pilot.press("escape", "enter")
            await until(pilot, lambda: isinstance(app.screen, LoginDialog))
            await pilot.pause()
            assert "can't be added to a key later" in painted(pilot)

            await pilot.press("enter", "enter")
            assert "public id is empty" in said(pilot)
            paste(pilot, f" {public_id[:4]} {public_id[4:]}\n")
            await pilot.press("enter", *"WRONG", "space", *"WORD", "backspace", "enter")
            await until(pilot, lambda: "Numerai" in said(pilot) and "Asking" not in said(pilot))
            shown.append(painted(pilot))
            assert "•••••••• 8" in shown[-1]
            assert app.screen.query_one("#public-id", Input).value == public_id
            assert not memory.entries

            paste(pilot, f"\t{secret}\r\n")
            memory.failure = KeyringLocked("locked")
            await pilot.press("enter")
            await until(pilot, lambda: "locked" in said(pilot))
            memory.failure = None
            shown.append(painted(pilot))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, TextDialog))
            await pilot.pause()
            shown.append(painted(pilot))
            assert "Without stake: no stake change can be sent" in shown[-1]
            assert "make a new key" in " ".join(shown[-1].replace("│", " ").split())
            assert next(iter(memory.entries))[0] == "numstake-tui"
            await pilot.press("enter", "1")
            await until(pilot, lambda: not app.syncing.running)
            await until(pilot, lambda: isinstance(app.pane, ModelsPane) and app.pane.table.rows)
            shown.append(painted(pilot))
            kept = [repr(app.tree), *(repr(vars(widget)) for widget in app.query("*"))]
    finally:
        book.close()
    everything = "\n".join([*shown, *kept, caplog.text])
    assert secret not in everything
    assert "WRONG" not in everything


async def test_the_demo_is_one_key_away(
    sandbox: Sandbox, memory: MemoryKeyring, tmp_path: Path
) -> None:
    options = Options(at=tmp_path, api_url=sandbox.url)
    book = open_book(options, for_screen=True)
    app = NumstakeApp(book, log_in=partial(log_in, options))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app_of(pilot).screen, Welcome))
        await pilot.press("down", "enter")
    book.close()
    assert app.leaves_for_demo


def test_a_keyring_that_asks_in_the_terminal_is_refused(
    sandbox: Sandbox, memory: MemoryKeyring, tmp_path: Path
) -> None:
    keyring.set_keyring(EncryptedKeyring())
    public_id, secret = sandbox.keys["full"]
    with pytest.raises(LedgerError, match="asks for its password in the terminal"):
        log_in(Options(at=tmp_path, api_url=sandbox.url), public_id, Secret(secret))


def test_a_key_that_the_environment_would_outdo_is_not_kept(
    sandbox: Sandbox, memory: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    monkeypatch.setenv("NUMSTAKE_SECRET_KEY", "another")
    public_id, secret = sandbox.keys["full"]
    with pytest.raises(LedgerError, match="from the environment"):
        log_in(Options(at=tmp_path, api_url=sandbox.url), public_id, Secret(secret))
    assert not memory.entries


def test_a_secret_line_says_nothing() -> None:
    line = SecretLine()
    line.secret = Secret("HUSH4711")
    assert "HUSH" not in repr(line) + str(line) + repr(vars(line)) + str(line.render())
