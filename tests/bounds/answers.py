"""Answers on their way in, with values in them that nobody could mean."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

VALUES = (
    "1e9999999", "-1e9999999", "1e-3000000", "9" * 5_000, "NaN", "-Infinity", "[[1]]",
    f'"{"9" * 5_000}"', "99999999", "-1", '"0001-01-01T00:00:00+01:00"', r'"\ud800\u0000"',
)  # fmt: skip
"""As they stand in the text of an answer."""

KEPT = {"id", "modelId", "__typename"}
"""Fields that say what a row is about: without them it is left out as a whole."""

Place = tuple[str, ...]
"""The names on the way to a field, without places in lists."""


class Spoiler:
    """Puts a value of :data:`VALUES` into every field of one of ``groups`` groups of fields.

    Which value it is changes from row to row and from ``turn`` to ``turn``: after as many turns as
    there are groups times values, every field has had each. ``put`` counts them.
    """

    def __init__(self, groups: int) -> None:
        self.turn = 0
        self.put: set[tuple[Place, int]] = set()
        self.places: dict[Place, int] = {}
        self._groups = groups
        self._rows: Counter[Place] = Counter()

    def begin(self, turn: int) -> None:
        """The next sync."""
        self.turn = turn
        self._rows.clear()

    def __call__(self, content: bytes) -> bytes:
        """The content of an answer, spoiled."""
        answer = json.loads(content)
        if not isinstance(answer.get("data"), dict):
            return content
        answer["data"] = self._spoiled(answer["data"], ())
        text = json.dumps(answer)
        for number, value in enumerate(VALUES):
            text = text.replace(f'"@{number}@"', value)
        return text.encode()

    def _spoiled(self, value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            return {
                key: entry
                if key in KEPT
                else self._spoiled(entry, (*place, key.rstrip("0123456789")))
                for key, entry in value.items()
            }
        if isinstance(value, list):
            return [self._spoiled(entry, place) for entry in value]
        if value is None or isinstance(value, bool):
            return value
        index = self.places.setdefault(place, len(self.places))
        if index % self._groups != self.turn % self._groups:
            return value
        number = (self.turn // self._groups + self._rows[place]) % len(VALUES)
        self._rows[place] += 1
        self.put.add((place, number))
        return f"@{number}@"


def _name(key: str) -> str:
    """A field by its alias without the number of a place in a batch."""
    return key.rstrip("0123456789")
