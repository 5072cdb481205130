"""Curves and bars in text cells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from ledger.domain.nmr import NMR
from tui import theme
from tui.widgets.charts.chart import Chart, drawn
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.line_plot import Lines
from tui.widgets.charts.plain_plot import draw_plain
from tui.widgets.charts.plot import (
    POINTER,
    Bars,
    Curve,
    Ink,
    Row,
    draw,
    nice_step,
    plain,
    tick_labels,
)
from tui.widgets.charts.pointing import point_at
from tui.widgets.charts.stack import Fan, Stack

amounts = st.integers(min_value=-(10**24), max_value=10**24).map(
    lambda wei: NMR.from_wei(wei).amount
)
sizes = st.tuples(st.integers(min_value=1, max_value=90), st.integers(min_value=1, max_value=20))


def a_curve(*values: str, pending: tuple[str, ...] = ()) -> Curve:
    settled = tuple(Decimal(value) for value in values)
    projected = settled + tuple(Decimal(value) for value in pending)
    return Curve(settled + (settled[-1],) * len(pending), projected, "1300", "1399")


def ink_of(rows: list[Row], ink: Ink) -> str:
    return "".join(run.text for row in rows for run in row if run.ink is ink)


@st.composite
def contents(draw_: st.DrawFn) -> Curve | Bars:
    settled = tuple(draw_(st.lists(amounts, max_size=60)))
    if draw_(st.booleans()):
        finals = tuple(draw_(st.lists(st.booleans(), min_size=len(settled), max_size=len(settled))))
        return Bars(settled, finals, tuple(str(index) for index in range(len(settled))))
    moved = draw_(st.lists(amounts, min_size=len(settled), max_size=len(settled)))
    cut = draw_(st.integers(min_value=0, max_value=len(settled)))
    return Curve(settled, settled[:cut] + tuple(moved[cut:]), "1", str(len(settled)))


@given(contents(), sizes)
def test_a_click_means_the_point_whose_marker_stands_nearest(
    content: Curve | Bars, size: tuple[int, int]
) -> None:
    points = len(content.amounts if isinstance(content, Bars) else content.projected)
    places = [plain(draw(replace(content, at=at), *size))[-1].find(POINTER) for at in range(points)]
    places = places if any(place >= 0 for place in places) else []
    for x in range(size[0]) if places else ():
        point = point_at(content, x, *size, plain=False)
        nearest = min(abs(place - x) for place in places if place >= 0)
        if isinstance(content, Bars):  # a bar is as wide as it is drawn
            before = [at for at, place in enumerate(places) if 0 <= place <= x]
            assert point is None or point == before[-1]
            assert point is not None or nearest
        else:
            assert point is None or abs(places[point] - x) == nearest
            assert point is not None or x not in range(places[0], places[-1] + 1)


A_LARGE_BURN_AND_EIGHT = Bars(
    (Decimal(-100), *[Decimal("-5.25")] * 8), (True,) * 9, tuple(str(index) for index in range(9))
)
"""In twelve cells the large one is not seen, whose label is narrower than that of the others."""


@given(contents(), sizes)
@example(A_LARGE_BURN_AND_EIGHT, (12, 5))
def test_any_amounts_fill_any_size_exactly(content: Curve | Bars, size: tuple[int, int]) -> None:
    width, height = size
    lines = plain(draw(content, width, height))
    assert [len(line) for line in lines] == [width] * height


def test_a_rising_curve_rises() -> None:
    rows = draw(a_curve("0", "1", "2", "3", "4"), 30, 8)
    lines = plain(rows)
    firsts = [next((x for x, c in enumerate(line[4:]) if "⠀" < c <= "⣿"), None) for line in lines]
    drawn = [x for x in firsts if x is not None]
    assert drawn == sorted(drawn, reverse=True)
    assert len(drawn) == 7


def test_what_is_projected_is_told_apart_from_what_is_settled() -> None:
    rows = draw(a_curve("0", "1", "2", pending=("2.5", "3", "2.8")), 40, 8)
    assert ink_of(rows, Ink.SETTLED)
    dotted = ink_of(rows, Ink.PROJECTED)
    assert dotted
    right_dots = 0x08 | 0x10 | 0x20 | 0x80
    assert not any((ord(cell) - 0x2800) & right_dots for cell in dotted[1:] if cell > "⠀")


def test_a_curve_that_is_settled_has_nothing_projected() -> None:
    assert not ink_of(draw(a_curve("0", "-1", "2"), 40, 8), Ink.PROJECTED)


def test_the_axis_says_where_zero_is() -> None:
    lines = plain(draw(a_curve("0", "-3", "5"), 40, 10))
    (zero,) = [line for line in lines if line.lstrip().startswith("0┤")]
    assert "╌" in zero


def test_the_ends_of_the_x_axis_are_named() -> None:
    last = plain(draw(a_curve("0", "1"), 40, 6))[-1]
    assert last.split() == ["1300", "1399"]


def test_a_single_round_is_a_line() -> None:
    assert ink_of(draw(a_curve("2"), 30, 6), Ink.SETTLED)


def test_gains_stand_on_the_line_and_burns_hang_from_it() -> None:
    bars = Bars((Decimal("2"), Decimal("-1")), (True, True), ("1", "2"))
    rows = draw(bars, 20, 9)
    lines = plain(rows)
    zero = next(index for index, line in enumerate(lines) if "─" in line)
    assert any("█" in line or "▄" in line for line in lines[:zero])
    assert any("█" in line or "▀" in line for line in lines[zero + 1 : -1])
    assert ink_of(rows, Ink.BURN)


def test_a_bar_that_can_still_move_is_thin() -> None:
    bars = Bars((Decimal("2"), Decimal("2")), (True, False), ("1", "2"))
    lines = plain(draw(bars, 20, 6))
    assert "█" in lines[0]
    assert "│" in lines[0].split("┤")[1]


def test_more_rounds_than_cells_shows_the_newest() -> None:
    many = tuple(Decimal(number + 1) for number in range(100))
    labels = tuple(str(number) for number in range(100))
    last = plain(draw(Bars(many, (True,) * 100, labels), 40, 8))[-1]
    assert last.split()[-1] == "99"
    assert last.split()[0] != "0"


@given(st.integers(min_value=1, max_value=10**30), st.integers(min_value=1, max_value=12))
def test_steps_are_round_and_not_too_many(span: int, most: int) -> None:
    step = nice_step(span, most)
    assert span // step <= most
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_ticks_have_just_the_decimals_they_need() -> None:
    whole = 10**18
    assert list(tick_labels(-whole, 2 * whole, 3).values()) == ["−1", "0", "1", "2"]
    assert "0.5" in tick_labels(0, whole, 2).values()


@st.composite
def stacks(draw_: st.DrawFn) -> Stack | Fan:
    points = draw_(st.integers(min_value=1, max_value=70))
    some = st.integers(min_value=0, max_value=10**24).map(NMR.from_wei)
    lines = [tuple(draw_(st.lists(some, min_size=points, max_size=points))) for _ in range(3)]
    if draw_(st.booleans()):
        return Stack(tuple(lines), "today", "1 Jan", ((points // 2, "50%"),))
    low, mean, high = zip(*(sorted(each) for each in zip(*lines, strict=True)), strict=True)
    return Fan(low, mean, high, "today", "1 Jan")


@given(stacks(), sizes)
def test_any_stack_fills_any_size_exactly(content: Stack | Fan, size: tuple[int, int]) -> None:
    width, height = size
    lines = plain(drawn(content, width, height))
    assert [len(line) for line in lines] == [width] * height


def test_layers_stand_on_each_other_and_differ_without_colour() -> None:
    stack = Stack(((NMR(4), NMR(0)), (NMR(4), NMR(8))), "today", "then", ((0, "50%"),))
    *rows, axis = plain(drawn(stack, 40, 9))
    first = [row[row.index("│" if "│" in row else "┤") + 1] for row in rows]
    assert first == ["▓"] * 4 + ["█"] * 4
    assert all(row.rstrip().endswith("▓") for row in rows)
    assert axis.split() == ["today", "then"]


def test_the_mean_runs_through_its_band() -> None:
    fan = Fan((NMR(1),) * 2, (NMR(5),) * 2, (NMR(9),) * 2, "today", "then")
    lines = plain(drawn(fan, 40, 10))
    (mean,) = [index for index, line in enumerate(lines) if "━" in line]
    assert "░" in lines[mean - 1]
    assert "░" in lines[mean + 1]


class ChartApp(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.variables(dark=True)

    def compose(self) -> ComposeResult:
        yield Chart()


async def test_the_widget_fills_its_room_and_follows_its_size() -> None:
    app = ChartApp()
    async with app.run_test(size=(50, 12)) as pilot:
        chart = app.query_one(Chart)
        chart.show(a_curve("0", "1", "2"))
        await pilot.pause()
        before = [chart.render_line(y).text for y in range(12)]
        assert before == plain(draw(a_curve("0", "1", "2"), 50, 12))
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert chart.render_line(0).cell_length == 30


async def test_the_same_again_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ChartApp()
    async with app.run_test(size=(50, 12)) as pilot:
        chart = app.query_one(Chart)
        chart.show(a_curve("0", "1", "2"))
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(chart, "refresh", lambda *args, **_: painted.append(args))
        chart.show(a_curve("0", "1", "2"))
        assert not painted
        chart.show(a_curve("0", "1", "3"))
        assert painted


@given(st.one_of(contents(), stacks()), sizes)
def test_plain_charts_fill_any_size_too(
    content: Curve | Bars | Stack | Fan, size: tuple[int, int]
) -> None:
    width, height = size
    lines = plain(draw_plain(content, width, height))
    assert [len(line) for line in lines] == [width] * height
    assert not any("⠀" <= cell <= "⣿" for line in lines for cell in line)


def test_a_plain_chart_says_its_ends_and_draws_one_row() -> None:
    rows = draw_plain(a_curve("0", "1", "2", "4", pending=("8",)), 60, 8)
    words, bars, ends, *blank = plain(rows)
    assert "low 0  high 8  last 8" in words
    assert bars.rstrip() == "▁▂▃▅█"
    assert ink_of(rows, Ink.PROJECTED) == "█"
    assert ends.split() == ["1300", "1399"]
    assert not "".join(blank).strip()


def test_plain_burns_hang() -> None:
    bars = Bars((Decimal("2"), Decimal("-2"), Decimal("0")), (True, True, True), ("1", "2", "3"))
    rows = draw_plain(bars, 20, 5)
    assert plain(rows)[1].startswith("█▀ ")
    assert ink_of(rows, Ink.BURN) == "▀"


class PlainCharts(ChartApp):
    """An app on a slow line."""

    full_charts = False

    def compose(self) -> ComposeResult:
        yield Chart()


async def test_a_slow_line_gets_plain_charts() -> None:
    app = PlainCharts()
    async with app.run_test(size=(40, 10)) as pilot:
        chart = app.query_one(Chart)
        chart.show(a_curve("0", "1", "2"))
        await pilot.pause()
        assert chart.render_line(0).text.startswith("low 0")


RISING, FALLING = (0.0, 1.0, 2.0), (0.0, -1.0, -2.0)
TWO_LINES = Lines(
    *("NMR", (FALLING,), RISING, -2.0, 2.0, "1", "3"),
    heavy_name="with",
    names=("without",),
    places=("round 1", "round 2", "round 3"),
)


def colours(rows: list[Row], text: str) -> set[Ink]:
    return {run.ink for row in rows for run in row if text in run.text}


def test_a_legend_has_the_colours_of_its_lines() -> None:
    heading, *plot, _ = TWO_LINES.draw(60, 12)
    assert "".join(run.text for run in heading).split() == ["NMR", "━", "with", "─", "without"]
    inks = {line.name: line.ink for line in TWO_LINES.lines}
    assert colours([heading], "with ") == {inks["with"]}
    assert colours([heading], "without") == {inks["without"]}
    middle = len(plot) // 2
    assert inks["without"] not in {run.ink for row in plot[: middle - 1] for run in row}
    assert inks["with"] not in {run.ink for row in plot[middle + 1 :] for run in row}


def test_a_line_chosen_is_read_off_and_the_others_step_back() -> None:
    heading, *plot, axis = replace(TWO_LINES, chosen=1, at=1).draw(60, 12)
    assert "▸ without  round 2  −1.0000" in "".join(run.text for run in heading)
    inks = {run.ink for row in plot for run in row}
    assert TWO_LINES.lines[1].ink in inks
    assert TWO_LINES.lines[0].ink not in inks
    pointer = "".join(run.text for run in axis).index(POINTER)
    assert abs(pointer - 31) <= 2


def test_more_names_than_room_are_counted() -> None:
    many = replace(TWO_LINES, paths=(FALLING,) * 30, names=tuple(f"model_{n}" for n in range(30)))
    for width in (20, 40, 80, 200):
        heading = "".join(run.text for run in many.draw(width, 12)[0])
        shown = heading.count("─")
        assert len(heading) == width
        assert f"+{30 - shown}" in heading.split() or heading.split()[-1] == f"+{31}"


async def test_arrows_choose_a_line_and_go_along_it() -> None:
    class OneChart(ChartApp):
        def compose(self) -> ComposeResult:
            yield LineChart()

    app = OneChart()
    async with app.run_test(size=(60, 12)) as pilot:
        chart = app.query_one(LineChart)
        chart.show(TWO_LINES)
        chart.focus()
        heading = lambda: chart.render_line(0).text  # noqa: E731
        await pilot.press("up")
        assert "▸ with  round 3  +2.0000" in heading()
        await pilot.press("down", "left", "left", "left")
        assert "▸ without  round 1  0.0000" in heading()
        chart.show(replace(TWO_LINES, title="USD"))
        assert "USD  ▸ without  round 1" in heading()
        assert chart.let_go()
        assert not chart.let_go()
        assert "━ with" in heading()


class LineCharts(ChartApp):
    def compose(self) -> ComposeResult:
        yield LineChart()


@pytest.mark.parametrize("plain_charts", [False, True])
async def test_a_click_on_lines_chooses_the_nearest_and_reads_it_off(plain_charts: bool) -> None:
    app = LineCharts()
    app.full_charts = not plain_charts  # type: ignore[attr-defined]
    async with app.run_test(size=(60, 12)) as pilot:
        chart = app.query_one(LineChart)
        chart.show(TWO_LINES)
        await pilot.pause()
        x, y = (2, 1) if plain_charts else (59, 9)
        await pilot.click(chart, offset=(x, y))
        content = chart.content
        assert isinstance(content, Lines)
        assert (content.chosen, content.at) == ((0, 2) if plain_charts else (1, 2))
        await pilot.click(chart, offset=(0, 9))
        assert chart.content is content or plain_charts, "the axis is no point"
