"""Prices by day: which one counts, what is missing, and what is interpolated."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.config.config import Config, RecordSettings
from ledger.domain.nmr import NMR
from ledger.domain.records.price import CONVERSION, IMPORTED, NUMERAI, PAYOUTS, STAKED
from ledger.domain.syncing.facts import Price
from ledger.errors import ChangeError, PriceError, ReadOnly
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems, read_conversion, read_payout_prices
from ledger.rules.records.price_files import read_prices
from ledger.rules.records.prices import PriceBook, value
from tests.conftest import NOW, BookMaker

MONDAY, TUESDAY, FRIDAY = date(2026, 8, 24), date(2026, 8, 25), date(2026, 8, 28)


def price(day: date, amount: str, source: str = NUMERAI, hour: int = 12) -> Price:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Price(at, "USD", amount, source)


def test_the_users_own_price_counts_first_and_then_the_earliest_a_sync_saw() -> None:
    seen = [
        price(MONDAY, "9", PAYOUTS, hour=1),
        price(MONDAY, "10", STAKED, hour=2),
        price(MONDAY, "12", NUMERAI, hour=9),
        price(MONDAY, "11", CONVERSION, hour=8),
    ]
    assert PriceBook(seen).price_on(MONDAY, "USD") == 11
    assert PriceBook([*seen, price(MONDAY, "13", IMPORTED)]).price_on(MONDAY, "USD") == 13
    assert PriceBook(seen[:1]).price_on(MONDAY, "USD") == 9
    assert PriceBook(seen).price_on(MONDAY, "EUR") is None


def test_a_later_price_of_the_same_day_moves_nothing() -> None:
    before = PriceBook([price(MONDAY, "11", hour=8)])
    after = PriceBook([price(MONDAY, "99", hour=20), price(MONDAY, "11", hour=8)])
    assert before.price_on(MONDAY, "USD") == after.price_on(MONDAY, "USD")


def test_gaps_stay_gaps_unless_asked_and_are_marked_then() -> None:
    seen = [price(MONDAY, "10"), price(FRIDAY, "14")]
    assert PriceBook(seen).price_on(TUESDAY, "USD") is None
    assert PriceBook(seen).missing([FRIDAY, TUESDAY, MONDAY, TUESDAY], "USD") == (TUESDAY,)
    book = PriceBook(seen, interpolate=True)
    found = book.quoted(TUESDAY, "USD")
    assert found is not None
    assert found.price == 11
    assert found.interpolated
    assert not book.quoted(MONDAY, "USD").interpolated  # type: ignore[union-attr]
    assert book.missing([TUESDAY], "USD") == (TUESDAY,)
    assert book.price_on(date(2026, 8, 23), "USD") is None
    assert book.price_on(date(2026, 8, 29), "USD") is None


@given(
    st.dictionaries(
        st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 10**9), max_size=8
    ),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_an_interpolated_price_lies_between_its_neighbours(
    seen: dict[date, int], day: date
) -> None:
    book = PriceBook([price(key, str(amount)) for key, amount in seen.items()], interpolate=True)
    found = book.price_on(day, "USD")
    before = [amount for key, amount in sorted(seen.items()) if key <= day]
    after = [amount for key, amount in sorted(seen.items()) if key >= day]
    if not before or not after:
        assert found is None
    else:
        ends = (before[-1], after[0])
        assert found is not None
        assert min(ends) <= found <= max(ends)


def test_a_value_is_exact_to_eight_places() -> None:
    assert value(NMR("0.000000001"), Decimal("11.5")) == Decimal("1E-8")
    assert value(NMR("-2.5"), Decimal("10.01")) == Decimal("-25.025")


COINGECKO = """snapped_at,price,market_cap,total_volume
2026-08-25 00:00:00 UTC,9.018273645546372,55712345.1,1234.5
2026-08-26 00:00:00 UTC,,,
2026-08-28 00:00:00 UTC,11.52,1,1
2026-08-28 13:05:11 UTC,11.9,1,1
"""
YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2026-08-25,8,10,7,9.018273645546372,9.1,100
2026-08-26,null,null,null,null,null,null
2026-08-28,8,10,7,11.520000,9.1,100
"""
JOURNAL = """; prices
P 2026/8/25 00:00:00 NMR $9.018273645546372
P 2026-08-26 NMR 10 EUR
P 2026-08-27 BTC 60000 USD
P 2026-08-28 "NMR" 11.52 USD ; seen

2026-08-28 a transaction
    a  1 NMR
    b
"""


@pytest.mark.parametrize(
    ("text", "column"), [(COINGECKO, "price"), (YAHOO, "Close"), (JOURNAL, "P")]
)
def test_files_of_prices_as_people_have_them(text: str, column: str) -> None:
    read = read_prices(text.splitlines(), "USD")
    assert read.column == column
    assert [(one.day, one.price) for one in read.prices] == [
        (TUESDAY, Decimal("9.018273645546372")),
        (FRIDAY, Decimal("11.52")),
    ]


def test_where_the_prices_were_taken_from_is_said(book: Book) -> None:
    imported = book.records.import_prices(YAHOO)
    assert (imported.days, imported.missing, imported.column) == (2, 2, "Close")
    with pytest.raises(ChangeError, match="no prices in CHF"):
        book.records.import_prices(JOURNAL, currency="CHF")


def test_a_file_of_prices_is_read() -> None:
    text = "\ufeffDate, Price ,volume\n2026-08-28,11.52,7\n2026-08-25, 9\n"
    read = read_prices(text.splitlines(), "EUR")
    assert read.column == "Price"
    assert [(one.day, one.price, one.currency) for one in read.prices] == [
        (FRIDAY, Decimal("11.52"), "EUR"),
        (TUESDAY, Decimal(9), "EUR"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "day,price\n2026-08-28,11",
        "date,price\n28.08.2026,11",
        "date,price\n2026-08-28,",
        "date,price\n2026-08-28,0",
        "date,price\n2026-08-28,-1",
        "date,price\n2026-08-28,NaN",
        "date,price\n2026-08-28\n",
        "date,price\n2026-08-28,11\n2026-08-28,12",
        "date,price\n2026-09-01,11,52",
        'date,price\n2026-09-01,"11,52"',
        "date,price\n2026-09-01,1e300",
        "date,price\n2026-09-01,1000000001",
        "date,price\n2026-09-01,1e-3000000",
        "date,price\n0001-01-01,11",
        'date,price\n2026-09-01,"11',
        "date,open\n2026-09-01,11",
        "date,close\n2026-09-01,11\n2026-09-01,12",
        "snapped_at,price\nyesterday,11",
        "P 2026-09-01 NMR",
        "P 2026-09-01 NMR 11,52 USD",
        "P 2026-09-01 NMR 0 USD",
        "P 2026-13-01 NMR 11 USD",
    ],
)
def test_a_file_that_can_not_be_believed_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(ChangeError):
        read_prices(text.splitlines(), "USD")


def test_imported_prices_are_kept_and_replaced_only_when_asked(book: Book) -> None:
    done = book.records.import_prices("date,price\n2020-01-01,5\n2020-01-03,7\n")
    assert (done.currency, done.days, done.missing) == ("USD", 2, 1)
    assert book.records.prices().price_on(date(2020, 1, 1), "USD") == 5
    again = book.records.import_prices("date,price\n2020-01-01,5\n")
    assert again.days == 1
    with pytest.raises(ChangeError, match="another imported price"):
        book.records.import_prices("date,price\n2020-01-01,6\n")
    book.records.import_prices("date,price\n2020-01-01,6\n", replace=True)
    assert book.records.prices().price_on(date(2020, 1, 1), "USD") == 6
    with pytest.raises(ChangeError, match="no currency"):
        book.records.import_prices("date,price\n2020-01-01,6\n", currency="EURO")


@pytest.mark.parametrize("text", ["=1+1", "", "E", "EURO", "ＥＵＲ", "E\nR", "EU1", "nmr", "ΕUR"])
def test_a_currency_is_three_capital_letters(book: Book, text: str) -> None:
    for ask in (book.records.books, book.records.yearly):
        with pytest.raises(PriceError, match="is no currency"):
            ask(currency=text)
    with pytest.raises(PriceError, match="is no currency"):
        book.records.import_prices("date,price\n2020-01-01,6\n", currency=text)
    with pytest.raises(ValueError, match="no currency"):
        replace(book.records.books(), currency=text)
    assert book.records.books(currency=" chf ").currency == "CHF"


def test_what_was_kept_as_a_currency_and_is_none_is_not_used(
    make_book: BookMaker, ledger_file: Path
) -> None:
    make_book().records.keep()
    with sqlite3.connect(ledger_file) as connection:
        connection.execute("UPDATE account SET currency = '=1+1'")
        connection.execute("UPDATE price SET currency = '@SUM(A1)' WHERE source = 'numerai'")
    book = make_book()
    assert book.records.currency == "USD"
    assert set(book.records.currencies) <= {"USD", "EUR", "GBP"}
    assert {row.currency for row in book._store.prices()} <= {"USD", "EUR", "GBP"}


def test_the_first_price_of_a_day_in_any_zone_is_among_those_of_stake_transactions(
    make_book: BookMaker, ledger_file: Path
) -> None:
    with sqlite3.connect(ledger_file) as connection:
        connection.execute(
            "UPDATE stake_transaction SET nmr_price = '1', time = '2020-05-01T18:29:00Z'"
        )
        connection.execute(
            "UPDATE stake_transaction SET nmr_price = '2', time = '2020-05-01T18:31:00Z' "
            "WHERE id = (SELECT max(id) FROM stake_transaction)"
        )
    prices = make_book(config=Config(records=RecordSettings("Asia/Kolkata"))).records.prices()
    assert prices.price_on(date(2020, 5, 1), "USD") == 1
    assert prices.price_on(date(2020, 5, 2), "USD") == 2


def test_read_only_imports_nothing(make_book: BookMaker) -> None:
    with pytest.raises(ReadOnly):
        make_book(read_only=True).records.import_prices("date,price\n2020-01-01,5\n")


def test_a_sync_keeps_the_prices_it_saw(book: Book) -> None:
    book.sync()
    prices = book.records.prices()
    sources = {one.source for one in prices.days("USD")}
    assert {NUMERAI, STAKED} <= sources
    assert prices.price_on(NOW.date(), "USD") is not None


def test_the_conversion_into_another_currency_is_read() -> None:
    answer = {"latestCurrencyPrice": {"price": "9.75", "lastUpdated": "2026-11-24T08:00:00Z"}}
    (found,) = read_conversion(Reply(answer), "EUR", NOW, Problems())
    assert (found.currency, found.price, found.source) == ("EUR", "9.75", CONVERSION)
    assert read_conversion(Reply({"latestCurrencyPrice": None}), "EUR", NOW, Problems()) == ()
    odd = {"latestCurrencyPrice": {"price": "0"}}
    assert read_conversion(Reply(odd), "EUR", NOW, Problems()) == ()


def payouts(*rows: tuple[str, str, str | None]) -> dict[str, object]:
    pending = [{"payoutNmr": nmr, "payoutValue": usd, "currencySymbol": s} for nmr, usd, s in rows]
    return {"classic": {"actual": [], "pending": pending}, "signals": None}


def test_payouts_tell_a_price_where_their_sum_is_worth_more_than_its_rounding() -> None:
    aliases = ("classic", "signals")
    rows = payouts(("2", "23.00", "€"), ("-1", "-11.50", "€"), ("1", "99", "$"))
    found = {one.currency: one for one in read_payout_prices(Reply(rows), aliases, "EUR", NOW)}
    assert Decimal(found["EUR"].price) == Decimal("11.5")
    assert found["EUR"].source == PAYOUTS
    assert Decimal(found["USD"].price) == 99
    own = read_payout_prices(Reply(payouts(("2", "23.00", None))), aliases, "EUR", NOW)
    assert own[0].currency == "EUR"
    small = payouts(("0.001", "0.01", "$"))
    assert read_payout_prices(Reply(small), aliases, "USD", NOW) == ()
    assert read_payout_prices(Reply({}), aliases, "USD", NOW) == ()
