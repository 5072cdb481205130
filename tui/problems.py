"""Where an expected error is shown: beside the field, as a notice, or in a dialog."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import (
    BadCredentials,
    Cancelled,
    ChangeError,
    ConfigError,
    CredentialsError,
    LedgerBusy,
    LedgerError,
    MissingScope,
    Refused,
    StoreError,
)

if TYPE_CHECKING:
    from typing import Any

    from rich.text import Text
    from textual.app import App


class Defect(Exception):
    """What is left on the terminal after the app ended because of ``error``."""

    def __init__(self, error: BaseException, log_file: Path | None) -> None:
        super().__init__(repr(type(error)))
        self.__cause__ = error
        self._log_file = log_file

    def __rich__(self) -> Text:
        from rich.text import Text

        where = f" Details are in {self._log_file}." if self._log_file else ""
        kind = type(self.__cause__).__name__
        return Text(
            f"numstake-tui ended because of an unexpected problem ({kind}).{where} The ledger is "
            "intact, and no stake change is ever sent twice."
        )


class Surface(Enum):
    """Where an error belongs on screen."""

    FIELD = "field"
    NOTICE = "notice"
    DIALOG = "dialog"


def surface(error: LedgerError) -> Surface:
    """A wrong entry is said beside its field, what passes by itself in a notice, what needs the
    user's hand in a dialog."""
    if isinstance(error, (Cancelled, LedgerBusy)):
        return Surface.NOTICE
    if isinstance(error, ChangeError):
        return Surface.FIELD
    lasting = (BadCredentials, MissingScope, Refused, CredentialsError, StoreError, ConfigError)
    return Surface.DIALOG if isinstance(error, lasting) else Surface.NOTICE


def show(app: App[Any], error: LedgerError) -> None:
    """Show ``error`` in a notice or a dialog; one for a field becomes a notice here."""
    if surface(error) is Surface.DIALOG:
        from tui.screens.dialogs.text_dialog import TextDialog

        app.push_screen(TextDialog(error.title, str(error)))
        return
    calm = isinstance(error, Cancelled)
    app.notify(
        str(error),
        title=error.title,
        severity="information" if calm else "warning",
        timeout=4 if calm else 8,
    )
