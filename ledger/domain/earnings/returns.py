"""What payouts came to on the NMR that was committed for them."""

from __future__ import annotations

from decimal import Decimal

from ledger.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Committed:
    """Settled payouts over the mean of what was committed, while anything was; fractions.

    Over the last ``three_months``, the last ``one_year`` and ``all_time``; ``None`` where nothing
    was committed, or nothing has settled yet. ``unknown`` rounds, of which Numerai did not tell
    what was at risk, are left out.
    """

    three_months: Decimal | None
    one_year: Decimal | None
    all_time: Decimal | None
    unknown: int = 0
