"""Documents about records: prices, exports, the year."""

from __future__ import annotations

from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    DAY,
    DECIMAL,
    TEXT,
    TOURNAMENT,
    listed,
    optional,
    record,
)

_PRICE = record({"date": DAY, "price": DECIMAL, "source": TEXT})
_LINE = record(
    {
        "year": COUNT,
        "tournament": optional(TOURNAMENT),
        "model": optional(TEXT),
        "model_id": optional(TEXT),
        "income": AMOUNT,
        "burned": AMOUNT,
        "net": AMOUNT,
        "income_value": DECIMAL,
        "burned_value": DECIMAL,
        "net_value": DECIMAL,
        "without_price": AMOUNT,
    }
)

DOCUMENTS = {
    "prices import": record(
        {"currency": TEXT, "days": COUNT, "first": DAY, "last": DAY}
        | {"missing": COUNT, "column": TEXT}
    ),
    "prices show": record({"currency": TEXT, "time_zone": TEXT, "prices": listed(_PRICE)}),
    "export": record(
        {
            "file": TEXT,
            "records": COUNT,
            "currency": TEXT,
            "time_zone": TEXT,
            "days_without_price": listed(DAY),
            "not_booked": COUNT,
        }
    ),
    "summary": record(
        {
            "note": TEXT,
            "currency": TEXT,
            "time_zone": TEXT,
            "models": listed(_LINE),
            "tournaments": listed(_LINE),
            "years": listed(_LINE),
        }
    ),
}
