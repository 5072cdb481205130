"""What the app opens with where there is no key: what it is, and what can be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from ledger.domain.scope import NEVER_MORE
from ledger.errors import LedgerError, MissingCredentials, NoKeyring
from tui.host import Host
from tui.screens.dialogs.dialog import Dialog
from tui.screens.first.login_dialog import LoginDialog
from tui.widgets.note import Note

if TYPE_CHECKING:
    from ledger.login import LoggedIn

_WHAT = (
    "All your Numerai stakes on one page of a terminal: what is staked, what is locked until "
    "when, what every round paid, which slot missed its submission. A stake change goes out "
    "through a queue, exactly once, and only when you confirmed it."
)


@dataclass(frozen=True, slots=True)
class _Way:
    key: str
    label: str
    about: str
    action: str


_WAYS = (
    _Way("l", "Log in", "with an API key, which the system keyring keeps", "log_in"),
    _Way("d", "Look at the demo", "an embedded Numerai: no account, no network", "demo"),
    _Way("k", "No keyring here", "three ways to keep a key on this machine", "keys"),
)


class Welcome(Dialog[None]):
    """Offers the ways; Escape leaves the empty table, where a sync brings this back."""

    DEFAULT_CSS = """
    Welcome #what { margin-bottom: 1; }
    Welcome #why { margin-bottom: 1; color: $warning; max-height: 7; }
    Welcome Note { width: 1fr; height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("q", "app.quit", show=False),
        *(Binding(way.key, way.action, show=False) for way in _WAYS),
    ]

    def __init__(self, error: LedgerError) -> None:
        super().__init__("Welcome to numstake-tui", "↑↓ choose · enter · esc look around · q quit")
        self._error = error
        self._at = 2 if isinstance(error, NoKeyring) else 0

    def compose_frame(self) -> Iterable[Widget]:
        what, why, ways = Note(id="what"), Note(id="why"), Note(id="ways")
        what.show(_WHAT)
        why.show(_reason(self._error))
        ways.styles.height = len(_WAYS)
        ways.show(self._ways())
        yield from (what, why, ways)

    def action_move(self, rows: int) -> None:
        """Mark another way."""
        self._at = max(0, min(len(_WAYS) - 1, self._at + rows))
        self.query_one("#ways", Note).show(self._ways())

    async def action_choose(self) -> None:
        """Take the way that is marked."""
        await self.run_action(_WAYS[self._at].action)

    def action_log_in(self) -> None:
        """Ask for a key."""
        self.app.push_screen(LoginDialog(), self._logged_in)

    def action_demo(self) -> None:
        """Go to the demo."""
        cast("Host", self.app).go_to_demo()

    def action_keys(self) -> None:
        """Read how a key is kept."""
        from tui.help import KEYS
        from tui.screens.dialogs.chapters import ChapterDialog

        self.app.push_screen(ChapterDialog(KEYS, cast("Host", self.app).book.config.keys))

    def _logged_in(self, by: LoggedIn | None) -> None:
        if by is None:
            return
        from tui.screens.dialogs.text_dialog import TextDialog

        host = cast("Host", self.app)
        self.dismiss(None)
        host.book.reconnect()
        host.syncing.start()
        onward = ("go on", lambda: None)
        host.push_screen(TextDialog("Logged in", _kept(by), "esc close", onward=onward))

    def _ways(self) -> Content:
        return Content("\n").join(
            Content.assemble(
                ("▌ " if at == self._at else "  ", "$mark"),
                (f"{way.key}  ", "$muted"),
                (f"{way.label:<18}", "bold"),
                (way.about, "$muted"),
            )
            for at, way in enumerate(_WAYS)
        )


def _reason(error: LedgerError) -> str:
    """Why there is no key, with the advice where this page is none."""
    here = isinstance(error, (MissingCredentials, NoKeyring))
    return error.what if here else f"{error.what} {error.advice}"


def _kept(by: LoggedIn) -> str:
    """What was found out about the key, and where it is."""
    lines = [
        f"Account {by.account}, key {by.key}.",
        f"Scopes: {', '.join(by.scopes) or 'none'}.",
        *(f"Without {scope}: {lack}" for scope, lack in by.lacking.items()),
        *([NEVER_MORE] if by.lacking else []),
        f"Kept for profile {by.profile} and {by.address} in {by.keyring}.",
        *(["This keyring keeps it as readable text in a file."] if by.readable else []),
        "",
        "The first sync has begun: the table fills while it loads.",
    ]
    return "\n".join(lines)
