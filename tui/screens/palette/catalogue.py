"""All entries of the palette, found by a few letters; what was chosen last comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tui.screens.palette.entries import Entry, Kind, found_in
from tui.screens.palette.scoring import Index, Rank, Search

if TYPE_CHECKING:
    from ledger.book import Book


class Section:
    """Entries with their index."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self.ids = tuple(entry.id for entry in self.entries)
        self.index = Index(entry.text for entry in self.entries)
        self.kinds: dict[Kind, list[int]] = {}
        """Places of the entries of each kind."""
        for place, entry in enumerate(self.entries):
            self.kinds.setdefault(entry.kind, []).append(place)


class Catalogue:
    """What ``sections`` list, in this order. ``recent`` are the ids of what was chosen last, the
    newest first."""

    def __init__(self, sections: Sequence[Section], recent: Sequence[str] = ()) -> None:
        self._sections = tuple(sections)
        self.entries = tuple(entry for section in sections for entry in section.entries)
        ids = [entry_id for section in sections for entry_id in section.ids]
        self._places = dict(zip(ids, range(len(ids)), strict=True))
        there = [self._places[entry_id] for entry_id in recent if entry_id in self._places]
        self._ages = {place: age for age, place in enumerate(there)}
        self._searches: dict[Kind | None, list[Search]] = {}

    def get(self, entry_id: str) -> Entry | None:
        """The entry with this id."""
        place = self._places.get(entry_id)
        return self.entries[place] if place is not None else None

    def of(self, kind: Kind) -> list[Entry]:
        """All entries of one kind."""
        return [
            section.entries[place]
            for section in self._sections
            for place in section.kinds.get(kind, ())
        ]

    def everything(self) -> list[Entry]:
        """All there is, what was chosen last on top."""
        others = (place for place in range(len(self.entries)) if place not in self._ages)
        return [self.entries[place] for place in (*self._ages, *others)]

    def matching(
        self, text: str, kind: Kind | None = None, *, worst: Rank = Rank.HELP
    ) -> list[Entry]:
        """What ``text`` may mean, the likeliest first; of one ``kind``, where that is said, and
        nothing that fits worse than ``worst``. An empty text means all of a kind."""
        if kind is not None and not text.strip():
            return self.of(kind)
        ages, oldest = self._ages, len(self._ages)
        ranked = [
            (rank, ages.get(place, oldest), place)
            for place, rank in self._ranks(text, kind)
            if rank <= worst
        ]
        ranked.sort()
        return [self.entries[place] for _, _, place in ranked]

    def _ranks(self, text: str, kind: Kind | None) -> Iterator[tuple[int, Rank]]:
        searches = self._searches.get(kind)
        if searches is None:
            searches = self._searches[kind] = [
                Search(section.index, None if kind is None else section.kinds.get(kind, ()))
                for section in self._sections
            ]
        first = 0
        for section, search in zip(self._sections, searches, strict=True):
            for place, rank in search.ranks(text).items():
                yield first + place, rank
            first += len(section.entries)


_READ: WeakKeyDictionary[Book, tuple[int, Section]] = WeakKeyDictionary()
"""What each ledger names, and as of which of its generations."""


def section_of(book: Book, generation: int) -> Section | None:
    """What the ledger names, if that was read in this ``generation`` of it."""
    read = _READ.get(book)
    return read[1] if read is not None and read[0] == generation else None


def read_section(book: Book, generation: int) -> Section:
    """The same, read now; takes up to some tens of milliseconds.

    Raises:
        StoreError: the ledger can't be read.
    """
    section = Section(found_in(book.findable()))
    _READ[book] = generation, section
    return section


def aged(recent: Iterable[str], newest: str, most: int) -> list[str]:
    """``recent`` with ``newest`` in front, ``most`` at most."""
    return [newest, *(key for key in recent if key != newest)][:most]
