"""The table: what it draws, where the cursor goes, and how little it repaints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.tui.driving import until
from tui import theme
from tui.widgets.tables.grid import Cell, Column, Grid


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: int | None
    colour: str = "green"


FRUITS = [Fruit("pear", 180), Fruit("apple", 150, "red"), Fruit("fig", None, "blue")]


def columns() -> list[Column[Fruit]]:
    return [
        Column("name", "name", lambda f: f.name, lambda f: f.name, fixed=True),
        Column(
            "weight",
            "weight",
            lambda f: Cell("·" if f.weight is None else str(f.weight), "muted"),
            lambda f: f.weight,
            align="right",
        ),
        Column("colour", "colour", lambda f: f.colour, lambda f: f.colour, drop=1),
    ]


class Watched(Grid[Any]):
    """Keeps the regions it was asked to repaint."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.repainted: list[Region] = []
        super().__init__(*args, **settings)

    def refresh(self, *regions: Region, **settings: Any) -> Any:
        self.repainted += regions or [Region(0, 0, 999, 999)]
        return super().refresh(*regions, **settings)


class Shown(App[None]):
    """Nothing but a table, and what it said."""

    CSS_PATH = "../../../tui/styles/app.tcss"

    def __init__(self, grid: Grid[Any], rows: list[Any] | None) -> None:
        super().__init__()
        self.grid, self.given = grid, rows
        self.said: list[tuple[str, Any]] = []
        theme.install(self, theme.DEFAULT_THEME)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.variables(dark=True)

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        if self.given is not None:
            self.grid.set_rows(self.given)

    def on_grid_moved(self, event: Grid.Moved[Any]) -> None:
        self.said.append(("moved", event.row))

    def on_grid_chosen(self, event: Grid.Chosen[Any]) -> None:
        self.said.append(("chosen", event.row))


def fruit_grid(**settings: Any) -> Watched:
    return Watched(columns(), row_key=lambda f: f.name, empty="No fruit.", **settings)


def lines(grid: Grid[Any]) -> list[str]:
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


async def test_columns_line_up() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        drawn = lines(app.grid)
    ends = {line.find(end) + len(end) for line, end in zip(drawn, ("weight", "180"), strict=False)}
    assert len(ends) == 1
    assert [line[2:8].strip() for line in drawn[:4]] == ["name", "pear", "apple", "fig"]
    assert drawn[1].startswith("▌ ")
    assert drawn[2].startswith("  ")


def anew(grid: Grid[Any]) -> list[Any]:
    """The lines as they look when nothing drawn before is used."""
    strips, drawn = grid._strips, grid._drawn
    grid._strips, grid._drawn = {}, {}
    lines = [list(grid.render_line(y)) for y in range(grid.size.height)]
    grid._strips, grid._drawn = strips, drawn
    return lines


async def test_rows_drawn_before_look_as_if_they_were_drawn_anew() -> None:
    fruits = [Fruit(f"fruit {n:02}", n or None) for n in range(40)]
    app = Shown(fruit_grid(), fruits)
    async with app.run_test(size=(40, 8)) as pilot:
        grid = app.grid

        async def go_over(*more: str) -> None:
            for key in ("pagedown", "pagedown", "j", "k", "pageup", "G", "g", *more):
                await pilot.press(key)
                await pilot.pause()
                assert [list(grid.render_line(y)) for y in range(grid.size.height)] == anew(grid)

        await go_over()
        grid.set_rows([Fruit(one.name, 7, "blue") for one in fruits[1:]])
        await go_over("left", "right")
        grid.sort_by("name", reverse=True)
        await go_over()
        grid.set_columns(columns()[:2])
        await go_over()
        app.theme = "numstake-light"
        await go_over()
        await pilot.resize_terminal(30, 9)
        await until(pilot, lambda: grid.size.height == 9)
        await go_over()


async def test_moving_repaints_what_marks_two_rows_and_nothing_else() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        grid = app.grid
        assert isinstance(grid, Watched)
        grid.repainted.clear()
        await pilot.press("down")
        for y, name, weight in ((1, "pear", "180"), (2, "apple", "150")):
            parts = [part for part in grid.repainted if part.y == y and part.height == 1]
            repainted = {x for part in parts for x in part.column_range}
            at = lines(grid)[y].find
            assert {0, *range(at(name), at(name) + len(name))} <= repainted
            assert not repainted & {*range(at(weight), at(weight) + len(weight))}
        assert {part.y for part in grid.repainted} == {1, 2}
        assert grid.selected == FRUITS[1]


@pytest.mark.parametrize("theme_name", [one.name for one in theme.THEMES])
async def test_the_row_under_the_cursor_stands_out_from_end_to_end(theme_name: str) -> None:
    app = Shown(fruit_grid(), FRUITS)
    app.theme = theme_name
    async with app.run_test(size=(80, 8)) as pilot:
        for width in (40, 80, 200):
            await pilot.resize_terminal(width, 8)
            await until(pilot, lambda width=width: app.grid.outer_size.width == width)
            chosen, other = (list(app.grid.render_line(y)) for y in (1, 2))
            assert [part.text for part in chosen if part.style and part.style.reverse] == ["pear"]
            plain = {part.style.bgcolor for part in other if part.style}
            shaded = [part for part in chosen if part.style and part.style.bgcolor not in plain]
            assert len(plain) == 1
            assert len(shaded) >= 3
            assert sum(map(len, (part.text for part in chosen[-1:]))) > 1
            assert chosen[-1] in shaded


async def test_the_same_rows_again_repaint_nothing() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        grid = app.grid
        assert isinstance(grid, Watched)
        grid.repainted.clear()
        grid.set_rows(list(FRUITS))
        assert grid.repainted == []
        grid.set_rows([FRUITS[0], Fruit("apple", 151, "red"), FRUITS[2]])
        assert grid.repainted == [Region(0, 2, 40, 1)]


async def test_rest_is_told_once_and_choice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.tables.grid.PAUSE", 0.5)  # three keys are never so slow
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        await pilot.press("j", "j", "k")
        await until(pilot, lambda: app.said)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.said) > 1)
        assert app.said == [("moved", FRUITS[1]), ("chosen", FRUITS[1])]


async def test_sorting_keeps_the_cursor_on_its_row_and_unknowns_last() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        grid = app.grid
        grid.sort_by("weight")
        assert [fruit.name for fruit in grid.rows] == ["apple", "pear", "fig"]
        assert grid.selected == FRUITS[0]
        assert "weight▲" in lines(grid)[0]
        grid.sort_by("weight", reverse=True)
        assert [fruit.name for fruit in grid.rows] == ["pear", "apple", "fig"]
        assert "weight▼" in lines(grid)[0]


async def test_a_sort_begins_at_the_top() -> None:
    many = [Fruit(f"f{number:03}", number) for number in range(100)]
    app = Shown(fruit_grid(), many)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press(*["down"] * 30)
        await until(pilot, lambda: app.grid.scroll_offset.y > 0)
        app.grid.sort_anew("weight", reverse=True)
        await until(pilot, lambda: app.grid.scroll_offset.y == 0)
        assert app.grid.selected == many[99]
        assert lines(app.grid)[1].split() == ["▌", "f099", "99", "green"]
        app.grid.move_to(3)
        app.grid.sort_anew(None)
        assert app.grid.selected == many[0]
        app.grid.move_to(3)
        app.grid.sort_anew("name")
        assert app.grid.selected == many[3]


async def test_a_click_on_a_label_sorts_and_another_reverses() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.click(Grid, offset=(3, 0))
        assert [fruit.name for fruit in app.grid.rows] == ["apple", "fig", "pear"]
        weight = lines(app.grid)[0].index("weight")
        await pilot.click(Grid, offset=(weight, 0))
        assert [fruit.weight for fruit in app.grid.rows] == [180, 150, None]
        await pilot.click(Grid, offset=(weight, 0))
        assert [fruit.weight for fruit in app.grid.rows] == [150, 180, None]
        await pilot.click(Grid, offset=(38, 0))
        assert [fruit.weight for fruit in app.grid.rows] == [150, 180, None]


async def test_new_rows_keep_the_cursor_by_key() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.press("G")
        app.grid.set_rows([FRUITS[2], FRUITS[0]])
        assert app.grid.selected == FRUITS[2]
        app.grid.set_rows([FRUITS[0]])
        assert app.grid.selected == FRUITS[0]
        app.grid.set_rows([])
        assert app.grid.selected is None


async def test_narrow_screens_leave_out_what_matters_least() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(20, 8)) as pilot:
        await pilot.pause()
        assert lines(app.grid)[0].split() == ["name", "weight"]
        await pilot.resize_terminal(40, 8)
        await until(pilot, lambda: lines(app.grid)[0].split() == ["name", "weight", "colour"])


async def test_an_empty_table_says_why() -> None:
    app = Shown(fruit_grid(), None)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.press("down", "up", "enter", "pagedown", "end", "s")
        assert not any(lines(app.grid)), "nobody knows yet that it is empty"
        app.grid.set_rows([])
        await pilot.press("down", "up", "enter", "pagedown", "end", "s")
        drawn = lines(app.grid)
        assert "No fruit." in "\n".join(drawn)
        assert "weight" not in "\n".join(drawn)


async def test_totals_stay_while_rows_scroll() -> None:
    many = [Fruit(f"f{number:03}", number) for number in range(100)]
    app = Shown(fruit_grid(), many)
    async with app.run_test(size=(40, 12)) as pilot:
        app.grid.set_totals({"name": "100 fruit", "weight": Cell("4950", "strong")})
        await pilot.press("end")
        await pilot.pause()
        drawn = lines(app.grid)
        assert drawn[0].split()[0] == "name"
        assert drawn[-1].split() == ["100", "fruit", "4950"]
        assert drawn[-2].startswith("▌ f099")


async def test_leaving_the_screen_moves_on_by_half_a_page() -> None:
    many = [Fruit(f"f{number:03}", number) for number in range(100)]
    app = Shown(fruit_grid(), many)
    async with app.run_test(size=(40, 21)) as pilot:
        await pilot.press(*["down"] * 19)
        assert app.grid.scroll_offset.y == 0
        await pilot.press("down")
        await until(pilot, lambda: app.grid.scroll_offset.y == 10)
        assert app.grid.selected == many[20]
        await pilot.press("home")
        await until(pilot, lambda: app.grid.scroll_offset.y == 0)


def matrix(width: int) -> list[Column[int]]:
    first = Column[int]("row", "row", lambda row: f"r{row}", fixed=True)
    return [
        first,
        *(
            Column[int](f"c{number}", f"col{number}", lambda row, n=number: f"{row}.{n}", width=6)
            for number in range(width)
        ),
    ]


async def test_a_matrix_scrolls_sideways_beside_its_fixed_column() -> None:
    grid = Grid(matrix(40), row_key=str, empty="", cell_cursor=True)
    app = Shown(grid, list(range(20)))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert grid.selected_column is not None
        assert grid.selected_column.key == "c0"
        await pilot.press(*["right"] * 39)
        await pilot.pause()
        assert grid.selected_column.key == "c39"
        heads = lines(grid)[0].split()
        assert heads[0] == "row"
        assert heads[-1] == "col39"
        assert "col0" not in heads
        await pilot.press(*["h"] * 39)
        assert lines(grid)[0].split()[:2] == ["row", "col0"]


async def test_only_lines_in_sight_are_drawn() -> None:
    asked: set[int] = set()

    def cell(row: int) -> str:
        asked.add(row)
        return "x"

    wide = [Column[int](f"c{n}", f"c{n}", cell, width=5) for n in range(100)]
    app = Shown(Grid(wide, row_key=str, empty=""), list(range(500)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert max(asked) < 30


async def test_a_click_selects_and_a_second_one_chooses() -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.click(Grid, offset=(5, 3))
        assert app.grid.selected == FRUITS[2]
        await pilot.click(Grid, offset=(5, 2), times=2)
        await until(pilot, lambda: ("chosen", FRUITS[1]) in app.said)


async def test_a_text_too_long_ends_in_an_ellipsis() -> None:
    long = [Column[str]("a", "a", lambda text: Cell(parts=((text, "gain"), ("tail", "muted"))))]
    app = Shown(Grid(long, row_key=str, empty=""), ["x" * 90])
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        assert lines(app.grid)[1].endswith("x…")


@pytest.mark.parametrize("size", [(10, 3), (3, 2), (200, 60)])
async def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    app = Shown(fruit_grid(), FRUITS)
    async with app.run_test(size=size) as pilot:
        await pilot.press("down", "end", "pageup", "right", "left")
        assert app.grid.selected is not None


async def test_a_label_is_whole_where_the_gap_has_room() -> None:
    def column(key: str, label: str, full: str) -> Column[str]:
        return Column(key, label, lambda _: "1.00", None, "right", width=8, full_label=full)

    row = Column[str]("row", "row", lambda row: row, fixed=True)
    grid = Grid(
        [row, column("a", "cobalt_…", "cobalt_v2"), column("b", "x…", "x" * 30)],
        row_key=str,
        empty="",
    )
    app = Shown(grid, ["r"])
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        heading, first = lines(app.grid)[:2]
        assert heading.split() == ["row", "cobalt_v2", "x…"]
        assert heading.index("cobalt_v2") + len("cobalt_v2") == first.index("1.00") + len("1.00")
