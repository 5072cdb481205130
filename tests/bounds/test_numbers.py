"""Numbers, depths and times at the doors they come in by."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.chain import envelope
from ledger.chain.rpc import Rpc, _Answer, _parsed
from ledger.clock import FrozenClock, from_iso
from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.domain.records.price import MOST_PRICE
from ledger.errors import BadChainAnswer, ChangeError
from ledger.exact_json import DEEPEST, decode
from ledger.numerai.transport import Transport, _http_date
from ledger.numerai.wire.fields import Fields, Problems
from ledger.rules.rounds import calendar
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.conftest import NOW, make_client
from tui.cli.commands import call

BEYOND = (20_000, 99_999_999)
"""Numbers of rounds that no calendar has."""


@pytest.mark.parametrize("text", ["1e9999999", "-1e9999999", "1e99999999999999999999", "9" * 5_000])
def test_what_no_figure_can_be_comes_as_infinite(text: str) -> None:
    value = decode(f'{{"a": {text}}}')
    fields, problems = Fields(value, "a row", Problems()), Problems()
    fields = fields.reporting(problems)
    assert not value["a"].is_finite()
    assert (fields.decimal("a"), fields.nmr("a", negative=True), fields.integer("a")) == (None,) * 3
    assert all(len(problem.what) < 600 for problem in problems)


@pytest.mark.parametrize("value", ["1e-3000000", '"1e-900"', f'"0.{"0" * 200}1"', "1e-90"])
def test_what_is_finer_than_any_figure_never_becomes_a_long_text(value: str) -> None:
    told = Fields(decode(f'{{"a": {value}}}'), "a row", Problems()).decimal("a")
    assert told is None or len(format(told, "f")) < 2_000


def test_no_digit_of_a_figure_is_lost() -> None:
    exact = "0." + "123456789" * 50
    assert decode(f"[{exact}, {'7' * 900}, 0E-18]") == [
        Decimal(exact), int("7" * 900), Decimal("0E-18"),
    ]  # fmt: skip


@pytest.mark.parametrize("opening", ["[", '{"a":', '["]",', '{"[":'])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_json_is_nested_to_a_depth_and_no_deeper(opening: str, as_bytes: bool) -> None:
    def nested(depth: int) -> str | bytes:
        text = opening * depth + "1" + ("]" if opening[0] == "[" else "}") * depth
        return text.encode() if as_bytes else text

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)  # as a library that is imported for signing does
    try:
        decode(nested(DEEPEST))
        for depth in (DEEPEST + 1, 900, 100_000):
            with pytest.raises(ValueError, match="nested too deeply"):
                decode(nested(depth))
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    "text", ["1e9999999", "1e-3000000", "9" * 5_000, "1" + "0" * 1_000_000], ids=range(4)
)
def test_no_typed_amount_is_beyond_all_there_is(text: str) -> None:
    with pytest.raises(ChangeError):
        typed.amount(text)
    with pytest.raises(ValueError, match="not an amount"):
        NMR(text)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "²", "٣", "1e3", "9" * 10, "9" * 5_000])
def test_no_count_is_beyond_what_can_be_counted(text: str) -> None:
    assert typed.whole(text) is None
    assert typed.whole("999999999") == typed.MOST_WHOLE


@pytest.mark.parametrize("number", [1, 339, 1_400, 20_000, typed.MOST_WHOLE])
def test_a_round_that_is_waited_for_opens_some_day(number: int) -> None:
    assert calendar.opens_about(number) >= calendar.opens(calendar.FIRST_DAILY_ROUND)


@pytest.mark.parametrize("number", ["9" * 10, "9" * 30, "9" * 5_000])
@pytest.mark.parametrize(
    "words",
    [
        ["queue", "log", "N"],
        ["tx", "status", "N"],
        ["earnings", "--last", "N"],
        ["shuffle", "backtest", "--shuffles", "N"],
        ["queue", "add", "drain", "alder", "--tournament", "8", "--not-before-round", "N"],
        ["queue", "add", "drain", "alder", "--tournament", "8", "--after", "N"],
    ],
)
def test_no_number_of_a_command_line_goes_beyond(
    words: list[str], number: str, tmp_path: Path
) -> None:
    """Where the ledger's numbers end there was an unexpected problem."""
    assert call(["--at", str(tmp_path), *(number if word == "N" else word for word in words)]) == 2


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0001-01-01", "\ud800"]
)
def test_a_time_lies_in_a_year_of_ours(text: str) -> None:
    with pytest.raises(ValueError):
        from_iso(text)


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +9999999999999999",
        "Fri, 31 Dec 9999 23:59:59 -0100",
        "²",
        "x" * 100_000,
    ],
)
def test_a_header_tells_a_time_or_nothing(header: str) -> None:
    assert _http_date(header) is None
    transport = make_client_without_server()
    assert transport._retry_after(header) is None


def make_client_without_server() -> Transport:
    from ledger.exchange import Timeouts

    return Transport(
        "http://127.0.0.1:9/", None, clock=FrozenClock(NOW), timeouts=Timeouts(1, 1),
        max_parallel=1, retries=0,
    )  # fmt: skip


@pytest.mark.parametrize("depth", [5, 900, 20_000])
def test_a_transaction_is_no_nest_of_lists(depth: int) -> None:
    content = b"\xc0"
    for _ in range(depth):
        size = len(content)
        head = (
            bytes([0xC0 + size])
            if size <= 55
            else bytes([0xF7 + (size.bit_length() + 7) // 8])
            + size.to_bytes((size.bit_length() + 7) // 8, "big")
        )
        content = head + content
    for raw in (content, b"\x02" + content):
        if len(raw) < 64 * 1024:
            with pytest.raises(ChangeError, match="can't be read"):
                envelope.opened("0x" + raw.hex())


@pytest.mark.parametrize(
    "content",
    [
        b'[{"id": [], "result": "0x1"}, {"id": {}, "result": "0x1"}, 7, null, [[]]]',
        b'[{"id": 1e9999999, "result": "0x1"}]',
        b"[" * 100_000,
        b'{"id": 1, "result": ' + b"9" * 5_000 + b"}",
        b'[{"id": "\\ud800"}]',
    ],
)
def test_a_batch_is_answered_or_not(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    rpc = Rpc("http://127.0.0.1:9/")
    answer = _Answer(200, _parsed(content))
    monkeypatch.setattr(rpc._line, "ask", lambda *_: answer)
    try:
        results = rpc.call_many([("eth_chainId", []), ("eth_blockNumber", [])])
    except BadChainAnswer:
        return
    assert len(results) == 2


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=3, rounds=12, now=NOW, frozen=True) as running:
        yield running


def requests_of(world: Sandbox, path: Path) -> int:
    clock, client = FrozenClock(NOW), make_client(world, sleep=lambda *_: None)
    with closing(Store.open(path, clock=clock)) as store:
        sync(client, store, clock, history_rounds=None)
    client.close()
    return client._transport.requests


def with_round(number: int) -> Callable[[Transport, bytearray], bytes]:
    """Answers whose lists of rounds have one more, which is open."""

    def spoiled(_: Transport, content: bytearray) -> bytes:
        answer = json.loads(content)
        for value in (answer.get("data") or {}).values():
            if isinstance(value, list) and value and "openTime" in (value[0] or {}):
                value.insert(0, {**value[-1], "number": number})
        return json.dumps(answer).encode()

    return spoiled


@pytest.mark.parametrize("number", BEYOND)
def test_a_round_beyond_the_calendar_costs_nothing(
    number: int, world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = requests_of(world, tmp_path / "sound.sqlite3")
    again = requests_of(world, tmp_path / "sound.sqlite3")
    monkeypatch.setattr(Transport, "_struck", with_round(number))
    path = tmp_path / "spoiled.sqlite3"
    assert requests_of(world, path) <= sound + 1
    assert requests_of(world, path) <= again + 1
    with closing(sqlite3.connect(path)) as connection:
        (highest,) = connection.execute("SELECT max(number) FROM round").fetchone()
    assert highest <= calendar.highest_round(NOW)


def test_a_ledger_that_holds_such_a_round_syncs_as_if_it_did_not(
    world: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "old.sqlite3"
    requests_of(world, path)
    again = requests_of(world, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(round)")]
        copied = ", ".join("20000" if name == "number" else name for name in columns)
        connection.execute(
            f"INSERT INTO round SELECT {copied} FROM round WHERE opens < '2026-11-20' LIMIT 1"
        )
    assert requests_of(world, path) <= again + 1


def test_a_calendar_that_is_behind_still_knows_the_rounds_there_are() -> None:
    past = datetime(1999, 1, 1, tzinfo=UTC)
    assert calendar.highest_round(past) > calendar.latest_round(NOW)


def test_a_ledger_with_a_price_that_is_none_shows_earnings(book: Book) -> None:
    """As imported by a version that took it."""
    from ledger.reports.earnings.earnings import Grouping, Unit, View

    day = book.records.all()[-1].at.date()
    book.records.import_prices(f"date,price\n{day},12\n")
    with closing(sqlite3.connect(book._store.path)) as connection, connection:
        connection.execute(
            "UPDATE price SET price = '1' || printf('%.*c', 300, '0') WHERE source = 'import'"
        )
    view = View(by=Grouping.ROUND, unit=Unit.FIAT)
    assert book.earnings.report(view).groups
    assert book.records.yearly().years
    assert all(price.price <= MOST_PRICE for price in book.records.prices().days("USD"))
    assert book.records.import_prices(f"date,price\n{day},11\n").days == 1
    assert book.records.prices().price_on(day, "USD") == 11
