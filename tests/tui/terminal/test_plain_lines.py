"""Every line of every widget is a line of text, as wide as it was laid out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.conftest import BookMaker
from tests.tui.driving import QUIET
from tui.app import NumstakeApp
from tui.terminal.plain_lines import PlainLines

BLACK = Color(0, 0, 0)


@given(st.lists(st.text(st.characters(codec=None)), max_size=4))
def test_a_line_steers_nothing_and_keeps_its_width(texts: list[str]) -> None:
    bold = Style(bold=True)
    before = [Segment(text, bold) for text in texts]
    after = PlainLines().apply(before, BLACK)
    assert all(segment.text.isprintable() and segment.style is bold for segment in after)
    assert [cell_len(segment.text) for segment in after] == [cell_len(text) for text in texts]


def test_a_line_of_text_is_left_alone() -> None:
    line = [Segment("alder ✓ 字"), Segment(" 12.5 NMR")]
    assert PlainLines().apply(line, BLACK) is line


def test_the_app_paints_nothing_around_it(make_book: BookMaker) -> None:
    (first, *_) = NumstakeApp(make_book(config=QUIET)).get_line_filters()
    assert isinstance(first, PlainLines)
