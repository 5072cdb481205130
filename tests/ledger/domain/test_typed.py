"""Amounts and percentages as typed: one form at every door, and what is written can be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.config import config
from ledger.domain import typed
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.errors import ChangeError, ConfigError
from ledger.reports.queue import moved
from ledger.rules.policy.split import parse_percent
from ledger.rules.policy.text import parse_threshold
from ledger.rules.stakes.continuous import parse_amount
from ledger.rules.targets.target import parse_target, target_text
from ledger.targets.files import read
from tui.cli.queue import queue_options
from tui.cli.stakes import projecting
from tui.format import exact, ungrouped
from tui.screens.queue import edit_dialog
from tui.screens.targets import suggest_dialog
from tui.screens.targets.plan_projection import typed_rate

COMMA = "a comma is not a decimal point here, and 1,500 not a thousand"


def dialog(text: str) -> NMR:
    return parse_amount(text, kind=ChangeKind.DECREASE, staked=NMR(100), available=NMR(100))


def in_config(text: str, folder: Any) -> str:
    path = folder / "config.toml"
    path.write_text(f'[limits]\nper_day_nmr = "{text}"\n')
    return config.load(path).limits.per_day_nmr


def in_targets(text: str, folder: Any) -> Any:
    path = folder / "autumn.toml"
    path.write_text(f'tournament = "signals"\n[targets]\na = "{text}"\n')
    return read(path, [Model("id-a", "a", Tournament.SIGNALS)]).targets[0]


def total(text: str) -> NMR:
    found = moved._amount(text)
    if found is None:
        raise ChangeError("That is not the total.")
    return found


AMOUNTS: dict[str, Callable[[str], Any]] = {
    "the dialog of a change": dialog,
    "a share in it": lambda text: dialog(f"{text}%"),
    "a target": lambda text: parse_target(text, "a").nmr,
    "a target with =": lambda text: parse_target(f"={text}", "a").nmr,
    "more than there is": lambda text: parse_target(f"+{text}", "a").nmr,
    "less than there is": lambda text: parse_target(f"-{text}", "a").nmr,
    "a target per round": lambda text: parse_target(f"{text}/r", "a").nmr,
    "a share of the total": lambda text: parse_target(f"{text}%", "a").percent,
    "a policy's percentage": parse_percent,
    "a policy's threshold": parse_threshold,
    "an option of the command line": queue_options.amount,
    "an expected payout": projecting._expected,
    "an expected payout in the plan": typed_rate,
    "a field of a change": edit_dialog._amount,
    "a total": total,
    "the floor of a suggestion": lambda text: suggest_dialog._amount("floor", text),
}

REFUSED = ["1,5", "1,500", "1,234.5", "1.5,0", "٢", "１", "1e1", "1E1", "1_0", "0x1", "1 5"]
REFUSED += ["1.5.1", "NaN", "inf", "--1", "0.0000000000000000001", "9" * 400]
REFUSED += ["11000000.000000000000000001"]


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("door", AMOUNTS)
def test_every_door_refuses_what_can_be_read_in_two_ways(door: str, text: str) -> None:
    with pytest.raises((ChangeError, ValueError, click.BadParameter)):
        AMOUNTS[door](text)


@pytest.mark.parametrize("door", sorted(set(AMOUNTS) - {"a total"}))
def test_every_door_says_what_to_write_instead_of_a_comma(door: str) -> None:
    with pytest.raises((ChangeError, ValueError, click.BadParameter)) as caught:
        AMOUNTS[door]("1,5")
    said = caught.value.message if isinstance(caught.value, click.BadParameter) else caught.value
    assert f"Write 1.5: {COMMA}" in str(said)


@pytest.mark.parametrize("text", ["+1.5", "-1.5", "\N{MINUS SIGN}1.5"])
def test_a_sign_is_refused_where_none_is_meant(text: str) -> None:
    signed = {"a target", "an expected payout", "an expected payout in the plan"}
    for door in set(AMOUNTS) - signed:
        with pytest.raises((ChangeError, ValueError, click.BadParameter)):
            AMOUNTS[door](text)


@pytest.mark.parametrize("text", REFUSED)
def test_files_are_doors_too(text: str, tmp_path: Any) -> None:
    for opened in (in_config, in_targets):
        with pytest.raises(ConfigError):
            opened(text, tmp_path)


def test_files_say_what_to_write_too(tmp_path: Any) -> None:
    for opened in (in_config, in_targets):
        with pytest.raises(ConfigError) as caught:
            opened("1,5", tmp_path)
        assert f"Write 1.5: {COMMA}" in str(caught.value)


@pytest.mark.parametrize("door", AMOUNTS)
def test_every_door_takes_what_is_plain(door: str) -> None:
    found = AMOUNTS[door]("1.5")
    amounts = {NMR("1.5"), -NMR("1.5")}
    assert found in {*amounts, Decimal("1.5")} or "share" in door or "expected" in door


@given(st.integers(0, typed.SUPPLY.wei))
def test_what_is_taken_is_the_same_when_it_is_written_and_read_again(wei: int) -> None:
    amount = NMR.from_wei(wei)
    assert typed.amount(str(amount)) == amount
    assert typed.amount(f" {amount} NMR ") == amount
    assert typed.amount(ungrouped(exact(amount))) == amount


@given(st.from_regex(r"\A[0-9]{0,9}\.?[0-9]{0,20}\Z"))
def test_whatever_is_taken_is_in_bounds_and_lasts(text: str) -> None:
    try:
        amount = typed.amount(text)
    except ChangeError as error:
        assert error.advice
        return
    assert ZERO <= amount <= typed.SUPPLY
    assert amount == NMR(text) == typed.amount(str(amount))


@given(st.text())
def test_nothing_but_plain_digits_is_an_amount(text: str) -> None:
    try:
        amount = typed.amount(text)
    except ChangeError:
        return
    assert NMR(text.strip().lower().removesuffix("nmr").strip()) == amount
    assert text.isascii() or text.strip().isascii()
    assert not set(text) & set(",eE_+-")


@given(st.decimals(0, 1000, places=18))
def test_percentages_are_the_same_when_they_are_written_and_read_again(value: Decimal) -> None:
    text = typed.written(value)
    assert typed.percent(f"{text} %") == value
    target = parse_target(f"{text}%", "a")
    assert parse_target(target_text(target), "a") == target


@given(st.decimals(-100, 100, places=6))
def test_a_rate_may_be_below_zero(value: Decimal) -> None:
    assert typed.rate(f"{value:f}%", Decimal(100)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,5", "Write 1.5"),
        ("1,500", "Write 1500, or 1.500"),
        ("1,234,567", "Write 1234567"),
        ("1,234.5", "Write 1234.5"),
        (",5", "Write .5"),
        ("1.234,5", "Write 1.5"),
    ],
)
def test_a_comma_is_answered_by_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ChangeError) as caught:
        typed.amount(text)
    assert said in caught.value.advice


@pytest.mark.parametrize(
    ("shown", "copied"),
    [
        ("1,234.50", "1234.50"),
        ("alder\t1,234,567.001\t−2,000", "alder\t1234567.001\t−2000"),
        ("12,34 stays, and a1,234 too", "12,34 stays, and a1,234 too"),
    ],
)
def test_what_is_copied_is_not_grouped(shown: str, copied: str) -> None:
    assert ungrouped(shown) == copied


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        (" 2026-03-05 ", date(2026, 3, 5), date(2026, 3, 5)),
    ],
)
def test_years_months_and_days(text: str, first: date, last: date) -> None:
    assert typed.days(text) == (first, last)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-02-30", "2026-3", "0000", "9999-99"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ChangeError, match="is no day"):
        typed.days(text)
