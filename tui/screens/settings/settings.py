"""Settings: every one of the config and every key, changed in place, written when asked to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.config.config import KEYS, SETTINGS, Reading
from ledger.config.file import Edit
from ledger.errors import ConfigError
from tui import keys
from tui.format import count
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.screens.settings.setting_rows import SettingRow, columns, explained, rows
from tui.theme import Parts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

NO_MATCH = "Nothing matches the filter. Escape drops it."


def open_settings(pane: Pane[Any], name: str = "") -> None:
    """Show the settings over ``pane``, the one called ``name`` marked."""

    def is_it(row: SettingRow) -> bool:
        return row.name == name

    if isinstance(pane, SettingsPane):
        if name:
            pane.seek(is_it)
        return

    def make() -> SettingsPane:
        page = SettingsPane()
        if name:
            page.seek(is_it)
        return page

    pane.open(make)


@dataclass(frozen=True, slots=True)
class SettingsReport:
    """What the file says; ``trouble`` is why it can't be used now, "" where it can."""

    reading: Reading
    trouble: str = ""


class SectionGrid(Grid[SettingRow]):
    """Left and right go from section to section."""

    def action_left(self) -> None:
        self._to_section(-1)

    def action_right(self) -> None:
        self._to_section(1)

    def _to_section(self, step: int) -> None:
        starts = [at for at, row in enumerate(self.rows) if row.first]
        if step < 0:
            self.move_to(max((at for at in starts if at < self.cursor), default=0))
        else:
            self.move_to(min((at for at in starts if at > self.cursor), default=self.cursor))


class SettingsPane(Pane[SettingsReport]):
    """One row for each setting, and for each action that has keys."""

    MODE = "settings"
    HAS_TOURNAMENTS = False
    GROUPS: ClassVar[tuple[str, ...]] = (keys.SETTINGS,)
    BINDINGS = keys.bindings(keys.SETTINGS)
    HELP = (
        "Every setting of the config with its documentation, what counts now, where that comes "
        "from and its default; below them the keys of every action. Enter changes the one marked: "
        "on or off, one of a list, a text or number that is checked while you type, or a key that "
        "you press. ⌫ goes back to the default. Nothing is written before w, which shows what will "
        "change and asks; comments and order in the file stay.\n\n"
        "How things look and keys follow at once. Where Numerai and Ethereum are, credentials, "
        "limits and the command for notices are asked about, No chosen, and count from the next "
        "start; a limit that gets tighter counts at once. What was edited and not saved stays "
        "while the app runs.\n\n"
        "← and → go from section to section, / filters by name, words and value."
    )
    DEFAULT_CSS = """
    SettingsPane #about { height: 8; padding: 0 2; border-top: solid $panel; }
    """

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield SectionGrid([], row_key=lambda row: row.name, empty="")
            yield Note(id="about")

    def load(self) -> SettingsReport:
        settings = self.host.settings
        try:
            return SettingsReport(settings.read_now())
        except ConfigError as error:
            return SettingsReport(settings.reading or Reading(self.book.config), str(error))

    def show(self, report: SettingsReport) -> None:
        settings = self.host.settings
        every = rows(report.reading, self.book.config, settings.edits, settings.elsewhere)
        matching = [row for row in every if self.matches(row.name, row.doc, row.value)]
        shown = [
            replace(row, first=at == 0 or matching[at - 1].section != row.section)
            for at, row in enumerate(matching)
        ]
        self._table.set_empty(NO_MATCH)
        self._table.show(shown, columns=columns(self.size.width))
        self._explain(self._table.selected)

    def on_resize(self) -> None:
        """The values take the room there is."""
        super().on_resize()
        if self.report is not None and self.is_mounted:
            self.show(self.report)

    def caption(self) -> Parts:
        edits = self.host.settings.edits
        said: Parts = ((f"{count(len(edits), 'edit')} not saved", "pending"),) if edits else ()
        trouble = self.report is not None and self.report.trouble
        return ((("the file can't be used  ", "burn"),) if trouble else ()) + said

    @property
    def _table(self) -> SectionGrid:
        return self.query_one(SectionGrid)

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[SettingRow]) -> None:
        """Say what the setting marked is for."""
        self._explain(event.row)

    def _explain(self, row: SettingRow | None) -> None:
        path = self.host.settings.path
        text = explained(row, path.name if path else "") if row is not None else ""
        self.query_one("#about", Note).show(text)

    def action_setting_info(self) -> None:
        """The setting where it can be copied, with the file's whole path."""
        row = self._table.selected
        if row is not None:
            text = explained(row, str(self.host.settings.path or ""))
            trouble = self.report.trouble if self.report is not None else ""
            self.app.push_screen(TextDialog(row.name, text.append(f"\n\n{trouble}".rstrip())))

    # Changing

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[SettingRow]) -> None:
        """Change the setting marked."""
        from tui.screens.settings.changing import change

        name = event.row.name
        elsewhere = self.host.settings.elsewhere.get(name)
        if elsewhere:
            self.notify(f"{elsewhere} decides it while this runs.", timeout=4)
        else:
            edited = partial(self.edit, name)
            change(self.app, name, self.present(name), edited, self._remapped_then)

    def present(self, name: str) -> Any:
        """What a setting is to be: as edited, else as the file has it, else its default."""
        reading, edit = self._reading, self.host.settings.edits.get(name)
        default = self._default(name)
        if edit is not None:
            return default if edit.value is None else edit.value
        value = reading.values.get(name, default)
        return tuple(value) if isinstance(value, list) else value

    @staticmethod
    def _default(name: str) -> Any:
        section, _, key = name.partition(".")
        return keys.BY_ID[key].key if section == KEYS else SETTINGS[name].default

    @property
    def _reading(self) -> Reading:
        return self.report.reading if self.report is not None else Reading()

    @property
    def _remapped_then(self) -> dict[str, str]:
        """The keys there will be once all is saved, by action id."""
        edits = self.host.settings.edits
        then = {**self._reading.config.keys}
        for name, edit in edits.items():
            section, _, key = name.partition(".")
            if section == KEYS and edit.value is None:
                then.pop(key, None)
            elif section == KEYS:
                then[key] = edit.value
        return then

    def edit(self, name: str, value: Any) -> None:
        """Let a setting be ``value``, ``None`` for its default; nothing is written yet."""
        edits, stands = self.host.settings.edits, self._reading.values.get(name)
        edits.pop(name, None)  # the last edit is the last one
        wanted = list(value) if isinstance(value, tuple) else value
        counts = (stands is None and value == self._default(name)) or (
            stands == wanted and type(stands) is type(wanted)
        )
        if not counts:
            edits[name] = Edit(value, stands)
        self.refilter()

    def action_default(self) -> None:
        """Take the setting marked out of the file."""
        row = self._table.selected
        if row is not None:
            self.edit(row.name, None)

    def action_undo_setting(self) -> None:
        """Forget the last edit."""
        edits = self.host.settings.edits
        if edits:
            edits.popitem()
            self.refilter()
        else:
            self.notify("Nothing was edited.", timeout=3)

    def action_save_settings(self) -> None:
        """Show what will change, and write it if that is meant."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.settings.saving import save

        if self.host.settings.edits:
            follow(self.app, lambda: save(self.host), group="config-save")
        else:
            self.notify("Nothing was edited.", timeout=3)

    def actions(self) -> list[keys.Action]:
        """Enter changes, left and right go by sections; the order is that of the file."""
        words = {
            "choose": ("change", "Change the setting marked."),
            "left": ("section before", "To the section before."),
            "right": ("next section", "To the next section."),
        }
        return [
            replace(one, label=words[one.id][0], help=words[one.id][1]) if one.id in words else one
            for one in super().actions()
            if one.id not in {"sort", "sort-reverse"}
        ]
