"""Rows of the settings page: what counts of each, where it comes from, what it should become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from ledger.config.config import KEYS, PREFIX, SETTINGS, Config, Reading, Takes, value_of
from ledger.config.file import Edit
from tui import keys
from tui.format import shorten
from tui.widgets.tables.columns import Cell, Column

HIDDEN = "hidden"
"""Stands for what may hold a provider's key."""

DEFAULT = "default"

ENVIRONMENT = "environment"
"""Stands in the table for a variable's name, which is in the details."""

_SECTION, _KEY, _ORIGIN = 11, 28, 11
_GAPS = 12
"""Cells between columns on a narrow screen, and before the first."""
_LEAST = 16


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting, or the keys of one action. ``value`` is what counts now, ``default`` what does
    without a file, both as shown; ``file`` is what the file says otherwise, "" where it does not.
    ``edit`` is what it should become, ``None`` where nothing was edited.
    """

    name: str
    value: str
    default: str
    origin: str
    doc: str
    takes: Takes
    file: str = ""
    edit: str | None = None
    first: bool = False
    """Whether it is the first of its section in sight."""

    @property
    def section(self) -> str:
        """The table of the file it is in."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """Its name in that table."""
        return self.name.partition(".")[2]


def rows(
    reading: Reading,
    in_force: Config,
    edits: Mapping[str, Edit],
    elsewhere: Mapping[str, str],
) -> list[SettingRow]:
    """Every setting, then every action, in the order of the example file."""
    return [
        *(_setting(name, reading, in_force, edits.get(name), elsewhere) for name in SETTINGS),
        *(_action(one, reading, in_force, edits.get(f"{KEYS}.{one.id}")) for one in keys.ACTIONS),
    ]


def _setting(
    name: str, reading: Reading, in_force: Config, edit: Edit | None, elsewhere: Mapping[str, str]
) -> SettingRow:
    setting = SETTINGS[name]
    now, there = value_of(in_force, name), value_of(reading.config, name)
    line = reading.lines.get(name)
    origin = elsewhere.get(name) or (f"line {line}" if line else DEFAULT)
    counts = name in elsewhere or now == there
    return SettingRow(
        name,
        shown(name, now),
        shown(name, setting.default),
        origin,
        setting.prose,
        setting.takes,
        file="" if counts else shown(name, there),
        edit=None if edit is None else shown(name, edit.value),
    )


def _action(
    action: keys.Action, reading: Reading, in_force: Config, edit: Edit | None
) -> SettingRow:
    name = f"{KEYS}.{action.id}"
    line = reading.lines.get(name)
    return SettingRow(
        name,
        shown(name, in_force.keys.get(action.id, action.key)),
        shown(name, action.key),
        f"line {line}" if line else DEFAULT,
        f"{action.label}: {action.help}\nIn: {action.group}.",
        Takes.AT_ONCE,
        edit=None if edit is None else shown(name, edit.value),
    )


def shown(name: str, value: Any) -> str:
    """A value as the page has it; ``None`` is the default."""
    if value is None:
        return DEFAULT
    if name.startswith(f"{KEYS}."):
        return " ".join(keys.display(one) for one in keys.names(value))
    setting = SETTINGS[name]
    if setting.private and value not in (setting.default, ""):
        return HIDDEN
    return written(value)


def written(value: Any) -> str:
    """A value as it is typed."""
    import json

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(json.dumps(one, ensure_ascii=False) for one in value)}]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else '""'


def columns(width: int) -> list[Column[SettingRow]]:
    """The table's columns in a screen of ``width`` cells."""
    room = max(_LEAST, width - _SECTION - _KEY - _ORIGIN - _GAPS)
    wide = width >= _WIDE
    room = min(room - (_TAKES + _DEFAULT if wide else 0), _MOST)
    return [
        Column("section", "section", _section, fixed=True, width=_SECTION),
        Column("setting", "setting", lambda row: row.key, fixed=True, width=_KEY),
        Column("value", "value", lambda row: _value(row, room), width=room),
        Column("from", "from", _origin, width=_ORIGIN),
        *(
            [
                Column("default", "default", lambda row: shorten(row.default, _DEFAULT - 2)),
                Column("takes", "a change counts", lambda row: Cell(_TOLD[row.takes], "muted")),
            ]
            if wide
            else []
        ),
    ]


_WIDE, _TAKES, _DEFAULT, _MOST = 110, 18, 20, 60
_TOLD = {
    Takes.AT_ONCE: "at once",
    Takes.AT_START: "next start",
    Takes.GUARDED: "next start, asks",
    Takes.LIMIT: "tighter at once",
}


def _origin(row: SettingRow) -> Cell:
    shown = ENVIRONMENT if row.origin.startswith(PREFIX) else row.origin
    return Cell(shown, "muted" if row.origin == DEFAULT else "")


def _section(row: SettingRow) -> Cell:
    return Cell(row.section, "title") if row.first else Cell("")


def _value(row: SettingRow, room: int) -> Cell:
    if row.edit is not None:
        return Cell(shorten(f"→ {row.edit}", room), "pending")
    if row.file:
        return Cell(shorten(f"{row.value}, then {row.file}", room), "pending")
    return Cell(shorten(row.value, room), "muted" if row.value == row.default else "strong")


def explained(row: SettingRow, path: str) -> Content:
    """One setting in full."""
    counts = f"{row.value} ({row.origin if row.origin == DEFAULT else _place(row, path)})"
    facts = [("counts", counts), ("default", row.default)]
    if row.file:
        facts.append(("in the file", f"{row.file}, from the next start"))
    if row.edit is not None:
        facts.append(("not saved yet", row.edit))
    said = Content("  ").join(
        Content.assemble((f"{label} ", "$muted"), value) for label, value in facts
    )
    about = SETTINGS[row.name].range if row.name in SETTINGS else ""
    return Content("\n").join(
        [
            Content.assemble((row.name, "bold"), (f"  a change counts {row.takes}", "$muted")),
            Content(f"{row.doc} {about and f'{about}.'}".strip()),
            said,
        ]
    )


def _place(row: SettingRow, path: str) -> str:
    return f"{path}, {row.origin}" if row.origin.startswith("line ") else row.origin
