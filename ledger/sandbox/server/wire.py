"""How the live server writes amounts and times."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from ledger.domain.nmr import NMR

_AMOUNT = re.compile(r"\d+(\.\d{1,18})?")


def nmr(amount: NMR) -> str:
    """18 places, with thousands commas; zero with an exponent: ``1,234.5000...``, ``0E-18``."""
    return f"{amount.amount:,f}" if amount else "0E-18"


def plain(amount: NMR) -> str:
    """18 places and nothing else."""
    return f"{amount.amount:f}"


@lru_cache(maxsize=65536)
def time(moment: datetime) -> str:
    """``2026-08-28T13:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=65536)
def offset_time(moment: datetime) -> str:
    """``2026-08-28T13:00:00+00:00``, as performances have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def date(moment: datetime) -> str:
    """``2026-08-28``."""
    return moment.strftime("%Y-%m-%d")


def read_amount(text: str) -> NMR | None:
    """The amount a client typed; ``None`` when the server would not understand it."""
    return NMR(text) if _AMOUNT.fullmatch(text) and len(text) < 60 else None
