"""How unknown and old figures are written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.nmr import NMR
from ledger.domain.sums import Part, Sum
from tests.conftest import NOW
from tests.tui.untold import EARLIER, never, since
from tui import format
from tui.widgets.missing import figure, legend, part_of, sign_of, sum_text, worst
from tui.widgets.tables.columns import Cell

amounts = st.integers(min_value=0, max_value=10**22).map(NMR.from_wei)
parts = st.builds(Part, st.none() | amounts, st.none() | st.just(EARLIER))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], "0.000"),
        ([NMR("12.3")], "12.300"),
        ([NMR("12.3"), None], "12.300+?"),
        ([Part(NMR("12.3"), EARLIER)], "12.300*"),
        ([Part(NMR("12.3"), EARLIER), None], "12.300*+?"),
        ([None, None], "?"),
        ([Part(NMR(0), EARLIER)], "·*"),
    ],
)
def test_a_sum_says_what_it_lacks(parts: list[Part | NMR | None], said: str) -> None:
    assert sum_text(Sum.of(parts), 3) == said


@given(st.lists(parts))
def test_no_sum_hides_a_part(given_parts: list[Part]) -> None:
    total = Sum.of(given_parts)
    said = sum_text(total, 3)
    assert ("?" in said) is any(part.amount is None for part in given_parts)
    if total.known:
        assert ("*" in said) is (total.as_of is not None)
        assert said.startswith(format.nmr(total.known, 3))


def test_a_figure_is_itself_or_old_or_unknown() -> None:
    known = Cell("1.500", "strong")
    assert figure(known, None) is known
    assert figure(known, since(Fact.STAKE)).plain == "1.500*"
    assert figure(known, since(Fact.STAKE), None).plain == "?"
    assert figure(Cell("     ·", "muted"), never(Fact.PENDING)).plain == "     ?"
    assert {style for _, style in figure(known, since(Fact.STAKE)).pieces} == {"stale"}


def test_what_was_never_told_weighs_more_than_what_is_old() -> None:
    missing = MissingFacts([since(Fact.STAKE, "a"), never(Fact.PENDING, "a")])
    assert worst(missing, "a", Fact.STAKE, Fact.PENDING) == never(Fact.PENDING, "a")
    assert worst(missing, "b", Fact.STAKE, Fact.PENDING) is None
    assert sign_of(missing, ["a", "b"], Fact.STAKE) == "*"
    assert sign_of(missing, ["a", "b"], Fact.STAKE, Fact.PENDING) == "+?"
    assert sign_of(missing, ["b"], Fact.STAKE) == ""


def test_what_is_there_of_a_sum_stays() -> None:
    assert part_of(Cell("+1.0"), never(Fact.PAYOUTS), True).plain == "+1.0+?"
    assert part_of(Cell("·"), never(Fact.PAYOUTS), ()).plain == "?"
    assert part_of(Cell("+1.0"), since(Fact.PAYOUTS), True).plain == "+1.0*"


def test_the_legend_says_since_when_and_what() -> None:
    assert legend([], NOW) == ()
    gaps = [
        never(Fact.WALLET),
        since(Fact.STAKE, "a"),
        since(Fact.STAKE, "b", EARLIER + timedelta(hours=1)),
    ]
    said = ["".join(text for text, _ in parts) for _, parts in legend(gaps, NOW)]
    assert said == [
        "? not told by Numerai since 24 Nov 07:00",
        "* as of 22 Nov 09:00 or later",
        "stakes",
        "what the Numerai wallet holds",
    ]
