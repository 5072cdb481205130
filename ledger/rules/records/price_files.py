"""Files of prices as people have them: ``date,price``, CoinGecko's and Yahoo's CSV, and the ``P``
lines of a journal.

CoinGecko calls its columns ``snapped_at,price,market_cap,total_volume``; its last day comes twice,
at midnight and now, and the first counts. Yahoo calls them ``Date,Open,High,Low,Close,...`` and
writes ``null`` on days without trade. hledger's manual describes ``P DATE COMMODITY AMOUNT``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from ledger.clock import from_iso
from ledger.domain import typed
from ledger.domain.records.price import IMPORTED, MOST_PRICE, DayPrice
from ledger.errors import ChangeError, PriceFileError
from ledger.user_files import cut, unmarked


@dataclass(frozen=True, slots=True)
class PriceFile:
    """The ``prices`` of a file, one a day, in its order, and the ``column`` they were taken from,
    as the file calls it."""

    prices: tuple[DayPrice, ...]
    column: str


@dataclass(frozen=True, slots=True)
class _Layout:
    """How somebody calls the columns. ``gaps``: what stands where a day has no price.

    ``snapshots``: a day may come again, at another time of day.
    """

    day: str
    price: str
    gaps: frozenset[str] = frozenset()
    snapshots: bool = False


_LAYOUTS = (
    _Layout("date", "price"),
    _Layout("snapped_at", "price", frozenset({""}), snapshots=True),
    _Layout("date", "close", frozenset({"", "null"})),
)
"""Plain, CoinGecko's and Yahoo's; the first that fits counts."""

_DIRECTIVE = re.compile(
    r"P\s+(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
    r'\s+(?P<commodity>"[^"]*"|[^\s"]+)\s+(?P<amount>.+?)\s*(?:;.*)?'
)
_AMOUNT = re.compile(
    r'(?P<before>[^\s\d"+.,-]*)\s*(?P<number>\d[\d.,]*)\s*(?P<after>"[^"]*"|[^\s\d"]*)'
)
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_COMMENTS = (";", "#", "*")


def read_prices(lines: Iterable[str], currency: str, name: str = "the file") -> PriceFile:
    """The prices in ``currency`` in the lines of a file; ``name`` is what errors call it.

    Dates are ISO, decimals have a point; columns that are not needed are left alone. Lines alike
    count once. Of a journal only ``P`` lines of NMR in ``currency`` are read.

    Raises:
        PriceFileError: a column is missing, or a line has more cells than the header, no date, no
            price above zero, or a day's second price; says which line.
    """
    rest = iter(unmarked(lines))
    head = []
    for line in rest:
        head.append(line)
        if line.strip() and not line.lstrip().startswith(_COMMENTS):
            break
    whole = chain(head, rest)
    if head and re.match(r"P\s", head[-1]):
        return PriceFile(_once(_directives(whole, currency, name), currency), "P")
    return _table(whole, currency, name)


def is_price(price: Decimal) -> bool:
    """Whether one NMR can cost this."""
    return price.is_finite() and 0 < price <= MOST_PRICE


_Priced = tuple[str, date, Decimal]
"""Where it stands, the day, the price."""


def _once(priced: Iterable[_Priced], currency: str, *, first: bool = False) -> tuple[DayPrice, ...]:
    """One price a day; ``first``: of several the first, which is no error."""
    prices: dict[date, DayPrice] = {}
    for where, day, price in priced:
        kept = prices.setdefault(day, DayPrice(day, currency, price, IMPORTED))
        if kept.price != price and not first:
            raise PriceFileError(
                f"{where}: {day} has two prices, {kept.price} and {price}.",
                "Keep one price per day.",
            )
    return tuple(prices.values())


def _table(lines: Iterable[str], currency: str, name: str) -> PriceFile:
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        layout = _layout([cell.lower() for cell in header], name)
        column = [cell.lower() for cell in header].index(layout.price)
        priced = _cells(reader, header, layout, name)
        return PriceFile(_once(priced, currency, first=layout.snapshots), header[column])
    except csv.Error as error:
        raise PriceFileError(
            f"{name}, line {reader.line_num}: this is not CSV ({error}).", "Correct that line."
        ) from error


def _layout(header: list[str], name: str) -> _Layout:
    for layout in _LAYOUTS:
        if {layout.day, layout.price} <= set(header):
            return layout
    raise PriceFileError(
        f"{name}: there are no columns called date and price.",
        "Its first line has to be a header such as date,price, or as CoinGecko or Yahoo write it.",
    )


def _cells(
    reader: Iterator[list[str]], header: list[str], layout: _Layout, name: str
) -> Iterator[_Priced]:
    low = [cell.lower() for cell in header]
    places = low.index(layout.day), low.index(layout.price)
    for cells in reader:
        where = f"{name}, line {reader.line_num}"  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise PriceFileError(
                f"{where}: {len(cells)} cells under {len(header)} columns.",
                "Give no line more cells than the header, and prices a decimal point: 11.52",
            )
        day, price = (cells[place].strip() if place < len(cells) else "" for place in places)
        if price.lower() not in layout.gaps or not day:
            yield where, *_priced(day, price, where)


def _directives(lines: Iterable[str], currency: str, name: str) -> Iterator[_Priced]:
    for number, line in enumerate(lines, start=1):
        if not re.match(r"P\s", line):
            continue
        where = f"{name}, line {number}"
        parts = _DIRECTIVE.fullmatch(line.strip())
        amount = _AMOUNT.fullmatch(parts["amount"]) if parts is not None else None
        if parts is None or amount is None:
            raise PriceFileError(
                f"{where}: “{cut(line.strip())}” is no price.",
                "Write it like P 2026-08-28 NMR 11.52 USD",
            )
        money = (amount["before"] or amount["after"]).strip('"')
        if parts["commodity"].strip('"') == "NMR" and _SYMBOLS.get(money, money) == currency:
            day = "-".join(part.zfill(2) for part in re.split(r"[-/.]", parts["day"]))
            yield where, *_priced(day, amount["number"], where)


def _priced(day: str, price: str, where: str) -> tuple[date, Decimal]:
    try:
        number = typed.number(price, "price")
        if not is_price(number):
            raise ValueError("no price")
        return from_iso(day[: len("2026-08-28")]).date(), number
    except (ValueError, ChangeError) as error:
        raise PriceFileError(
            f"{where}: “{cut(f'{day},{price}')}” is no date with a price.",
            "Write it like 2026-08-28,11.52",
        ) from error
