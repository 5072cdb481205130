"""From the key to the palette, and from what is chosen there to what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from ledger.errors import LedgerError
from tui import jobs
from tui.messages import Unexpected
from tui.screens.palette.catalogue import Catalogue, Section, aged, read_section, section_of
from tui.screens.palette.entries import (
    Entry,
    Kind,
    actions,
    chapters,
    entry,
    files,
    settings,
    themes,
)
from tui.screens.palette.palette import Palette
from tui.screens.palette.running import run
from tui.screens.palette.words import verb_entries

if TYPE_CHECKING:
    from tui.host import Host
    from tui.screens.pane import Pane

PATIENCE = 0.15
"""Seconds for which the palette waits for the names in the ledger before it opens without them."""

MOST_RECENT = 20
"""So many of the entries chosen last are remembered."""

_ROOM, _NAME = "palette", "recent"


async def open_palette(app: Host) -> None:
    """Show the palette over the page in front."""
    own = Section(_own(app))
    section = section_of(app.book, app.generation)
    reading: asyncio.Task[Section] | None = None
    if section is None:
        reading = asyncio.ensure_future(_reading(app))
        with jobs.opening():
            await asyncio.wait({reading}, timeout=PATIENCE)
        if reading.done() and reading.exception() is None:
            section, reading = reading.result(), None
    if app.screen is not app.pane:  # something came up meanwhile
        return
    palette = Palette(_catalogue(app, own, section))

    def complete(done: asyncio.Task[Section]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, LedgerError):
            app.notify(str(error), severity="warning")
        elif isinstance(error, Exception):
            app.post_message(Unexpected(error))
        elif palette.is_attached:
            palette.complete_with(_catalogue(app, own, done.result()))

    async def chosen(entry: Entry | None) -> None:
        if entry is not None:
            app.state.put(_ROOM, _NAME, aged(_recent(app), entry.id, MOST_RECENT))
            await run(app, entry)

    app.push_screen(palette, chosen)
    if reading is not None:
        reading.add_done_callback(complete)


async def _reading(app: Host) -> Section:
    book, generation = app.book, app.generation
    return await jobs.in_thread(lambda: read_section(book, generation), "palette")


def _catalogue(app: Host, own: Section, section: Section | None) -> Catalogue:
    sections = [own] if section is None else [own, section]
    return Catalogue(sections, _recent(app))


def _own(app: Host) -> Iterator[Entry]:
    """What no ledger names."""
    pane = cast("Pane[Any]", app.pane)
    yield from actions(pane.actions(), pane.remapped, demo=app.book.demo)
    yield from verb_entries()
    yield from _said_before(app)
    yield from settings()
    yield from files()
    yield from themes(app.available_themes)
    yield from chapters()


def _said_before(app: Host) -> Iterator[Entry]:
    """Words that were said lately."""
    prefix = f"{Kind.WORDS.name.lower()}:"
    for key in _recent(app):
        if key.startswith(prefix):
            words = key.removeprefix(prefix)
            yield entry(Kind.WORDS, words, words, "Once more.", about=words)


def _recent(app: Host) -> list[str]:
    kept = app.state.get(_ROOM, _NAME)
    return kept if isinstance(kept, list) else []
