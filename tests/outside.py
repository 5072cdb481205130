"""What may stand in a text from outside, and answers in which it stands everywhere."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.exchange import Arriving

CLASSES = {
    "escape sequence": "\x1b[2J",
    "clipboard": "\x1b]52;c;eA==\x07",
    "title": "\x1b]0;x\x1b\\",
    "bell": "\x07",
    "backspace": "\x08\x08",
    "carriage return": "\r",
    "line break": "\n",
    "delete": "\x7f",
    "eight-bit escape": "\x9b2J",
    "next line": "\x85",
    "line separator": "\u2028",
    "bidirectional": "\u202e",
    "isolate": "\u2066",
    "zero width": "\u200b\u2060\ufeff",
    "tag": "\U000e0041",
    "surrogate": "\ud800",
}
"""Every class of character that a terminal may take for more than a text, by name."""

_WORDS = (
    *(("account", "username"), ("account", "key_name"), ("account", "currency")),
    *(("model", "name"), ("reputation", "name"), ("round_score", "display_name")),
    *(("scheduled_transaction", "model_name"), ("scheduled_transaction", "status")),
    *(("stake_transaction", "type"), ("stake_transaction", "note"), ("sync_problem", "what")),
    *(("wallet_transaction", "sender"), ("wallet_transaction", "status")),
)
"""Columns of the ledger that hold words."""

EVERY = "".join(CLASSES.values())
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}

_EXACT = re.compile(
    r"[-+\d.,eE]+|0x[0-9a-fA-F]*|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d(?:[T ][\d:.]+Z?)?"
)
"""Figures, hashes, ids and times: what is not text."""


def steers(text: str, *, may_break: bool = False) -> set[str]:
    """What in ``text`` is more than text; ``may_break``: lines are expected to end."""
    steering = {letter for letter in text if unicodedata.category(letter) in STEERING}
    return steering - {"\n"} if may_break else steering


class Hostile:
    """Puts every class of character into texts of the answers that this process reads.

    ``all_of``: figures, ids and times too. ``only`` are the fields whose texts it changes, all
    where there are none given. ``fields`` are the texts it met, by their place in an answer.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.all_of = False
        self.raw = False
        self.only: frozenset[str] = frozenset()
        self.answer: Callable[[Any], Any] | None = None
        self.fields: set[str] = set()
        content = Arriving.content

        def changed(arriving: Arriving, largest: int) -> bytearray:
            document = json.loads(content(arriving, largest))
            document = self._changed(document, "") if self.answer is None else self.answer(document)
            text = json.dumps(document, ensure_ascii=not self.raw)
            return bytearray(text.encode("utf-8", "surrogatepass"))

        monkeypatch.setattr(Arriving, "content", changed)

    def _changed(self, value: Any, place: str) -> Any:
        if isinstance(value, dict):
            return {key: self._changed(one, f"{place}.{_plain(key)}") for key, one in value.items()}
        if isinstance(value, list):
            return [self._changed(one, f"{place}[]") for one in value]
        if not isinstance(value, str) or not (self.all_of or not _EXACT.fullmatch(value)):
            return value
        if self.only and place.rpartition(".")[2] not in self.only:
            return value
        self.fields.add(place)
        return f"{value[:2]}{EVERY}{value[2:]}"


def _plain(key: str) -> str:
    """A field without the number that tells it from its like in one request."""
    return re.sub(r"\d+", "#", key)


def fill(file: Path, words: str = EVERY) -> int:
    """Put ``words`` into the names and texts of a ledger, as an earlier version let them in; how
    many columns took them."""
    words = words.replace("\ud800", "")
    connection = sqlite3.connect(file)
    taken = 0
    for table, column in _WORDS:
        changed = connection.execute(
            f"UPDATE {table} SET {column} = ? || {column} || ?",
            (words, words),
        )
        taken += changed.rowcount > 0
    connection.commit()
    connection.close()
    return taken
