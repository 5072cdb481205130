"""Plain text and JSON on standard output, errors on standard error."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from ledger.clock import iso
from ledger.domain import text as texts
from ledger.errors import LedgerError
from tui.cli.manner import MANNER
from tui.cli.tables import Column, echo_table, table

__all__ = [
    "INCOMPLETE",
    "Column",
    "done",
    "echo_json",
    "echo_table",
    "remark",
    "report_error",
    "table",
    "text_or_none",
    "time_or_none",
]

INCOMPLETE = 4
"""The exit code of what was done, but not completely: Numerai did not tell everything."""


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


def remark(text: str) -> None:
    """Say on standard error what is good to know and no part of what was asked for."""
    if not MANNER.quiet:
        click.echo(text, err=True)


def done(text: str) -> None:
    """Say that what was asked for is done, where nothing else is printed of it."""
    if not MANNER.quiet:
        click.echo(text)


def report_error(error: LedgerError) -> None:
    """What happened and what to do, on standard error."""
    click.echo(texts.line(f"{error.title}: {error.what}"), err=True)
    if error.advice:
        click.echo(error.advice, err=True)
