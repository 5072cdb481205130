"""Amounts and percentages that a person, an argument or a file of the user's gives.

One form at every door: ASCII digits with at most one point and at most 18 places, no grouping,
no exponent, no sign, never more than there is NMR. A comma is refused and never guessed at: for
half of the world it is a decimal point, for the other half it separates thousands, and 1,5 read
as 15 costs ten times what was meant. What :func:`written` and ``str`` of an amount give can be
typed back.

Numerai's answers ("1,234.5") and files of prices have parsers of their own.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from ledger.domain.nmr import NMR, PLACES, ZERO
from ledger.errors import ChangeError

SUPPLY = NMR(11_000_000)
"""All the NMR there can ever be."""

MOST_SHARE = Decimal(1_000)
"""Percent; no share of a stake or of a total is larger."""

MOST_WHOLE = 10**9 - 1
"""Beyond it no count is meant, and the ledger and the calendar end."""

NUMBER = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
"""How a number is written, as a regular expression for what stands around it."""

LOOSE = r"[0-9.,]*[0-9][0-9.,]*"
"""What was meant as a number, right or wrong, so that :func:`number` can say what is wrong."""

_NUMBER = re.compile(NUMBER)
_DAYS = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[0-9]*,[0-9]+")
_NMR = re.compile(r"\s*nmr\s*\Z", re.IGNORECASE | re.ASCII)


def number(text: str, what: str = "number") -> Decimal:
    """A number that is not below zero, with at most 18 places.

    Raises:
        ChangeError: it is none; ``what`` says what it should have been, in a word or two.
    """
    typed = text.strip()
    if "," in typed:
        raise ChangeError(f"“{typed}” has a comma.", without_comma(typed))
    if not _NUMBER.fullmatch(typed):
        raise ChangeError(
            f"“{typed}” is no {what}." if typed else f"There is no {what} yet.",
            "Write digits and at most one point, such as 2.5.",
        )
    if len(typed.partition(".")[2]) > PLACES:
        raise ChangeError(f"{typed} has more than {PLACES} places.", f"Use {PLACES} at most.")
    return Decimal(typed)


def whole(text: str, most: int = MOST_WHOLE) -> int | None:
    """A count, a round or a number of a change, from 0 to ``most``; ``None`` where it is none."""
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if digits and int(text) <= most else None


def days(text: str) -> tuple[date, date]:
    """The first and the last day of a year (``2026``), a month (``2026-03``) or a day.

    Raises:
        ChangeError: it is none of them.
    """
    parts = _DAYS.fullmatch(text.strip())
    try:
        if parts is None:
            raise ValueError(text)
        year, month, day = (int(part) if part else 0 for part in parts.groups())
        first = date(year, month or 1, day or 1)
        after = date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
        last = first if day else after - timedelta(days=1)
    except ValueError:
        raise ChangeError(f"“{text}” is no day.", "Write 2026, 2026-03 or 2026-03-05.") from None
    return first, last


def amount(text: str) -> NMR:
    """NMR, exact to the wei: ``2.5`` or ``2.5 NMR``; zero is an amount too.

    Raises:
        ChangeError: it is none, or more than there is.
    """
    nmr = number(_NMR.sub("", text), "amount of NMR")
    if nmr > SUPPLY.amount:
        raise ChangeError(
            f"{text.strip()} is more NMR than there is.", f"There are {SUPPLY} NMR at most."
        )
    return NMR(nmr)


def positive(text: str) -> NMR:
    """The same, but more than nothing.

    Raises:
        ChangeError: it is no amount, zero, or more than there is.
    """
    below = text.strip().startswith(("-", "\N{MINUS SIGN}"))
    nmr = ZERO if below else amount(text)
    if nmr <= ZERO:
        raise ChangeError("The amount must be above zero.", "Type one, such as 2.5.")
    return nmr


def percent(text: str, most: Decimal = MOST_SHARE) -> Decimal:
    """``25`` or ``12.5%``, in percent.

    Raises:
        ChangeError: it is no percentage, or above ``most``.
    """
    typed = text.strip()
    share = number(typed.removesuffix("%"), "percentage")
    if share > most:
        raise ChangeError(
            f"“{typed}” is no percentage.", f"Type 0 to {written(most)}, such as 25 or 12.5."
        )
    return share


def rate(text: str, most: Decimal) -> Decimal:
    """A percentage that may be below zero: ``0.5``, ``+0.5%``, ``-2``.

    Raises:
        ChangeError: it is none, or further from zero than ``most``.
    """
    asked = text.strip().replace("\N{MINUS SIGN}", "-")
    size = percent(asked[1:] if asked[:1] in {"+", "-"} else asked, most)
    return -size if asked.startswith("-") else size


def written(value: Decimal) -> str:
    """A number as it is typed: plain digits, no exponent, no zeros behind the last place."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def without_comma(typed: str) -> str:
    """What to write instead of something with a comma."""
    if _GROUPED.fullmatch(typed):
        whole = typed.replace(",", "")
        if typed.count(",") == 1 and "." not in typed:
            return (
                f"Write {whole}, or {typed.replace(',', '.')}: a comma separates no thousands "
                "here, and is not a decimal point."
            )
        return f"Write {whole}: a comma separates no thousands here."
    if _DECIMAL_COMMA.fullmatch(typed):
        point = typed.replace(",", ".")
        return f"Write {point}: a comma is not a decimal point here, and 1,500 not a thousand."
    return "Write 1.5: a comma is not a decimal point here, and 1,500 not a thousand."
