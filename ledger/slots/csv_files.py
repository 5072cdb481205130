"""The log of assignments as files: CSV, long or wide, and JSON.

Long has a line for each slot of each round, wide a column for each slot::

    round,slot,predictor            round,alder,basalt
    1402,alder,lgbm_a               1402,lgbm_a,ridge
    1402,basalt,-                   1403,,-

Long files of other programs may call the columns otherwise (:class:`Columns`) and have more of
them. ``-`` is a slot left empty on purpose; where nothing stands, nothing is said for the round and
the slot keeps what it had. Slots go by name, or by UUID where a name is not unique. JSON also
keeps the predictors with their notes, and source and time of every assignment. A name that a
spreadsheet could take for a formula has an apostrophe before it, in CSV. What is written
is canonical: the same log gives the same bytes. Reading is strict: what can't be understood is
a :class:`ConfigError` that names file, line and column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ledger.cells import csv_text, restored
from ledger.domain.model import Model, Tournament
from ledger.domain.names import listed
from ledger.domain.slots.predictor import Assignment, AssignmentSource, Predictor
from ledger.errors import ConfigError
from ledger.user_files import cut

EMPTY = "-"
"""A slot that is empty on purpose, in CSV."""

LONGEST_NAME = 64
"""Characters of a predictor's name, at most."""

LONG_HEADER = ("round", "slot", "predictor")
"""The columns of a long file, one assignment a line."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How a model's id is written."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a long file of another program calls the three columns; others in it are left alone."""

    round: str = LONG_HEADER[0]
    slot: str = LONG_HEADER[1]
    predictor: str = LONG_HEADER[2]


class Form(StrEnum):
    """What a file can look like."""

    LONG = "long"
    WIDE = "wide"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """One assignment in a file: ``slot_id`` in ``round`` holds ``predictor``.

    ``predictor`` is a name, ``None`` for an empty slot. ``source`` and ``at`` (UTC) come with JSON
    only; without them it is imported now.
    """

    round: int
    slot_id: str
    predictor: str | None
    source: AssignmentSource = AssignmentSource.IMPORTED
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file says of ``tournament``: its ``rows``, in the file's order.

    ``predictors`` (all ids 0) come with JSON only.
    """

    tournament: Tournament
    rows: tuple[Row, ...]
    predictors: tuple[Predictor, ...] = ()


class Slots:
    """Slot names of one tournament to ids and back."""

    def __init__(self, models: Iterable[Model], tournament: Tournament) -> None:
        self.tournament = tournament
        here = [model for model in models if model.tournament is tournament]
        counts: dict[str, int] = {}
        for model in here:
            counts[model.name] = counts.get(model.name, 0) + 1
        self._ids = {model.name: model.id for model in here if counts[model.name] == 1}
        self._slot_ids = {model.id for model in here}
        self._names = {slot_id: name for name, slot_id in self._ids.items()}

    def name(self, slot_id: str) -> str:
        """What a slot is called in a file."""
        return self._names.get(slot_id, slot_id)

    def find(self, text: str) -> str:
        """The id of the slot with this name or UUID.

        Raises:
            ValueError: there is none, with the reason and the way out as its two arguments.
        """
        if text in self._slot_ids:
            return text
        if text in self._ids:
            return self._ids[text]
        if _UUID.fullmatch(text):
            return text
        import difflib

        near = difflib.get_close_matches(cut(text), self._ids, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise ValueError(
            f"“{cut(text)}” is no slot of {self.tournament.label}",
            f"{hint}There are: {listed(sorted(self._ids))}.",
        )


def checked_name(text: str) -> str:
    """A predictor's name.

    Raises:
        ValueError: it can't be one, with the reason and the way out as its two arguments.
    """
    name = text.strip()
    if not name or name == EMPTY or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(
            f"“{cut(text)}” can't be a predictor's name",
            f"Use 1 to {LONGEST_NAME} printable characters, not “{EMPTY}” alone.",
        )
    return name


def form_of(path: Path) -> Form:
    """What a file of this name should look like; CSV is long."""
    return Form.JSON if path.suffix.lower() == ".json" else Form.LONG


def read_csv(
    path: Path,
    lines: Iterable[str],
    slots: Slots,
    *,
    latest: int,
    columns: Columns | None = None,
) -> Contents:
    """What the lines of a file say; ``latest`` is the last round anything may be said of.

    ``columns``: it is long and its columns are called like this.

    Raises:
        ConfigError: anything in it can't be understood.
    """
    return Contents(slots.tournament, tuple(_Table(path, lines, slots, latest, columns).rows()))


def write_csv(
    form: Form, said: Sequence[Assignment], predictors: Sequence[Predictor], slots: Slots
) -> str:
    """The text of a file, long or wide, for what was said."""
    names = {predictor.id: predictor.name for predictor in predictors}
    cells = {
        (assignment.round, slots.name(assignment.slot_id)): EMPTY
        if assignment.predictor_id is None
        else names[assignment.predictor_id]
        for assignment in said
    }
    if form is Form.LONG:
        return csv_text([LONG_HEADER, *((*key, cells[key]) for key in sorted(cells))])
    columns = sorted({slot for _, slot in cells})
    rounds = sorted({number for number, _ in cells})
    return csv_text(
        [
            ("round", *columns),
            *((number, *(cells.get((number, slot), "") for slot in columns)) for number in rounds),
        ]
    )


class _Table:
    """Understands a CSV file, or says where it can't."""

    def __init__(
        self,
        path: Path,
        lines: Iterable[str],
        slots: Slots,
        latest: int,
        columns: Columns | None,
    ) -> None:
        self._columns = columns
        self._path = path
        self._lines = lines
        self._slots = slots
        self._latest = latest
        self._line = 1
        self._header: list[str] = []
        self._first_lines: dict[tuple[int, str], int] = {}

    def rows(self) -> Iterator[Row]:
        """Every assignment, in the order of the file."""
        records = self._records()
        self._header = [name.strip() for name in next(records, [])]
        if not self._header:
            raise self._error(0, "is missing", "Begin with round,slot,predictor.")
        if self._columns is not None:
            yield from self._long(records, self._columns)
        elif sorted(self._header) == sorted(LONG_HEADER):
            yield from self._long(records, Columns())
        else:
            yield from self._wide(records)

    def _records(self) -> Iterator[list[str]]:
        reader = csv.reader(self._lines, strict=True)
        while True:
            self._line = reader.line_num + 1
            try:
                record = [restored(cell) for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error as error:
                raise ConfigError(
                    f"{self._path}, line {self._line}: this is not CSV ({error}).",
                    "Close every quotation mark.",
                ) from error
            if any(cell.strip() for cell in record):
                self._check_width(record)
                yield record

    def _check_width(self, record: list[str]) -> None:
        width = len(self._header) or len(record)
        if len(record) != width:
            column = min(len(record), width - 1)
            what = f"there are {len(record)} cells where the header has {width}"
            raise self._error(column, what, "Write one cell for each column.")

    def _long(self, records: Iterator[list[str]], columns: Columns) -> Iterator[Row]:
        names = (columns.round, columns.slot, columns.predictor)
        round_at, slot_at, predictor_at = (self._place(name) for name in names)
        for record in records:
            number = self._round(round_at, record)
            slot_id = self._slot(slot_at, record[slot_at].strip())
            yield self._row(number, slot_id, predictor_at, record)

    def _place(self, name: str) -> int:
        """Which column is called ``name``."""
        places = [place for place, called in enumerate(self._header) if called == name]
        if len(places) != 1:
            raise self._error(
                places[1] if places else 0,
                f"{len(places) or 'no'} columns are called “{cut(name)}”",
                f"There are: {cut(', '.join(self._header))}.",
            )
        return places[0]

    def _wide(self, records: Iterator[list[str]]) -> Iterator[Row]:
        if "round" not in self._header:
            raise self._error(
                0, "no column is called round", "Begin with round,slot,predictor, or round,SLOT,…."
            )
        first = self._header.index("round")
        slots = {
            column: self._slot(column, name)
            for column, name in enumerate(self._header)
            if column != first
        }
        taken: set[str] = set()
        for column, slot_id in slots.items():
            if slot_id in taken:
                raise self._error(column, "the slot has a column already", "Leave one out.")
            taken.add(slot_id)
        for record in records:
            number = self._round(first, record)
            for column, slot_id in slots.items():
                if record[column].strip():
                    yield self._row(number, slot_id, column, record)
            self._once(number, "", first, f"round {number}")

    def _row(self, number: int, slot_id: str, column: int, record: list[str]) -> Row:
        self._once(number, slot_id, column, f"slot {self._slots.name(slot_id)} in round {number}")
        return Row(number, slot_id, self._predictor(column, record[column]))

    def _once(self, number: int, slot_id: str, column: int, what: str) -> None:
        before = self._first_lines.setdefault((number, slot_id), self._line)
        if before != self._line:
            raise self._error(column, f"{what} stands in line {before} already", "Leave one out.")

    def _round(self, column: int, record: list[str]) -> int:
        try:
            return checked_round(record[column].strip(), self._latest)
        except ValueError as error:
            raise self._error(column, *error.args) from error

    def _slot(self, column: int, text: str) -> str:
        try:
            return self._slots.find(text)
        except ValueError as error:
            raise self._error(column, *error.args) from error

    def _predictor(self, column: int, text: str) -> str | None:
        if text.strip() in {"", EMPTY}:
            return None
        try:
            return checked_name(text)
        except ValueError as error:
            raise self._error(column, *error.args) from error

    def _error(self, column: int, what: str, advice: str) -> ConfigError:
        name = self._header[column] if column < len(self._header) else ""
        label = f"column {column + 1}" + (f" ({cut(name)})" if name else "")
        return ConfigError(f"{self._path}, line {self._line}, {label}: {what}.", advice)


def checked_round(text: str, latest: int) -> int:
    """A round's number.

    Raises:
        ValueError: it can't be one, with the reason and the way out as its two arguments.
    """
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise ValueError(f"“{cut(text)}” is no round", "Write a number, like 1402.")
    if int(text) > latest:
        raise ValueError(f"round {text} lies too far ahead", f"Rounds up to {latest} can be said.")
    return int(text)
