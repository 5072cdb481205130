"""NMR: exact to the wei, blind to floats, and never rounded towards spending more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO

weis = st.integers(min_value=-(10**27), max_value=10**27)


@given(weis, weis)
def test_sums_are_exact(first: int, second: int) -> None:
    assert (NMR.from_wei(first) + NMR.from_wei(second)).wei == first + second
    assert (NMR.from_wei(first) - NMR.from_wei(second)).wei == first - second
    assert NMR.total([NMR.from_wei(first), NMR.from_wei(second)]).wei == first + second


@given(st.lists(weis.map(NMR.from_wei)))
def test_a_sum_of_many_is_one_after_the_other(amounts: list[NMR]) -> None:
    total = NMR.total(amounts)
    assert total == sum(amounts, ZERO)
    assert total.amount.as_tuple().exponent == -18


@given(weis)
def test_text_and_wei_come_back(wei: int) -> None:
    amount = NMR.from_wei(wei)
    assert NMR(str(amount)) == amount
    assert NMR.from_wei(amount.wei) == amount
    assert "E" not in str(amount) and not str(amount).endswith(".")


@given(weis, st.decimals(min_value=-2, max_value=2, places=12))
def test_times_never_grows_past_the_exact_product(wei: int, factor: Decimal) -> None:
    product = NMR.from_wei(wei).times(factor)
    exact = wei * int(factor.scaleb(12))
    assert abs(product.wei) * 10**12 <= abs(exact) < (abs(product.wei) + 1) * 10**12


@given(weis, weis)
def test_order_follows_wei(first: int, second: int) -> None:
    assert (NMR.from_wei(first) < NMR.from_wei(second)) == (first < second)
    assert (NMR.from_wei(first) == NMR.from_wei(second)) == (first == second)


@pytest.mark.parametrize("amount", [1.5, True, None, b"1"])
def test_only_exact_numbers_become_nmr(amount: object) -> None:
    with pytest.raises(TypeError):
        NMR(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["", "x", "NaN", "Infinity", "0.0000000000000000001", "1,5"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="NMR"):
        NMR(amount)


def test_floats_and_bare_numbers_do_not_mix_in() -> None:
    one = NMR(1)
    for other in (1, 1.0, Decimal(1)):
        with pytest.raises(TypeError):
            one + other  # type: ignore[operator]
        assert one != other
    with pytest.raises(TypeError):
        one.times(0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "text"), [("0E-18", "0"), ("-0", "0"), ("1.500", "1.5"), ("100", "100"), (-3, "-3")]
)
def test_text_is_plain(amount: str | int, text: str) -> None:
    assert str(NMR(amount)) == text


def test_ratio_to_nothing_is_an_error() -> None:
    assert NMR(1).over(NMR(4)) == Decimal("0.25")
    with pytest.raises(ZeroDivisionError):
        NMR(1).over(ZERO)
