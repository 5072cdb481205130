"""Themes, each shown while it is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from ledger.config.file import Edit
from tui import theme
from tui.screens.dialogs.flow import host_of
from tui.screens.settings.list_dialog import ListDialog

if TYPE_CHECKING:
    from tui.host import Host

_HINT = "↑↓ show · enter keep now · w write into config · esc as before"


def choose_theme(host: Host) -> None:
    """Let the user choose a theme, for as long as the app runs or for good."""
    host.push_screen(ThemeDialog(host.theme))


class ThemeDialog(ListDialog):
    """The app wears the theme that is marked; escape takes it off again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "write", show=False)]

    def __init__(self, now: str, hint: str = _HINT) -> None:
        super().__init__("Theme", theme.names(), now, hint)
        self._worn = self.app.theme

    def action_move(self, rows: int) -> None:
        super().action_move(rows)
        self.app.theme = self.marked

    def action_back(self) -> None:
        """Leave the theme as it was."""
        self.app.theme = self._worn
        self.dismiss(None)

    def action_write(self) -> None:
        """Keep it, in the config too."""
        host_of(self.app).settings.save({"app.theme": Edit(self.marked)})
        self.dismiss(self.marked)


class ThemeSettingDialog(ThemeDialog):
    """The same for the setting: the one chosen is written when the settings are saved."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "choose", show=False)]

    def __init__(self, now: str) -> None:
        super().__init__(now, "↑↓ show · enter choose · esc as before")
