"""Draws the README's pictures from the demo: ``python -m tests.pictures``."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ledger.book import Book
from ledger.chain.endpoint import connect
from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.demo import shuffle_a_year
from ledger.numerai.client import NumeraiClient
from ledger.rules.rounds.calendar import latest_round
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import SandboxDemo, chain_settings
from tests.tui.driving import AT_HOME, settled
from tui.app import NumstakeApp
from tui.screens.dialogs.flow import GROUP

TARGET = Path(__file__).parent.parent / ".github"
SIZE = (120, 36)
LOOK = 1.5
"""Seconds after which everything that follows a key has followed."""

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PICTURES = {
    "home": (),
    "models": ("1",),
    "stakes": ("2",),
    "earnings": ("3", *["down"] * 6),
    "explanation": ("enter",),
    "policy": (
        *("escape", "a"),
        *("2", "5", "enter", "2", "5", "enter", "2", "5", "enter"),
        *("down", "down", "left", "left", "left", "5", "0", "enter"),
    ),
    "simulation": ("p",),
    "slots": ("escape", "escape", "4", "l", "l", "enter", "l", "g"),
    "predictors": ("escape", "v"),
    "backtest": ("escape", "b"),
    "allocation": (
        *("escape", "2", "t", "t", "a"),
        *("4", "0", "enter", "2", "5", "%", "enter", "down", "plus", "1", "2", "enter"),
    ),
    "plan": ("p",),
    "queue": ("Q", "y", "enter"),
    "unlocks": ("6", "v"),
    "positions": ("2", "t", "t", "t", "slash", *"fjord", "enter", "enter"),
    "per-round": (
        *("escape", "escape", "escape", "a", "g"),
        *("0", ".", "2", "5", "slash", "r", "enter", "down", "down"),
        *("1", ".", "5", "slash", "r", "enter"),
    ),
    "projection": ("p",),
    "change": (
        "escape",
        "escape",
        "escape",
        "1",
        "slash",
        *"yarrow",
        "enter",
        "minus",
        "2",
        "5",
        "%",
    ),
}
"""A picture's name and the keys that lead to it from the one before."""


async def draw(book: Book) -> None:
    """Press keys, and keep what is then on screen."""
    app = NumstakeApp(book)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for name, keys in PICTURES.items():
            for key in keys:
                await pilot.press(key)
            await asyncio.sleep(LOOK)
            # What asks in a dialog is under way until it is answered.
            while any(job.is_running and job.group != GROUP for job in app.workers):
                await pilot.pause()
            (TARGET / f"{name}.svg").write_text(app.export_screenshot(simplify=True))


def main() -> None:
    """Sync a world of its own, then draw it."""
    clock = FrozenClock(NOW)
    ledger = TARGET / "pictures.sqlite3"
    latest = latest_round(NOW)
    with Sandbox(now=NOW, frozen=True, shuffled_until=latest) as sandbox:
        public_id, secret = sandbox.keys["full"]
        key = Credentials(public_id, Secret(secret))
        book = Book(
            profile="demo",
            store=Store.open(ledger, clock=clock),
            clock=clock,
            config=replace(AT_HOME, atomic=chain_settings(sandbox, search_blocks=10**9)),
            chain=lambda given: connect(given, clock),
            connect=lambda: NumeraiClient(key, api_url=sandbox.url, clock=clock),
            demo=SandboxDemo(sandbox),
        )
        shuffle_a_year(book._store, latest)
        book.sync()
        asyncio.run(draw(book))
        book.close()
    for file in TARGET.glob("pictures.sqlite3*"):
        file.unlink()


if __name__ == "__main__":
    main()
