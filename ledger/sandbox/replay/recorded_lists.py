"""Recorded rows, found by other ranges and pages than they were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from ledger.exact_json import encode
from ledger.sandbox.replay.recordings import Field, RecordedField

_BY_ROUND = {
    "v2RoundModelPerformances": ("modelId", "roundNumber"),
    "submissionScores": ("modelId", "roundNumber"),
    "rounds": ("tournament", "number"),
}
"""Lists of rounds: the argument that must be the same, and where a row has its number."""

_ENDLESS = 10**9

Row = dict[str, Any]


def rows(field: Field, parts: Iterable[RecordedField]) -> list[Any] | None:
    """The recorded rows that ``field`` asks for; ``None`` where nothing like it was recorded."""
    lists = [part for part in parts if isinstance(part.value, list)]
    if field.name == "stakeTransactions":
        return _transactions(field, lists) if lists else None
    if field.name not in _BY_ROUND or str(field.arguments.get("number")) == "0":
        return None
    argument, number = _BY_ROUND[field.name]
    same = [
        part
        for part in lists
        if _argument(part.field, argument) == _argument(field, argument)
        and (number,) in part.field.paths()
    ]
    latest = _latest(lists, field, number)
    span = _range(field, latest)
    if not any(_meet(span, _range(part.field, latest)) for part in same):
        return None
    complete = _complete(_by_round(same, number), {child.name for child in field.children})
    if complete is None:
        return None
    kept = [row for row in complete if span[0] <= row[number] <= span[1]]
    return _page(kept, field.arguments)


def newest(value: list[Any], field: Field, depth: int) -> list[Any]:
    """The submissions of as many rounds as are asked for, if that is less than ``depth``."""
    asked = int(field.arguments.get("latestNRounds") or depth)
    numbers = [number for row in value if (number := _number(row, "roundNumber")) is not None]
    if asked >= depth or not numbers:
        return value
    first = max(numbers) - asked
    return [row for row in value if (_number(row, "roundNumber") or first) >= first]


def merged(old: Any, new: Any) -> Any:
    """Two tellings of the same thing; where both say something, the newer counts."""
    if new is None:
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return _merged_lists(old, new)
    return new


def _merged_lists(old: list[Any], new: list[Any]) -> list[Any]:
    ids = [
        [row.get("id") if isinstance(row, dict) else None for row in part] for part in (old, new)
    ]
    if all(None not in part and len(set(part)) == len(part) for part in ids):
        newer = dict(zip(ids[1], new, strict=True))
        older = dict(zip(ids[0], old, strict=True))
        return [merged(older.get(key), newer.get(key)) for key in dict.fromkeys([*older, *newer])]
    rows_only = all(isinstance(row, dict) for row in [*old, *new])
    if rows_only and len(old) == len(new):
        return [merged(a, b) for a, b in zip(old, new, strict=True)]
    return new


def _argument(field: Field, name: str) -> str:
    return str(field.arguments.get(name))


def _number(row: Any, name: str) -> int | None:
    value = row.get(name) if isinstance(row, dict) else None
    return value if isinstance(value, int) else None


def _by_round(parts: Iterable[RecordedField], number: str) -> list[Row]:
    """All rows, the newest round first; a row that comes twice in one answer stays double."""
    rows_by_round: dict[int, list[Row]] = {}
    for part in parts:
        groups: dict[int, list[Row]] = {}
        for row in part.value:
            at = _number(row, number)
            if at is not None:
                groups.setdefault(at, []).append(row)
        for at, group in groups.items():
            pairs = zip_longest(rows_by_round.get(at, []), group)
            rows_by_round[at] = [merged(a, b) if a is not None else b for a, b in pairs]
    return [row for at in sorted(rows_by_round, reverse=True) for row in rows_by_round[at]]


def _complete(rows: list[Row], names: set[str]) -> list[Row] | None:
    """The rows that have all ``names``; ``None`` where there are rows and none of them has."""
    complete = [row for row in rows if names <= row.keys()]
    return None if rows and not complete else complete


def _latest(parts: Iterable[RecordedField], field: Field, number: str) -> int:
    """The newest round of the tournament that any answer has."""
    tournament = _argument(field, "tournament")
    numbers = [
        at
        for part in parts
        if _argument(part.field, "tournament") == tournament
        for row in part.value
        if (at := _number(row, number)) is not None
    ]
    return max(numbers, default=0)


def _range(field: Field, latest: int) -> tuple[int, int]:
    """The rounds a question is about; a name with underscores and one without mean the same."""
    limits = {name.lower().replace("__", ""): value for name, value in field.arguments.items()}
    exact = limits.get("roundnumbereq", limits.get("number"))
    if exact is not None:
        return int(exact), int(exact)
    first = latest - int(limits.get("lastnrounds", latest)) + 1
    return max(first, int(limits.get("roundnumbergte", first))), int(
        limits.get("roundnumberlte", _ENDLESS)
    )


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _page(rows: list[Any], arguments: Mapping[str, Any]) -> list[Any]:
    start = int(arguments.get("offset", 0))
    return rows[start : start + int(arguments.get("limit", len(rows)))]


def _transactions(field: Field, parts: list[RecordedField]) -> list[Any]:
    """Rows of all pages, each as often as one page had it, in the order of the pages."""
    pages = sorted(parts, key=lambda part: int(part.field.arguments.get("offset", 0)))
    counted: Counter[str] = Counter()
    rows = []
    for part in pages:
        here: Counter[str] = Counter()
        for row in part.value:
            key = encode(row)
            here[key] += 1
            if here[key] > counted[key]:
                counted[key] += 1
                rows.append(row)
    asked = field.arguments.get("modelIds") or [field.arguments.get("modelId")]
    ids, kind = set(map(str, asked)) - {"None"}, field.arguments.get("type")
    kept = [
        row
        for row in rows
        if isinstance(row, dict)
        and (not ids or row.get("modelId") in ids)
        and (kind is None or row.get("type") == kind)
    ]
    return _page(kept, field.arguments)
