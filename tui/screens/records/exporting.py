"""Keeping records of the account in a file, from any page and from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.model import Tournament
from ledger.domain.records.formats import FORMATS, Format
from tui.format import count
from tui.screens.dialogs.file_dialog import may_replace, refuse_writing
from tui.screens.dialogs.flow import book_of, follow, read
from tui.screens.records.records_dialog import TITLE, RecordsDialog

if TYPE_CHECKING:
    from ledger.account.records import Exported

_LONG = 8
"""Seconds for which a place is shown that is to be read."""


def start_export(
    app: App[Any], kind: Format = FORMATS[0], tournament: Tournament | None = None
) -> None:
    """Let the user say what goes where, then write it; ``kind`` and ``tournament`` stand there at
    first."""
    follow(app, lambda: _export(app, kind, tournament), group="export")


async def _export(app: App[Any], kind: Format, tournament: Tournament | None) -> None:
    """
    Raises:
        ReadOnly: nothing may be written.
        ConfigError: what writes that kind of file is not installed.
        FileError, StoreError: as it happens.
    """
    from ledger.files import write_file

    refuse_writing(app)
    book = book_of(app)
    currency = await read(lambda: book.records.currency)
    dialog = RecordsDialog(book.profile, currency, kind, tournament)
    wish = await app.push_screen_wait(dialog)
    if wish is None or not await may_replace(app, TITLE, wish.path):
        return

    def write() -> Exported:
        exported = book.records.exported(
            wish.kind.name,
            since=wish.since,
            until=wish.until,
            tournament=wish.tournament,
            currency=wish.currency,
        )
        write_file(wish.path, exported.content)
        return exported

    exported = await read(write)
    app.notify(f"{_counted(exported)} in {wish.path.absolute()}.", timeout=_LONG)


def _counted(exported: Exported) -> str:
    text = count(exported.records, "record")
    if exported.days_without_price:
        days = count(exported.days_without_price, "day")
        text += f", {days} without a price in {exported.currency},"
    if exported.unbooked:
        text += f", without {count(exported.unbooked, 'transaction')} not confirmed yet,"
    return text
