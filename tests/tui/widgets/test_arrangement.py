"""Columns as a user has them, whatever columns there were when that was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.tables.arrangement import Arrangement
from tui.widgets.tables.columns import Column, place

COLUMNS: list[Column[str]] = [
    Column("model", "model", str, fixed=True),
    Column("a", "a", str, drop=2),
    Column("b", "b", str, drop=5),
    Column("c", "c", str),
    Column("d", "d", str, drop=5),
    Column("e", "e", str, drop=9),
]
KEYS = [column.key for column in COLUMNS]
said = st.lists(st.sampled_from([*KEYS, "gone", "of another version"]), max_size=9)


def keys_of(columns: list[Column[str]]) -> list[str]:
    return [column.key for column in columns]


def test_a_column_of_a_newer_version_stands_where_it_does_by_default() -> None:
    assert keys_of(Arrangement(("e", "c", "a")).of(COLUMNS)) == ["model", "e", "c", "d", "a", "b"]
    assert keys_of(Arrangement(("b", "gone", "b", "e", "c", "d")).of(COLUMNS)) == [
        *("model", "a", "b", "e", "c", "d")
    ]


@given(said, st.frozensets(st.sampled_from([*KEYS, "gone"])))
def test_every_column_is_there_once_and_the_name_is_never_hidden(
    order: list[str], hidden: frozenset[str]
) -> None:
    arranged = Arrangement(tuple(order), hidden).of(COLUMNS)
    assert sorted(keys_of(arranged)) == sorted(KEYS)
    assert arranged[0].key == "model" and not arranged[0].hidden
    assert {column.key for column in arranged if column.hidden} == hidden & {*KEYS[1:]}
    known = [key for key in dict.fromkeys(order) if key in KEYS[1:]]
    assert [key for key in keys_of(arranged) if key in known] == known


@given(said, st.integers(min_value=1, max_value=40))
def test_which_columns_go_first_on_a_narrow_screen_stays(order: list[str], room: int) -> None:
    def shown(columns: list[Column[str]]) -> set[str]:
        placement = place(columns, lambda _: 3, room, 0)
        return {*placement.keys, *(column.key for column in placement.free)}

    assert shown(Arrangement(tuple(order)).of(COLUMNS)) == shown(COLUMNS)


widths = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3), st.booleans()), max_size=12)


@given(widths, st.integers(1, 60), st.integers(0, 14))
def test_as_many_columns_are_in_sight_as_fit(
    columns: list[tuple[int, int, bool]], room: int, first: int
) -> None:
    cells = {f"{at}": width for at, (width, _, _) in enumerate(columns)}
    given = [
        Column(f"{at}", "x", str, drop=drop, fixed=fixed)
        for at, (_, drop, fixed) in enumerate(columns)
    ]

    def span(keys: list[str]) -> int:
        return sum(cells[key] for key in keys) + 2 * max(0, len(keys) - 1)

    kept = list(given)
    while span(keys_of(kept)) > room and (worst := max(kept, key=lambda one: one.drop)).drop:
        kept.remove(worst)
    fixed = [one.key for one in kept if one.fixed]
    free = [one.key for one in kept if not one.fixed]
    starts = [at for at in range(len(free)) if span([*fixed, *free[at:]]) <= room]
    start = max(0, min(first, min(starts, default=len(free) - 1)))
    line = [*fixed, *free[start:]]
    fitting = [end for end in range(len(line) + 1) if span(line[:end]) <= room or end == 1]

    placed = place(given, lambda column: cells[column.key], room, first)
    assert keys_of(list(placed.free)) == free
    assert (placed.keys, placed.first) == (line[: max(fitting)], start)
