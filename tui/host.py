"""What screens and the sync need of the app around them, by types that know neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import App
from textual.screen import Screen

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.config.config import Reading
    from ledger.config.file import Edit
    from ledger.domain.secret import Secret
    from ledger.errors import LedgerError
    from ledger.login import LoggedIn
    from ledger.reports.notices.notice import Notice
    from tui.screens.going import Going
    from tui.screens.seeking import Filters
    from tui.state import State
    from tui.widgets.line import Group
    from tui.widgets.topbar import Headline


class SyncState(Protocol):
    """The sync in the background, as screens see it."""

    error: LedgerError | None
    """Why the last sync failed, ``None`` after one that went through."""

    @property
    def running(self) -> bool:
        """Whether a sync is under way."""
        ...

    @property
    def first_sync(self) -> str:
        """How far a first sync is that runs now, in a sentence; empty while none does."""
        ...

    @property
    def filling(self) -> bool:
        """Whether a first sync brings in the history now."""
        ...

    def start(self) -> bool:
        """Start a sync; ``False`` when one is running."""
        ...


class SettingsState(Protocol):
    """The config file while the app runs, as screens see it."""

    path: Path | None
    """The file; ``None`` where there is none to be read or written."""
    edits: dict[str, Edit]
    """What settings should become once they are saved, by name."""
    reading: Reading | None
    """What the file said when it was last read and could be used."""
    elsewhere: dict[str, str]
    """Settings that something else than the file decides, and what."""

    def read_now(self) -> Reading:
        """What the file says; runs in a thread.

        Raises:
            ConfigError: it can't be used.
        """
        ...

    def save(self, edits: Mapping[str, Edit]) -> None:
        """Write ``edits`` in a thread; a dialog says why they can't be written."""
        ...


class Guide(Protocol):
    """What shows around in the demo."""

    def begin(self) -> None:
        """From the first step."""
        ...

    def draw(self) -> None:
        """Let the page in front say where it is."""
        ...


class LogIn(Protocol):
    """Checks a key with Numerai and keeps it in the keyring; raises ``LedgerError``."""

    def __call__(self, public_id: str, secret_key: Secret) -> LoggedIn: ...


class Host(App[None], inherit_bindings=False):
    """The app as its screens see it; :class:`tui.app.NumstakeApp` is the one there is."""

    book: Book
    """The door to the ledger."""
    generation: int
    """Goes up whenever the ledger holds something new."""
    headline: Headline
    """What the top bar says."""
    badge: tuple[Group, ...]
    """What the mode bar says beside the queue."""
    notices: tuple[Notice, ...] | None
    """What deserves attention, most urgent first; ``None`` until it was looked for."""

    kept: Filters | None
    """What every pane is filtered by; ``None`` while each has filters of its own."""

    syncing: SyncState
    """The sync in the background."""

    log_in: LogIn | None
    """How to log in from here; ``None`` where nobody can, as in the demo."""

    tour: Guide | None
    """What shows around in the demo; ``None`` elsewhere."""

    state: State
    """What is remembered from one run to the next."""
    settings: SettingsState
    """The config file while the app runs."""

    full_charts: bool
    """Whether charts are drawn in full."""

    @property
    def pane(self) -> Screen[Any] | None:
        """The mode in front, or behind a dialog; on top of it what it has opened, like a plan."""
        raise NotImplementedError

    def new_pane(self, name: str) -> Going:
        """A mode once more, to be shown over another page."""
        raise NotImplementedError

    async def show_mode(self, name: str) -> Going:
        """Bring a mode to the front, without what was opened over it."""
        raise NotImplementedError

    def open_settings(self, name: str = "") -> None:
        """Show the settings over the page in front, the one called ``name`` marked, such as
        ``app.theme`` or ``keys.sort``."""
        raise NotImplementedError

    def settings_changed(self) -> None:
        """Let what is on screen follow the settings, which are no longer what they were."""
        raise NotImplementedError

    def look_for_notices(self) -> None:
        """Find out anew what deserves attention."""
        raise NotImplementedError

    def welcome(self, error: LedgerError) -> None:
        """Say what this is and what can be done without a key; ``error``: why there is none."""
        raise NotImplementedError

    def go_to_demo(self) -> None:
        """Leave this profile for the demo, within this program."""
        raise NotImplementedError

    def once_painted(self, call: Callable[[], object]) -> None:
        """Call ``call`` now or, before anything is on screen, when something is: threads that work
        at the same time would hold the first paint up."""
        raise NotImplementedError

    def tidy_later(self) -> None:
        """Look for garbage a moment later: much was read, and more may still be."""
        raise NotImplementedError

    def draw_headline(self) -> None:
        """Bring the top bar up to date."""
        raise NotImplementedError

    def draw_first_sync(self) -> None:
        """Let the pane in front say how far a first sync is."""
        raise NotImplementedError

    def draw_sync(self) -> None:
        """Let the pane in front show that a sync has started or ended."""
        raise NotImplementedError
