"""Where a move goes, as typed: names with or without shares, exact to the wei."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.errors import ChangeError
from ledger.rules.moves.shares import moved_amount, shares_of
from tests.ledger.accounts import model

MODELS = [model(name) for name in ("birch", "cedar", "dune")]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("birch", [("birch", "10")]),
        ("birch, CEDAR", [("birch", "5"), ("cedar", "5")]),
        ("birch=30%, cedar", [("birch", "3"), ("cedar", "7")]),
        ("birch=4,cedar=6", [("birch", "4"), ("cedar", "6")]),
        ("birch = 2.5 NMR, cedar, dune", [("birch", "2.5"), ("cedar", "3.75"), ("dune", "3.75")]),
    ],
)
def test_shares_are_read(text: str, shares: list[tuple[str, str]]) -> None:
    assert shares_of(text, NMR(10), MODELS) == tuple((key, NMR(nmr)) for key, nmr in shares)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("elm", "no model"),
        ("birch, birch", "twice"),
        ("birch=4, cedar=5", "9 NMR, not 10"),
        ("birch=11, cedar", "11 NMR, not 10"),
        ("birch=1,5", "no model"),
        ("birch=-1", "above zero"),
    ],
)
def test_what_can_t_be_meant_is_said(text: str, why: str) -> None:
    with pytest.raises(ChangeError, match=why):
        shares_of(text, NMR(10), MODELS)


@pytest.mark.parametrize(
    ("text", "nmr"), [("20", "20"), ("25%", "10"), ("all", "40"), (" Max ", "40"), ("2 NMR", "2")]
)
def test_how_much_moves(text: str, nmr: str) -> None:
    assert moved_amount(text, NMR(40)) == NMR(nmr)


@given(st.integers(3, 10**25), st.integers(0, 100))
def test_shares_add_up_to_what_moves(wei: int, percent: int) -> None:
    nmr = NMR.from_wei(wei)
    shares = shares_of(f"birch={percent}%, cedar, dune", nmr, MODELS)
    assert NMR.total(share for _, share in shares) == nmr


def test_a_namesake_of_the_source_is_called_as_it_is_shown() -> None:
    source, twin = (
        Model(f"alder-{tournament.value}", "alder", tournament)
        for tournament in (Tournament.CLASSIC, Tournament.SIGNALS)
    )
    for text in ("alder", "alder (Signals)"):
        assert shares_of(text, NMR(10), [*MODELS, twin], [source]) == ((twin.id, NMR(10)),)
    with pytest.raises(ChangeError, match="no model"):
        shares_of("alder (Classic)", NMR(10), [*MODELS, twin], [source])
