"""The form that takes an API key: checked with Numerai, then kept in the system keyring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from ledger.domain.scope import NEVER_MORE, OPENED
from ledger.errors import LedgerError
from tui import jobs
from tui.host import Host
from tui.screens.dialogs.dialog import buttons
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.secret_line import SecretLine
from tui.widgets.static import Static

if TYPE_CHECKING:
    from ledger.login import LoggedIn

_WHERE = "numer.ai, Settings, Automation: Create API key. Its scopes:"
_ASKING = "Asking Numerai about the key …"


class LoginDialog(FormDialog["LoggedIn"]):
    """Ends with whose key was kept, or ``None``. What was typed stays until then.

    Enter goes from line to line, and after the last one asks Numerai.
    """

    DEFAULT_CSS = """
    LoginDialog #scopes { width: 1fr; height: auto; margin-bottom: 1; }
    LoginDialog #public-id { width: 40; }
    LoginDialog #objection { max-height: 6; }
    """

    AUTO_FOCUS = "#public-id"

    @dataclass
    class Kept(Message):
        """The key is in the keyring."""

        by: LoggedIn

    @dataclass
    class NotKept(Message):
        """It can't be used, or not be kept."""

        error: LedgerError

    def __init__(self) -> None:
        super().__init__("Log in", "tab next line · ^u empty · esc back")
        self._asking = False

    def compose_frame(self) -> Iterable[Widget]:
        yield Static(_scopes(), id="scopes")
        yield field("public-id", "Public id", "")
        yield Horizontal(
            Static("Secret key", classes="label"),
            SecretLine(id="secret-key"),
            Static("not shown", classes="hint"),
            classes="field",
        )
        yield objection()
        yield buttons(("Check and keep", "check"), ("Not now", "no"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """White space that was pasted along is no part of an id."""
        clean = "".join(event.value.split())
        if clean != event.value:
            event.input.value = clean

    @on(Input.Submitted)
    def _id_is_full(self) -> None:
        self.query_one(SecretLine).focus()

    @on(SecretLine.Submitted)
    @on(Button.Pressed, "#check")
    def check(self) -> None:
        """Ask Numerai about the key; one question at a time."""
        public_id, secret = self.text_in("public-id"), self.query_one(SecretLine)
        log_in = cast("Host", self.app).log_in
        if self._asking or log_in is None:
            return
        if not public_id:
            self.object_to("The public id is empty.", "public-id")
        elif secret.is_empty:
            self.object_to("The secret key is empty.")
            secret.focus()
        else:
            self._asking = True
            self._say(_ASKING)
            key = secret.secret
            jobs.run(self, lambda: log_in(public_id, key), self.Kept, self.NotKept, group="log-in")

    def on_login_dialog_kept(self, event: LoginDialog.Kept) -> None:
        self.dismiss(event.by)

    def on_login_dialog_not_kept(self, event: LoginDialog.NotKept) -> None:
        self._asking = False
        self.object_to(f"{event.error.what}\n{event.error.advice}".strip())

    def _say(self, text: str) -> None:
        self.object_to("-")
        self.query_one("#objection", Static).update(Content(text))


def _scopes() -> Content:
    wide = max(map(len, OPENED))
    lines = [
        Content.assemble((f"  {scope:<{wide}}  ", "bold"), (meaning, "$muted"))
        for scope, meaning in OPENED.items()
    ]
    return Content("\n").join([Content(_WHERE), *lines, Content(NEVER_MORE)])
