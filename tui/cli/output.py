"""Plain text and JSON on standard output, errors on standard error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

import click

from ledger.clock import iso
from ledger.domain import text as texts
from ledger.errors import LedgerError
from tui.cli.manner import MANNER
from tui.cli.printing import print_verbatim
from tui.cli.tables import Column, echo_table, table

__all__ = [
    "INCOMPLETE",
    "Column",
    "done",
    "echo_json",
    "echo_table",
    "json_parts",
    "remark",
    "report_error",
    "table",
    "text_or_none",
    "time_or_none",
]

INCOMPLETE = 4
"""The exit code of what was done, but not completely: Numerai did not tell everything."""


_CHUNK = 1 << 16
"""Characters written at a time of a document that is longer."""


def echo_json(value: Any) -> None:
    """One JSON document; what is no plain text in it is escaped. See :func:`json_parts`."""
    waiting: list[str] = []
    size = 0
    for part in json_parts(value):
        waiting.append(part)
        size += len(part)
        if size >= _CHUNK:
            print_verbatim(_plain("".join(waiting)))
            waiting, size = [], 0
    print_verbatim(_plain("".join(waiting)) + "\n")


def json_parts(value: Any, margin: str = "\n") -> Iterator[str]:
    """``value`` as indented JSON, part by part.

    In the objects that hold the others, an iterator becomes an array whose items are written as
    they come, and a function is called when it is its turn: so a document may be longer than
    memory, and end with what its items came to.
    """
    if callable(value):
        value = value()
    inner = margin + "  "
    if isinstance(value, Iterator):
        before = "["
        for item in value:
            yield before + inner + _json(item, inner)
            before = ","
        yield "[]" if before == "[" else margin + "]"
    elif isinstance(value, dict) and any(map(_comes_later, value.values())):
        before = "{"
        for key, each in value.items():
            yield f"{before}{inner}{_key(key)}: "
            yield from json_parts(each, inner)
            before = ","
        yield margin + "}"
    else:
        yield _json(value, margin)


def _comes_later(value: Any) -> bool:
    return callable(value) or isinstance(value, Iterator)


def _json(value: Any, margin: str) -> str:
    """As ``json.dumps`` with an indent of 2 has it behind ``margin``, in a third of the time."""
    inner = margin + "  "
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict) and value:
        pairs = [f"{inner}{_key(key)}: {_json(each, inner)}" for key, each in value.items()]
        return f"{{{','.join(pairs)}{margin}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{','.join([inner + _json(each, inner) for each in value])}{margin}]"
    return json.dumps(value)


def _key(key: Any) -> str:
    return encode_basestring(key if isinstance(key, str) else json.dumps(key))


def _plain(text: str) -> str:
    if text.replace("\n", "").isprintable() or text == texts.lines(text):
        return text
    return "".join(map(_escaped, text))


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
