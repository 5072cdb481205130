"""Answers mutated at random: what is lost of them, and what is put in its place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

ODD_TEXTS = (
    "", " ", "\x1b[31mred\x07", "[bold]x[/]", "'; DROP TABLE model; --", "\u202e\u0000", "x" * 5000,
    "null", "NaN", "1,5", "0x", "1e400", "2026-13-45T99:99:99Z", "🦔",
)  # fmt: skip
HUGE = (10**30, -(10**30), 1e308, float("inf"), "9" * 400, 2**63, -1)

Place = tuple[Any, Any]
"""A dict or list of an answer, and the key or index in it."""


class Mutator:
    """Mutates about every second answer, always the same way from one seed.

    ``lies``: also with values that could be true. ``mutated`` counts answers; ``told`` are all
    numbers that the answers held as they went out, and sums of a row's payouts.
    """

    def __init__(self, seed: int, *, lies: bool) -> None:
        self.mutated = 0
        self.told: set[Decimal] = {Decimal(0)}
        self._random = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self._ways: list[Callable[[dict[str, Any]], None]] = [
            self._drop, self._null, self._null_with_error, self._retype, self._odd, self._nan,
            self._empty, self._double, self._shuffle, self._cap,
        ]  # fmt: skip
        if lies:
            self._ways += [self._huge, self._swap]

    def __call__(self, answer: dict[str, Any]) -> dict[str, Any]:
        """``answer`` as it goes out."""
        if self._random.random() < 0.6 and answer.get("data"):
            self.mutated += 1
            for _ in range(self._random.randint(1, 3)):
                self._random.choice(self._ways)(answer)
        self.told.update(_numbers(answer.get("data")))
        return answer

    def body(self) -> tuple[str, dict[str, Any]] | None:
        """Now and then a fault of the sandbox that spoils a whole answer."""
        if self._random.random() > 0.15:
            return None
        self.mutated += 1
        form = self._random.choice(("html", "empty", "truncated"))
        return "body", {"form": form, "status": self._random.choice((200, 400, 404, 500, 502))}

    def _place(self, answer: dict[str, Any], kind: type | None = None) -> Place | None:
        places = [
            (holder, key)
            for holder, key in _places(answer.get("data"))
            if kind is None or isinstance(holder[key], kind)
        ]
        return self._random.choice(places) if places else None

    def _set(self, answer: dict[str, Any], value: Any) -> None:
        if place := self._place(answer):
            place[0][place[1]] = value

    def _drop(self, answer: dict[str, Any]) -> None:
        if place := self._place(answer):
            del place[0][place[1]]

    def _null(self, answer: dict[str, Any]) -> None:
        self._set(answer, None)

    def _null_with_error(self, answer: dict[str, Any]) -> None:
        answer["data"] = dict(answer["data"])
        if answer["data"]:
            key = self._random.choice(sorted(answer["data"]))
            answer["data"][key] = None
            error = {"message": "Internal server error", "path": [key]}
            answer["errors"] = [*answer.get("errors", ()), error]

    def _retype(self, answer: dict[str, Any]) -> None:
        self._set(answer, self._random.choice((True, [], {}, [1], {"a": 1})))

    def _odd(self, answer: dict[str, Any]) -> None:
        self._set(answer, self._random.choice(ODD_TEXTS))

    def _nan(self, answer: dict[str, Any]) -> None:
        self._set(answer, float("nan"))

    def _empty(self, answer: dict[str, Any]) -> None:
        if place := self._place(answer, list):
            place[0][place[1]] = []

    def _double(self, answer: dict[str, Any]) -> None:
        if place := self._place(answer, list):
            place[0][place[1]] = [row for row in place[0][place[1]] for _ in range(2)]

    def _shuffle(self, answer: dict[str, Any]) -> None:
        if place := self._place(answer, list):
            self._random.shuffle(place[0][place[1]])

    def _cap(self, answer: dict[str, Any]) -> None:
        if place := self._place(answer, list):
            rows = place[0][place[1]]
            del rows[self._random.randint(0, len(rows)) :]

    def _huge(self, answer: dict[str, Any]) -> None:
        self._set(answer, self._random.choice(HUGE))

    def _swap(self, answer: dict[str, Any]) -> None:
        one, other = self._place(answer), self._place(answer)
        if one and other and one[1] == other[1] and not isinstance(one[1], int):
            (a, key), (b, _) = one, other
            a[key], b[key] = b[key], a[key]


def _places(value: Any) -> Iterator[Place]:
    entries: Any = ()
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    for key, inner in entries:
        yield value, key
        yield from _places(inner)


def _numbers(value: Any) -> Iterator[Decimal]:
    """All numbers in an answer; of wei also the NMR, of a row's payouts also their sums."""
    if isinstance(value, dict):
        yield from _sums(value.get("submissionScores"))
        yield from (one for inner in value.values() for one in _numbers(inner))
    elif isinstance(value, list):
        yield from (one for inner in value for one in _numbers(inner))
    elif (number := _number(value)) is not None:
        yield number
        if number == number.to_integral_value():
            yield number.scaleb(-18)


def _sums(scores: Any) -> Iterator[Decimal]:
    rows = [row for row in scores if isinstance(row, dict)] if isinstance(scores, list) else []
    amounts = [
        number
        for row in rows[:6]
        for name in ("payoutSettled", "payoutPending")
        if (number := _number(row.get(name))) is not None
    ]
    for size in (2, 3):
        yield from (sum(some, Decimal(0)) for some in combinations(amounts[:8], size))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).replace(",", "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal("1E40") else None
