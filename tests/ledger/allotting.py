"""Payout policies and payouts to split, by hand and at random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.policy import (
    WALLET,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
    PolicyVersion,
    SettledPayout,
    Split,
)
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.rules.policy.split import new_row, with_row
from tests.ledger.accounts import NOW

SIGNALS = Tournament.SIGNALS
MODELS = ("alder", "birch", "cedar", "dogwood")
NAMES = {name: name for name in MODELS}
"""Models whose ids are their names."""

TAX = Destination(DestinationKind.POOL, "tax")


def to(name: str) -> Destination:
    """A model as a destination."""
    return Destination(DestinationKind.MODEL, name)


def policy(
    rows: Mapping[str | None, Mapping[Destination, int | str]],
    *,
    tournament: Tournament = SIGNALS,
    burns: BurnRule = BurnRule.CARRY,
    threshold: str | None = "1",
    every: int | None = None,
) -> Policy:
    """A policy of rows by source; what they leave stays."""
    found = Policy(
        tournament,
        burns=burns,
        threshold=None if threshold is None else NMR(threshold),
        every=every,
    )
    for source, shares in rows.items():
        found = with_row(
            found, new_row(source, {place: Decimal(share) for place, share in shares.items()})
        )
    return found


def version(of: Policy, since: int = 1, number: int = 1) -> PolicyVersion:
    """A version made at ``NOW``, later ones later."""
    return PolicyVersion(number, since, NOW + timedelta(minutes=number), of)


def paid(number: int, model: str, nmr: str, **more: bool) -> SettledPayout:
    return SettledPayout(number, model, NMR(nmr), **more)


def performance(number: int, model: str, payout: str, **more: object) -> Performance:
    """A settled round of a model with 10 NMR at risk."""
    shape: dict[str, object] = {
        "tournament": SIGNALS,
        "round": number,
        "model_id": model,
        "at_risk": NMR(10),
        "payout": NMR(payout),
        "state": PayoutState.SETTLED,
        "source": None,
        "factor": None,
        "clip": None,
        "scores": (),
        "resolves": None,
        "submission_id": None,
    }
    return Performance(**(shape | more))  # type: ignore[arg-type]


def parts_of(splits: Iterable[Split]) -> set[tuple[int, str, Destination, NMR]]:
    """Round, source, destination and amount of every part."""
    return {
        (one.payout.round, one.payout.model_id, place, nmr)
        for one in splits
        for place, nmr in one.parts.items()
    }


PLACES = st.sampled_from([WALLET, TAX, *(to(name) for name in MODELS)])
AMOUNTS = st.one_of(st.integers(-(10**20), 10**20), st.integers(-300, 300), st.just(0)).map(
    NMR.from_wei
)


@st.composite
def shares(draw) -> dict[Destination, Decimal]:
    """Percentages with up to four decimals, of no more than 100 in all."""
    left, found = 10**6, {}
    for place in draw(st.lists(PLACES, unique=True, max_size=5)):
        part = draw(st.integers(0, left))
        left -= part
        if part:
            found[place] = Decimal(part) / 10**4
    return found


@st.composite
def policies(draw, tournament: Tournament = SIGNALS) -> Policy:
    """Any policy of up to four rows."""
    found = Policy(tournament, burns=draw(st.sampled_from(BurnRule)))
    sources = draw(st.lists(st.sampled_from([None, *MODELS]), unique=True, max_size=4))
    for source in sources:
        found = with_row(found, new_row(source, draw(shares())))
    return found


@st.composite
def histories(draw) -> tuple[PolicyVersion, ...]:
    """Up to four versions, in any order of their rounds; some are switched off."""
    count = draw(st.integers(0, 4))
    return tuple(
        version(draw(policies()), draw(st.integers(1, 14)), number)
        for number in range(1, count + 1)
    )


@st.composite
def payouts(draw) -> tuple[SettledPayout, ...]:
    """Payouts and burns of rounds 1 to 12; each model and round once."""
    cells = [(number, model) for number in range(1, 13) for model in MODELS]
    chosen = draw(st.lists(st.sampled_from(cells), unique=True, max_size=24))
    return tuple(
        SettledPayout(*cell, draw(AMOUNTS), draw(st.booleans()), draw(st.booleans()))
        for cell in chosen
    )
