"""How well a few typed letters fit a name: from the name itself down to its help text.

Separators and case mean nothing. Of several words each has to fit, in any order, and the worst of
them counts. Names with digits first, like those of rounds, take no wrong letters: another number is
another thing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

SLIPS = ((4, 1), (8, 2))
"""How many slips a word of so many letters may have; shorter ones none."""

_GAP = 6
"""Letters that may lie between two of those that were typed."""

_SEPARATORS = re.compile(r"[\W_]+")


class Rank(IntEnum):
    """How something fits, the best first."""

    EXACT = 0
    """It is the name."""
    PREFIX = 1
    """The name begins with it."""
    WORD = 2
    """Words of the name begin with it."""
    INSIDE = 3
    """The name holds it."""
    TYPO = 4
    """Words of the name begin with it but for a letter too many, too few, wrong or swapped."""
    LOOSE = 5
    """Its letters stand in the name in this order, from the beginning of a word."""
    HELP = 6
    """Words of the help text begin with it."""


@dataclass(frozen=True, slots=True)
class Text:
    """What something is found by: its name, other words of which the beginnings count like those
    of the name, and its help text."""

    name: str
    also: str = ""
    help: str = ""


def fold(text: str) -> str:
    """``text`` as it is compared: words in lower case with one blank between them."""
    return _SEPARATORS.sub(" ", text.casefold()).strip()


def slips_allowed(word: str) -> int:
    """How many slips ``word`` may have where it was typed."""
    if word[:1].isdecimal():
        return 0
    return max((slips for length, slips in SLIPS if len(word) >= length), default=0)


def begins_nearly(typed: str, word: str, slips: int) -> bool:
    """Whether ``word`` begins with ``typed`` but for so many letters that are too many, too few,
    wrong, or swapped with their neighbour."""
    pairs = enumerate(zip(typed, word, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(typed), len(word)))
    typed, word = typed[same:], word[same:]
    if len(typed) <= slips:
        return True
    if not slips:
        return False
    left = slips - 1
    return (
        begins_nearly(typed[1:], word[1:], left)
        or begins_nearly(typed[1:], word, left)
        or (bool(word) and begins_nearly(typed, word[1:], left))
        or (typed[:2] == word[1::-1] and begins_nearly(typed[2:], word[2:], left))
    )


class Index:
    """Texts, prepared to be searched again and again."""

    def __init__(self, texts: Iterable[Text]) -> None:
        every = tuple(texts)
        self._names = [fold(text.name) for text in every]
        self._places = [
            f" {name} {fold(text.also)}" for name, text in zip(self._names, every, strict=True)
        ]
        self._helps = [f" {fold(text.help)}" for text in every]
        self._words: dict[str, list[int]] = {}
        for index, place in enumerate(self._places):
            for word in set(place.split()):
                if not word[0].isdecimal():
                    self._words.setdefault(word, []).append(index)
        self._nearly = lru_cache(maxsize=64)(self._slipped)

    def __len__(self) -> int:
        return len(self._names)

    def ranks(self, query: str, among: Collection[int] | None = None) -> dict[int, Rank]:
        """How ``query``, folded, fits each text that it fits, by index; of those ``among``, and of
        those with slips, or of all."""
        words = query.split()
        slipped = [self._nearly(word) for word in words]
        places: Collection[int] = range(len(self)) if among is None else among
        if among is not None and any(slipped):
            places = set(among).union(*slipped)
        tests = [
            (f" {word}", word, near, _loosely(word))
            for word, near in zip(words, slipped, strict=True)
        ]
        ranks = {}
        for index in places:
            rank = self._rank(index, query, tests)
            if rank is not None:
                ranks[index] = rank
        return ranks

    def _rank(self, index: int, query: str, tests: Sequence[_Test]) -> Rank | None:
        name = self._names[index]
        if name.startswith(query):
            return Rank.EXACT if name == query else Rank.PREFIX
        place = self._places[index]
        worst = Rank.WORD
        for begin, word, near, loose in tests:
            if begin in place:
                continue
            if word in name:
                rank = Rank.INSIDE
            elif index in near:
                rank = Rank.TYPO
            elif loose is not None and loose.search(f" {name}"):
                rank = Rank.LOOSE
            elif begin in self._helps[index]:
                rank = Rank.HELP
            else:
                return None
            worst = max(worst, rank)
        return worst

    def _slipped(self, typed: str) -> frozenset[int]:
        slips = slips_allowed(typed)
        if not slips:
            return frozenset()
        return frozenset(
            index
            for word, indices in self._words.items()
            if begins_nearly(typed, word, slips)
            for index in indices
        )


_Test = tuple[str, str, frozenset[int], re.Pattern[str] | None]


def _loosely(word: str) -> re.Pattern[str] | None:
    if len(word) < 2 or word[0].isdecimal():
        return None
    return re.compile(f".{{0,{_GAP}}}?".join([" " + re.escape(word[0]), *map(re.escape, word[1:])]))


class Search:
    """Searches of one index, or of its texts at the places ``among``, while a text is typed: a
    longer one looks only at what the shorter one has found."""

    def __init__(self, index: Index, among: Collection[int] | None = None) -> None:
        self._index = index
        self._among = among if among is None else frozenset(among)
        self._query = ""
        self._found: Collection[int] = ()

    def ranks(self, text: str) -> dict[int, Rank]:
        """How ``text`` fits each text that it fits, by index; an empty one fits nothing."""
        query = fold(text)
        if not query:
            self._query = ""
            return {}
        goes_on = bool(self._query) and query.startswith(self._query)
        ranks = self._index.ranks(query, self._found if goes_on else self._among)
        if self._among is not None:
            ranks = {place: rank for place, rank in ranks.items() if place in self._among}
        self._query, self._found = query, ranks.keys()
        return ranks
