"""Tables of scores by round and model: read from CSV, or made of performances."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from ledger.domain import text as texts
from ledger.domain.slots.backtest import ScoreTable
from ledger.errors import TableError
from ledger.user_files import cut, unmarked

ROUND_COLUMNS = ("round", "roundNumber")
"""What the column of round numbers may be called."""

_MOST_PLACES = 100
"""Places before or after the point beyond which a figure is no score."""

_LONGEST = 1_000
"""Characters of a score."""

_MISSING = frozenset({"", "na", "nan", "null", "none", "-"})


def read_csv(lines: Iterable[str], name: str) -> ScoreTable:
    """A table from CSV with a header: a round column and a column per model, in any order.

    ``lines``: an open text file (``newline=""``), or lines; ``name`` is what errors call it. A
    score is missing when its cell is empty or says ``nan``, ``na``, ``null``, ``none`` or ``-``.
    Rounds may come in any order and are sorted.

    Raises:
        TableError: not such a table; says file, line and column.
    """
    reader = csv.reader(unmarked(lines), strict=True)
    try:
        header = [texts.line(cell).strip() for cell in next(reader, [])]
        column = _round_column(header, name)
        rows: dict[int, tuple[Decimal | None, ...]] = {}
        for cells in reader:
            if any(cell.strip() for cell in cells):
                where = f"{name}, line {reader.line_num}"
                number, values = _row(cells, header, column, where)
                if number in rows:
                    raise TableError(
                        f"{where}, column {cut(header[column])}: round {number} comes twice.",
                        "Keep one line per round.",
                    )
                rows[number] = values
    except csv.Error as error:
        raise TableError(
            f"{name}, line {reader.line_num}: not CSV: {error}.", "Correct that line."
        ) from error
    except UnicodeDecodeError as error:
        raise TableError(f"{name} is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    if not rows:
        raise TableError(f"{name} holds no rounds.", "Add a line per round under the header.")
    models = tuple(cell for index, cell in enumerate(header) if index != column)
    rounds = tuple(sorted(rows))
    return ScoreTable(rounds, models, tuple(rows[number] for number in rounds))


def select(
    table: ScoreTable,
    *,
    models: Sequence[str] | None = None,
    first: int | None = None,
    last: int | None = None,
    complete: bool = False,
) -> ScoreTable:
    """The part of ``table`` with ``models`` (all without any) and rounds ``first`` to ``last``.

    ``complete`` leaves out rounds in which a chosen model has no score.

    Raises:
        TableError: a model is not in the table or named twice, or no round is left.
    """
    names = table.models if models is None else tuple(models)
    columns = [_column(table, name) for name in names]
    if len(set(names)) < len(names) or not names:
        raise TableError("A model is named twice." if names else "No model is chosen.")
    chosen = {
        number: tuple(row[column] for column in columns)
        for number, row in zip(table.rounds, table.values, strict=True)
        if (first is None or number >= first) and (last is None or number <= last)
    }
    if complete:
        chosen = {number: row for number, row in chosen.items() if None not in row}
    if not chosen:
        raise TableError(
            "No round is left to look at.",
            "Choose fewer models or more rounds" + (", or all rounds." if complete else "."),
        )
    return ScoreTable(tuple(chosen), names, tuple(chosen.values()))


def _round_column(header: Sequence[str], name: str) -> int:
    where = f"{name}, line 1"
    places = [index for index, cell in enumerate(header) if cell in ROUND_COLUMNS]
    if len(places) != 1:
        what = "two round columns" if places else "no round column"
        raise TableError(f"{where}: {what}.", f"Name one column {' or '.join(ROUND_COLUMNS)}.")
    first_columns: dict[str, int] = {}
    for index, cell in enumerate(header):
        if not cell:
            raise TableError(f"{where}, column {index + 1}: no name.", "Name the model.")
        if first_columns.setdefault(cell, index) != index:
            raise TableError(f"{where}, column {index + 1}: {cut(cell)} comes twice.", "Rename it.")
    if len(header) == 1:
        raise TableError(f"{where}: no model.", "Add a column per model.")
    return places[0]


def _row(
    cells: Sequence[str], header: Sequence[str], column: int, where: str
) -> tuple[int, tuple[Decimal | None, ...]]:
    if len(cells) != len(header):
        raise TableError(
            f"{where}: {len(cells)} cells under {len(header)} columns, from column "
            f"{min(len(cells), len(header)) + 1} on.",
            "Give every line as many cells as the header.",
        )
    text = cells[column].strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise TableError(
            f"{where}, column {cut(header[column])}: “{cut(text)}” is not a round number."
        )
    values = tuple(
        _value(cell.strip(), f"{where}, column {cut(header[index])}")
        for index, cell in enumerate(cells)
        if index != column
    )
    return int(text), values


def _value(text: str, where: str) -> Decimal | None:
    if text.lower() in _MISSING:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or abs(value.adjusted()) > _MOST_PLACES or len(text) > _LONGEST:
        raise TableError(
            f"{where}: “{cut(text)}” is not a score.", "Write a number (0.0123), or leave it empty."
        )
    return value


def _column(table: ScoreTable, name: str) -> int:
    if name not in table.models:
        raise TableError(f"{name} is not in the table.", f"There are: {', '.join(table.models)}.")
    return table.models.index(name)
