"""Exports balance: by our own sums, by hledger and by beancount."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.clock import zone_of
from ledger.config.config import Config, RecordSettings
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.record import ModelAccount, Record, RecordKind, Spot
from ledger.domain.syncing.facts import Price
from ledger.exports.accounts import Accounts, beancount_style, ledger_style
from ledger.exports.beancount import beancount
from ledger.exports.books import Books
from ledger.exports.journal import journal
from ledger.exports.table import COLUMNS, table
from ledger.exports.workbook import workbook
from ledger.reports.earnings.earnings import View
from ledger.reports.records.yearly import build_yearly, cents
from ledger.rules.records.prices import PriceBook
from ledger.rules.records.records import totals
from tests.conftest import BookMaker

AT = datetime(2026, 8, 28, 16, tzinfo=UTC)
needs_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None,
    reason="hledger is not installed: apt install hledger, to have journals checked by it",
)


def hledger(text: str, folder: Path, *command: str) -> str:
    file = folder / "numerai.journal"
    file.write_text(text)
    result = subprocess.run(
        ["hledger", "-f", file, *command], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def hledger_balances(text: str, folder: Path) -> dict[str, NMR]:
    """What hledger makes of a journal."""
    hledger(text, folder, "check", "--strict")
    out = hledger(text, folder, "balance", "--flat", "--no-total", "--output-format", "csv")
    lines = csv.DictReader(io.StringIO(out))
    return {
        line["account"]: NMR(line["balance"].replace(",", "").removesuffix(" NMR"))
        for line in lines
        if line["balance"] != "0"
    }


def bean_balances(text: str, folder: Path) -> dict[str, NMR]:
    """What beancount makes of a file, once bean-check has nothing to say."""
    pytest.importorskip("beancount", reason="beancount is not installed: pip install beancount")
    from beancount import loader
    from beancount.core.data import Transaction

    file = folder / "numerai.beancount"
    file.write_text(text)
    checker = Path(sys.executable).with_name("bean-check")
    result = subprocess.run([checker, file], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    entries, errors, _ = loader.load_file(str(file))
    assert not errors
    found: dict[str, list[NMR]] = {}
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            assert posting.units.currency == "NMR"
            found.setdefault(posting.account, []).append(NMR(posting.units.number))
    sums = {account: NMR.total(amounts) for account, amounts in found.items()}
    return {account: nmr for account, nmr in sums.items() if nmr}


def ours(books: Books, style: str) -> dict[str, NMR]:
    """The balances of the records by account."""
    accounts = Accounts(books, ledger_style if style == "ledger" else beancount_style)
    found: dict[str, list[NMR]] = {}
    for row in books.records:
        giver, taker = accounts.both(row)
        found.setdefault(taker, []).append(row.nmr)
        found.setdefault(giver, []).append(-row.nmr)
    sums = {account: NMR.total(amounts) for account, amounts in found.items()}
    return {account: nmr for account, nmr in sums.items() if nmr}


def by_ledger(book: Book) -> Mapping[str, NMR]:
    """The ledger's own totals, under the journal's accounts."""
    account, stakes = book._store.account(), book._store.stakes()
    assert account is not None
    models = {
        f"assets:numerai:stake:{model.tournament.label.lower()}:{model.name}": stakes[
            model.id
        ].settled
        for model in book._store.models()
        if model.id in stakes
    }
    for entry in book.stakes.atomic.positions().tournaments:
        for model in entry.models:
            name = f"assets:numerai:stake:{entry.tournament.label.lower()}:{model.name}"
            models[name] = models.get(name, NMR(0)) + model.totals.locked
    return {
        "assets:numerai:wallet": account.available + account.held_withdrawals,
        "payouts": NMR(book.earnings.report(View()).paid.settled),
        **{name: nmr for name, nmr in models.items() if nmr},
    }


# ---- the test world's books ----


@needs_hledger
def test_hledger_finds_the_ledgers_own_totals(book: Book, tmp_path: Path) -> None:
    books = book.records.books()
    found = hledger_balances(journal(books), tmp_path)
    assert found == ours(books, "ledger")
    wanted = dict(by_ledger(book))
    assert -found["income:numerai:payout"] - found["expenses:numerai:burn"] == wanted.pop("payouts")
    stakes = {name for name in found if name.startswith("assets:numerai:stake:")}
    assert stakes == {name for name in wanted if name.startswith("assets:numerai:stake:")}
    assert {name: found[name] for name in wanted} == wanted


def test_beancount_finds_the_same(book: Book, tmp_path: Path) -> None:
    books = book.records.books()
    found = bean_balances(beancount(books), tmp_path)
    assert found == ours(books, "beancount")
    assert sorted(found.values()) == sorted(ours(books, "ledger").values())


@needs_hledger
def test_hledger_values_at_the_prices_seen(book: Book, tmp_path: Path) -> None:
    days = "\n".join(f"{date(2026, 7, 1) + timedelta(days=n)},{10 + n % 3}" for n in range(200))
    book.records.import_prices(f"date,price\n{days}\n", replace=True)
    books = book.records.books()
    assert books.missing() == ()
    out = hledger(
        journal(books), tmp_path, "balance", "--value=then,USD", "income", "-N", "-O", "csv"
    )
    (line,) = csv.DictReader(io.StringIO(out))
    income = Decimal(line["balance"].replace(",", "").removesuffix(" USD"))
    year = build_yearly(books.records, books.models, books.prices, "USD")
    assert cents(-income) == cents(sum((one.income_value for one in year.years), Decimal(0)))


def test_a_range_and_a_tournament_add_up_to_the_whole(book: Book) -> None:
    whole = book.records.books()
    cut = date(2026, 10, 15)
    parts = [
        book.records.books(until=cut),
        book.records.books(since=cut + timedelta(days=1)),
    ]
    assert parts[0].records
    assert parts[1].records
    assert parts[0].records + parts[1].records == whole.records
    own = [book.records.books(tournament=one).records for one in Tournament]
    rest = [row for row in whole.records if row.tournament is None]
    assert sorted(map(repr, [*own[0], *own[1], *own[2], *rest])) == sorted(map(repr, whole.records))


def test_files_included_together_open_each_account_once(book: Book, tmp_path: Path) -> None:
    """Ranges in any order, and tournaments; a later range is a file of its own as well."""
    cut = date(2026, 10, 15)
    ranges = [book.records.books(until=cut), book.records.books(since=cut + timedelta(days=1))]
    assert {row.model_id for row in ranges[0].records} & {row.model_id for row in ranges[1].records}
    whole = book.records.books()
    assert bean_balances(beancount(ranges[1]), tmp_path) == ours(ranges[1], "beancount")
    for number, part in enumerate(ranges):
        (tmp_path / f"{number}.beancount").write_text(beancount(part))
        (tmp_path / f"{number}.journal").write_text(journal(part))
    both = 'include "1.beancount"\ninclude "0.beancount"\n'
    assert bean_balances(both, tmp_path) == ours(whole, "beancount")
    for tournament in Tournament:
        part = book.records.books(tournament=tournament)
        (tmp_path / f"{tournament}.beancount").write_text(beancount(part))
    bean_balances("".join(f'include "{one}.beancount"\n' for one in Tournament), tmp_path)
    if shutil.which("hledger"):
        both = "include 0.journal\ninclude 1.journal\n"
        assert hledger_balances(both, tmp_path) == ours(whole, "ledger")


def accounts_of(book: Book, style: Callable[[tuple[str, ...]], str]) -> dict[str | None, str]:
    books = book.records.books()
    accounts = Accounts(books, style)
    return {row.model_id: accounts.of(row, Place.STAKE) for row in books.records if row.model_id}


def test_a_renamed_model_keeps_its_account(make_book: BookMaker, ledger_file: Path) -> None:
    """Also when another model takes the name, or one that is the same to an importer."""
    make_book().records.keep()
    styles = (ledger_style, beancount_style)
    before = [accounts_of(make_book(), style) for style in styles]
    assert "assets:numerai:stake:classic:alder" in before[0].values()
    with sqlite3.connect(ledger_file) as connection:
        swapped = connection.execute("SELECT id, name FROM model").fetchall()
        names = [name for _, name in swapped]
        for (model_id, _), name in zip(swapped, names[1:] + names[:1], strict=True):
            connection.execute("UPDATE model SET name = ? WHERE id = ?", (name, model_id))
    assert [accounts_of(make_book(), style) for style in styles] == before
    assert [accounts_of(make_book(read_only=True), style) for style in styles] == before
    for statement in ("UPDATE record_account SET name = 'x'", "DELETE FROM record_account"):
        with (
            sqlite3.connect(ledger_file) as connection,
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
        ):
            connection.execute(statement)


def payout(model_id: str, day: int) -> Record:
    return Record(
        f"payout:8:{day}:{model_id}",
        0,
        RecordKind.PAYOUT,
        AT + timedelta(days=day),
        NMR(1),
        Place.INCOME,
        Place.STAKE,
        "payouts",
        Tournament.CLASSIC,
        model_id,
        day,
        None,
        None,
    )


@pytest.mark.parametrize("other", ["my-model", "MY_MODEL", "my model", "my.model", "My_Model\x1b"])
def test_a_name_the_importer_can_not_tell_apart_has_an_account_of_its_own(other: str) -> None:
    """The same one, whichever range is exported and whichever model comes later."""
    names = [("i-1", "my_model"), ("i-2", other), ("i-3", "my_model-i-2"), ("漢", "my__model")]
    models = {id_: Model(id_, name, Tournament.CLASSIC) for id_, name in names}
    named = tuple(ModelAccount(id_, Tournament.CLASSIC, name) for id_, name in names)
    rows = tuple(payout(id_, day) for day, id_ in enumerate(models))
    for style in (ledger_style, beancount_style):
        whole = Accounts(Books(rows, models, "USD", PriceBook([]), rows, named), style)
        all_ = [whole.of(row, Place.STAKE) for row in rows]
        assert len({one.lower() for one in all_}) == len(rows)
        for row, account in zip(rows, all_, strict=True):
            one = Books((row,), models, "USD", PriceBook([]), rows, named)
            assert Accounts(one, style).of(row, Place.STAKE) == account
        first = Books(rows[:1], models, "USD", PriceBook([]), rows[:1], named[:1])
        assert Accounts(first, style).of(rows[0], Place.STAKE) == all_[0]


def test_the_csv_says_what_the_records_say(book: Book) -> None:
    books = book.records.books()
    lines = list(csv.DictReader(io.StringIO(table(books))))
    assert tuple(lines[0]) == COLUMNS
    for line, row in zip(lines, books.records, strict=True):
        assert NMR(line["nmr"]) == row.nmr
        assert line["date"] == row.at.date().isoformat()
        assert line["kind"] == row.kind.value
        assert (line["key"], int(line["part"])) == (row.key, row.part)
        assert bool(line["value"]) == bool(line["price"])
    assert {line["kind"] for line in lines} >= {"payout", "burn", "stake", "release", "sweep"}


def test_the_workbook_holds_the_same(book: Book) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    books = book.records.books()
    content = workbook(books, book.records.yearly())
    sheets = openpyxl.load_workbook(io.BytesIO(content))
    assert sheets.sheetnames == ["Movements", "Summary", "Prices", "About"]
    rows = list(sheets["Movements"].iter_rows(values_only=True))
    assert rows[0][:6] == ("date", "kind", "tournament", "model", "round", "nmr")
    assert len(rows) == len(books.records) + 1
    assert rows[1][5] == pytest.approx(float(books.records[0].nmr.amount))
    assert [NMR(row[6]) for row in rows[1:]] == [row.nmr for row in books.records]
    summary = list(sheets["Summary"].iter_rows(values_only=True))
    exact = [summary[0].index(f"{name} NMR, exact") for name in ("income", "burns", "net")]
    years = book.records.yearly()
    lines = (*years.models, *years.tournaments, *years.years)
    assert [tuple(NMR(row[at]) for at in exact) for row in summary[1:]] == [
        (line.income, line.burned, line.net) for line in lines
    ]
    assert "not tax advice" in str(sheets["About"]["A1"].value)


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("UTC", "2026-12-31", "8"),
        ("Europe/Berlin", "2027-01-01", "9"),
        ("Pacific/Auckland", "2027-01-01", "8"),
        ("Pacific/Honolulu", "2026-12-31", "8"),
    ],
)
def test_days_and_years_are_those_of_the_users_zone(zone: str, day: str, first: str) -> None:
    """A payout half an hour before the year ends, UTC, at the price of its own day."""
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    row = replace(payout("a", 0), at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    seen = [
        Price(row.at - timedelta(hours=12), "EUR", "8", "numerai"),
        Price(row.at, "EUR", "9", "numerai"),
    ]
    year = int(day[:4])
    for prices, price in (
        (seen, first),
        ([*seen, Price(datetime.fromisoformat(f"{day}T00:00Z"), "EUR", "7", "import")], "7"),
    ):
        there = zone_of(zone)
        books = Books((row,), MODELS, "EUR", PriceBook(prices, zone=there), zone=there)
        (line,) = csv.DictReader(io.StringIO(table(books)))
        assert (line["date"], line["time"], line["time_zone"], line["price"]) == (
            day,
            "2026-12-31T23:30:00Z",
            zone,
            price,
        )
        report = build_yearly(books.records, books.models, books.prices, "EUR", zone=there)
        assert [(one.year, one.income_value) for one in report.years] == [(year, Decimal(price))]
    for text in (journal(books), beancount(books)):
        assert f"{day} * " in text
        assert f"; Days and years are those of {zone}; times are UTC." in text
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(books, report)))
    assert zone in str(sheets["About"]["A2"].value)
    assert str(sheets["Movements"]["A2"].value).startswith(day)
    assert sheets["Summary"]["A2"].value == year


def test_a_ledgers_ranges_and_years_begin_in_its_zone(make_book: BookMaker) -> None:
    there = zone_of("Pacific/Auckland")
    book = make_book(config=Config(records=RecordSettings("Pacific/Auckland")))
    everything = book.records.books()
    days = {row.at.astimezone(there).date() for row in everything.records}
    assert days != {row.at.date() for row in everything.records}
    middle = sorted(days)[len(days) // 2]
    own = book.records.books(since=middle, until=middle).records
    assert own == tuple(
        row for row in everything.records if row.at.astimezone(there).date() == middle
    )
    assert str(book.records.yearly().zone) == str(everything.zone) == "Pacific/Auckland"
    priced = {one.day for one in book.records.prices().days("USD")}
    moments = [price.at for price in book._store.prices() if price.currency == "USD"]
    assert {moment.astimezone(there).date() for moment in moments} <= priced


NAMES = [f"{sign}HYPERLINK(1)" for sign in ("=", "+", "-", "@", "\t=", "＝", " =", "\x1b=", "#N/A")]


@pytest.mark.parametrize("name", [*NAMES, "#REF!", "=1;,|\\\r\n\x07", "\ud800x"])
def test_no_name_is_run_by_any_program(name: str, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    model = Model(name, name, Tournament.CLASSIC)
    row = replace(payout(name, 0), tx_hash=name, source=name, key=name)
    day = Price(AT, "USD", "9", name)
    books = Books((row,), {name: model}, "USD", PriceBook([day]))
    for lines in csv.reader(io.StringIO(table(books), newline="")):
        assert not any(re.match(r"\s*[=+@＝-]|[\t\r]", cell) for cell in lines)
    year = build_yearly(books.records, books.models, books.prices, "USD")
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(books, year)))
    cells = [cell for sheet in sheets for line in sheet.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith("="))
    assert bean_balances(beancount(books), tmp_path) == ours(books, "beancount")
    if shutil.which("hledger"):
        assert hledger_balances(journal(books), tmp_path) == ours(books, "ledger")


def test_the_summary_adds_up(book: Book) -> None:
    report = book.records.yearly(interpolate=True)
    found = totals(book.records.all())
    assert NMR.total(line.income for line in report.models) == -found[Spot(Place.INCOME)]
    assert NMR.total(line.burned for line in report.models) == found[Spot(Place.BURN)]
    for sums in (report.tournaments, report.years):
        assert NMR.total(one.net for one in sums) == NMR.total(one.net for one in report.models)
        assert sum(one.net_value for one in sums) == sum(one.net_value for one in report.models)
    (year,) = {line.year for line in report.models}
    assert book.records.yearly(year, interpolate=True) == report
    assert book.records.yearly(year - 1).models == ()


# ---- any books ----

MODELS = {
    "a": Model("a", "same_name", Tournament.CLASSIC),
    "b": Model("b", "same-name", Tournament.CLASSIC),
    "c": Model("c", '=x";|,:\n(evil)\\ 漢', Tournament.CRYPTO),
    "d": Model("d", "9lives", Tournament.SIGNALS, archived=True),
}
ENDS = {
    RecordKind.PAYOUT: (Place.INCOME, Place.STAKE),
    RecordKind.BURN: (Place.STAKE, Place.BURN),
    RecordKind.STAKE: (Place.STRATEGY, Place.STAKE),
    RecordKind.RELEASE: (Place.STAKE, Place.STRATEGY),
    RecordKind.DEPOSIT: (Place.OUTSIDE, Place.WALLET),
    RecordKind.WITHDRAWAL: (Place.WALLET, Place.OUTSIDE),
    RecordKind.SWEEP: (Place.WALLET, Place.STRATEGY),
    RecordKind.TRANSFER: (Place.HELD, Place.STAKE),
    RecordKind.OPENING: (Place.EQUITY, Place.HELD),
    RecordKind.ADJUSTMENT: (Place.WALLET, Place.EQUITY),
}


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(RecordKind))
    ends = ENDS[kind] if draw(st.booleans()) else ENDS[kind][::-1]
    model_id = draw(st.sampled_from([*MODELS, "gone"]))
    known = MODELS.get(model_id)
    return Record(
        key=f"{kind}:{draw(st.text(max_size=5))}",
        part=draw(st.integers(0, 2)),
        kind=kind,
        at=AT + timedelta(hours=draw(st.integers(0, 20_000))),
        nmr=NMR.from_wei(draw(st.integers(1, 10**25))),
        giver=ends[0],
        taker=ends[1],
        source=draw(st.text(max_size=5)),
        tournament=known.tournament if known else Tournament.CLASSIC,
        model_id=model_id,
        round=draw(st.one_of(st.none(), st.integers(1, 2000))),
        tx_hash=draw(st.one_of(st.none(), st.text(max_size=5))),
        price=None,
    )


@st.composite
def any_books(draw: st.DrawFn) -> Books:
    rows = draw(st.lists(records(), min_size=1, max_size=12))
    prices = [
        Price(AT + timedelta(days=draw(st.integers(0, 800))), "EUR", f"{cents_}.5", "import")
        for cents_ in draw(st.lists(st.integers(1, 1000), max_size=4))
    ]
    book = PriceBook(prices, interpolate=draw(st.booleans()))
    names = st.one_of(st.none(), st.text(max_size=5))
    models = {id_: replace(one, name=draw(names) or one.name) for id_, one in MODELS.items()}
    return Books(tuple(sorted(rows, key=lambda row: row.at)), models, "EUR", book)


SLOW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@needs_hledger
@SLOW
@given(any_books())
def test_any_books_balance_for_hledger(tmp_path: Path, books: Books) -> None:
    assert hledger_balances(journal(books), tmp_path) == ours(books, "ledger")


@SLOW
@given(any_books())
def test_any_books_balance_for_beancount(tmp_path: Path, books: Books) -> None:
    assert bean_balances(beancount(books), tmp_path) == ours(books, "beancount")


@given(any_books())
def test_any_books_are_one_csv_line_a_record(books: Books) -> None:
    lines = list(csv.reader(io.StringIO(table(books), newline="")))
    assert len(lines) == len(books.records) + 1
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert not any(cell.startswith(("=", "@")) for line in lines[1:] for cell in line)


@given(any_books())
def test_models_never_share_an_account(books: Books) -> None:
    for style in (ledger_style, beancount_style):
        accounts = Accounts(books, style)
        used: dict[str, set[str | None]] = {}
        for row in books.records:
            if Place.STAKE in {row.giver, row.taker}:
                used.setdefault(accounts.of(row, Place.STAKE), set()).add(row.model_id)
        assert all(len(ids) == 1 for ids in used.values())


def test_a_movements_own_price_is_its_price_in_dollars() -> None:
    day = Price(AT, "USD", "9", "numerai")
    row = Record(
        "stake:8:1343:a",
        0,
        RecordKind.STAKE,
        AT,
        NMR(2),
        Place.STRATEGY,
        Place.STAKE,
        "positions",
        Tournament.CLASSIC,
        "a",
        1343,
        None,
        Decimal(10),
    )
    books = Books((row, replace(row, price=None)), MODELS, "USD", PriceBook([day]))
    values = [line["value"] for line in csv.DictReader(io.StringIO(table(books)))]
    assert [Decimal(one) for one in values] == [20, 18]
