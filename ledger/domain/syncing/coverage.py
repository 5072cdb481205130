"""Which rounds the ledger holds for good: proof of what is complete, from which gaps follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Covered(StrEnum):
    """What ranges of rounds are known to be. The subject is a tournament's number as text for
    rounds, a model's id for the others.

    ``ROUNDS``, ``PERFORMANCES`` and ``SUBMISSIONS``: final, and stored whole. ``ABSENT_...``:
    listed once as not there where that proves nothing; it is believed when a later sync says the
    same. ``LACKING_...``: complete but for parts Numerai refused, asked for anew when it takes
    them again.
    """

    ROUNDS = "rounds"
    PERFORMANCES = "performances"
    SUBMISSIONS = "submissions"
    ABSENT_PERFORMANCES = "absent-performances"
    ABSENT_SUBMISSIONS = "absent-submissions"
    LACKING_ROUNDS = "lacking-rounds"
    LACKING_PERFORMANCES = "lacking-performances"


@dataclass(frozen=True, slots=True, order=True)
class RoundRange:
    """Rounds ``first`` to ``last``, both included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


class RoundRanges:
    """A set of round numbers, kept as ranges in order that neither touch nor overlap."""

    __slots__ = ("_ranges",)

    def __init__(self, ranges: Iterable[RoundRange] = ()) -> None:
        self._ranges = _joined(sorted(ranges))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> RoundRanges:
        """The set of these numbers."""
        runs: list[list[int]] = []
        for number in sorted(set(numbers)):
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        return cls(RoundRange(first, last) for first, last in runs)

    @classmethod
    def span(cls, first: int, last: int) -> RoundRanges:
        """All rounds from ``first`` to ``last``; none when ``last`` comes before ``first``."""
        return cls([RoundRange(first, last)] if first <= last else [])

    def __or__(self, other: RoundRanges) -> RoundRanges:
        return RoundRanges([*self._ranges, *other._ranges])

    def __sub__(self, other: RoundRanges) -> RoundRanges:
        remaining = list(self._ranges)
        for hole in other:
            remaining = [piece for entry in remaining for piece in _without(entry, hole)]
        return RoundRanges(remaining)

    def __and__(self, other: RoundRanges) -> RoundRanges:
        return self - (self - other)

    def __contains__(self, number: int) -> bool:
        return any(entry.first <= number <= entry.last for entry in self._ranges)

    def __iter__(self) -> Iterator[RoundRange]:
        return iter(self._ranges)

    def __len__(self) -> int:
        """How many rounds there are in it."""
        return sum(map(len, self._ranges))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RoundRanges):
            return NotImplemented
        return self._ranges == other._ranges

    def __hash__(self) -> int:
        return hash(self._ranges)

    def __repr__(self) -> str:
        return f"RoundRanges({list(self._ranges)!r})"


def _joined(ranges: Iterable[RoundRange]) -> tuple[RoundRange, ...]:
    """``ranges``, which come in order of their first rounds, without those that touch."""
    joined: list[RoundRange] = []
    for entry in ranges:
        if entry.last < entry.first:
            continue
        if joined and entry.first <= joined[-1].last + 1:
            before = joined.pop()
            joined.append(RoundRange(before.first, max(before.last, entry.last)))
        else:
            joined.append(entry)
    return tuple(joined)


def _without(entry: RoundRange, hole: RoundRange) -> Iterator[RoundRange]:
    if hole.last < entry.first or hole.first > entry.last:
        yield entry
        return
    if entry.first < hole.first:
        yield RoundRange(entry.first, hole.first - 1)
    if hole.last < entry.last:
        yield RoundRange(hole.last + 1, entry.last)


NO_ROUNDS = RoundRanges()
"""No round at all."""
