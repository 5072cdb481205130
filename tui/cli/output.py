"""Plain text and JSON on standard output, errors on standard error."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from ledger.clock import iso
from ledger.domain import names
from ledger.domain import text as texts
from ledger.errors import LedgerError

INCOMPLETE = 4
"""The exit code of what was done, but not completely: Numerai did not tell everything."""

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a text table; on a narrow terminal the highest ``rank`` goes first.

    One of a ``name`` has names of models in it, which others chose.
    """

    title: str
    right: bool = False
    rank: int = 0
    name: bool = False


def echo_json(value: Any) -> None:
    """One JSON document; what is no plain text in it is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo("".join(map(_escaped, text)) if text != texts.lines(text) else text)


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1]


def time_or_none(moment: datetime | None) -> str | None:
    """``2026-08-28T13:00:00Z`` or ``None``."""
    return None if moment is None else iso(moment)


def text_or_none(value: object | None) -> str | None:
    """An exact amount or number as text, or ``None``."""
    return None if value is None else str(value)


def echo_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; as wide as they need in a pipe, no wider than a terminal otherwise."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table(columns, rows, width):
        click.echo(line)


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None
) -> list[str]:
    """The lines of an aligned table, at most ``width`` cells where dropping columns can do it.

    Names come from Numerai: what could steer a terminal is shown as a question mark.
    """
    rows = [
        [
            names.marked(_printable(cell)) if column.name else _printable(cell)
            for column, cell in zip(columns, row, strict=True)
        ]
        for row in rows
    ]
    widths = [
        max([len(column.title), *(names.cells(row[index]) for row in rows)])
        for index, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    while width is not None and sum(widths[i] + len(_GAP) for i in shown) - len(_GAP) > width:
        last = max(shown, key=lambda i: (columns[i].rank, i))
        if columns[last].rank == 0:
            break
        shown.remove(last)
    titles = [column.title for column in columns]
    return [
        _GAP.join(
            line[i].rjust(widths[i]) if columns[i].right else names.padded(line[i], widths[i])
            for i in shown
        ).rstrip()
        for line in (titles, *rows)
    ]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def remark(text: str) -> None:
    """Say on standard error what is good to know and no part of what was asked for."""
    click.echo(text, err=True)


def report_error(error: LedgerError) -> None:
    """What happened and what to do, on standard error."""
    click.echo(texts.line(f"{error.title}: {error.what}"), err=True)
    if error.advice:
        click.echo(error.advice, err=True)
