"""What a sync was not told, as the ledger keeps it: with its age, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ledger.domain.knowledge import Fact, MissingFact, MissingFacts

Missing = Mapping[tuple[Fact, str], str]
"""Fact and subject to the reason, in words, for which it was not told."""

NULL_BY_NATURE = frozenset(
    {
        Fact.PENDING,
        Fact.RELEASE_DATE,
        Fact.RETURNS,
        Fact.REPUTATION,
        Fact.TAKE_PROFIT,
        Fact.KEY_NAME,
        Fact.WALLET_ADDRESS,
        Fact.CURRENCY_PRICE,
    }
)
"""Facts that end or have not begun when Numerai says null, without an error: a pending request
that is done, a model too young for returns. Null where an amount was is no such thing."""


def missing_facts(
    missing: Missing, former: MissingFacts, as_of: datetime | None, now: datetime
) -> tuple[MissingFact, ...]:
    """All that is missing after a sync, which was not told ``missing``.

    ``former``: what was missing before it. ``as_of``: the last sync before, until which the rest
    was told; ``None`` where this is the first.
    """
    entries = [
        _still_missing(former.of(fact, subject), why) or MissingFact(fact, subject, as_of, now, why)
        for (fact, subject), why in missing.items()
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.fact, entry.subject)))


def _still_missing(before: MissingFact | None, why: str) -> MissingFact | None:
    return None if before is None else replace(before, why=why)


def recovered(missing: Missing, former: MissingFacts) -> Iterator[MissingFact]:
    """What was missing before and was told now."""
    for entry in former:
        if (entry.fact, entry.subject) not in missing:
            yield entry
