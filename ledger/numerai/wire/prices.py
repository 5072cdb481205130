"""Prices of NMR other than the one that comes with the account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import Fact
from ledger.domain.records.price import CONVERSION, PAYOUTS
from ledger.domain.syncing.facts import Price
from ledger.numerai.answers import Reply
from ledger.numerai.wire.fields import Fields, Problems

_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}
_CENT = Decimal("0.01")
"""What Numerai rounds the values of payouts to, whatever the currency."""

_PLACES = Decimal("1E-6")
"""What a price made from payouts is rounded to."""


def read_conversion(
    reply: Reply, currency: str, now: datetime, problems: Problems
) -> tuple[Price, ...]:
    """The answer to ``documents.CURRENCY``; nothing where Numerai knows no such price."""
    fact = Fact.CURRENCY_PRICE
    top = Fields.top(reply, "currency price", problems, may_be_null=True)
    entry = top.child("latestCurrencyPrice", fact=fact)
    price = entry.decimal("price", low=0, fact=fact) if entry else None
    if entry is None or not price:
        return ()
    return (
        Price(
            entry.time("lastUpdated", fact=fact) or now, currency, format(price, "f"), CONVERSION
        ),
    )


def read_payout_prices(
    reply: Reply, aliases: Iterable[str], currency: str | None, now: datetime
) -> tuple[Price, ...]:
    """The price pending payouts are valued at now: ``payoutValue`` over ``payoutNmr``.

    Values are rounded to cents, so only their sum tells a price, and only where rounding can
    move it by less than half a per cent. Rows of another currency than the first are left out.
    """
    values: dict[str, list[tuple[Decimal, Decimal]]] = {}
    top = Fields.top(reply, "payouts", Problems())
    for alias in aliases:
        lists = top.child(alias)
        for row in lists.children("pending") if lists else ():
            nmr, value = row.decimal("payoutNmr"), row.decimal("payoutValue")
            money = _SYMBOLS.get(row.text("currencySymbol") or "", currency or "")
            if nmr and value and money:
                values.setdefault(money, []).append((abs(nmr), abs(value)))
    return tuple(
        Price(now, money, format((value / nmr).quantize(_PLACES), "f"), PAYOUTS)
        for money, rows in values.items()
        if (value := sum((v for _, v in rows), Decimal(0))) >= len(rows) * 100 * _CENT
        and (nmr := sum((n for n, _ in rows), Decimal(0)))
    )
