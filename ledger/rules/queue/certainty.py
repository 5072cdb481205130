"""What a change rests on: nothing is planned, confirmed or sent from what Numerai did not tell.

A figure that is old counts as not told here: it may be shown, but no money moves on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.domain.model import Tournament
from ledger.domain.names import said
from ledger.domain.queue.change import FUNDS, SETTINGS, ChangeKind
from ledger.rules.targets.sentences import since

_WHAT = {
    Fact.STAKE: "stake",
    Fact.PENDING: "pending change",
    Fact.TAKE_PROFIT: "take profit",
    Fact.AT_RISK: "stake per round",
    Fact.PERFORMANCES: "positions",
}
"""What a fact about a model is called in a sentence."""

_ON_A_MODEL: dict[ChangeKind, tuple[Fact, ...]] = {
    ChangeKind.INCREASE: (Fact.STAKE, Fact.PENDING),
    ChangeKind.DECREASE: (Fact.STAKE, Fact.PENDING),
    ChangeKind.DRAIN: (Fact.STAKE, Fact.PENDING),
    ChangeKind.CANCEL_RELEASE: (Fact.STAKE, Fact.PENDING),
    ChangeKind.TAKE_PROFIT_ON: (Fact.TAKE_PROFIT,),
    ChangeKind.TAKE_PROFIT_OFF: (Fact.TAKE_PROFIT,),
}
"""The facts about its model that a change rests on."""

_SPENDING = frozenset({ChangeKind.INCREASE, ChangeKind.DEPOSIT})
"""What is paid from the wallet."""


def resting_on(kind: ChangeKind, model_id: str, missing: MissingFacts) -> MissingFact | None:
    """The first fact a change of ``kind`` rests on that is missing, or ``None``.

    Settings of an allocation strategy rest on its models' positions.
    """
    return next(_resting_on(kind, model_id, missing), None)


def _resting_on(kind: ChangeKind, model_id: str, missing: MissingFacts) -> Iterator[MissingFact]:
    needed = [(fact, model_id) for fact in _ON_A_MODEL.get(kind, ())]
    if kind in SETTINGS:
        needed += [(fact, model_id) for fact in (Fact.PERFORMANCES, Fact.AT_RISK)]
    if kind in SETTINGS | FUNDS:
        needed.append((Fact.STAKE_TRANSACTIONS, ""))
    if kind not in FUNDS:
        needed.append((Fact.LISTED, model_id))
    if kind in _SPENDING:
        needed.append((Fact.WALLET, ""))
    for fact, subject in needed:
        entry = missing.of(fact, subject)
        if entry is not None:
            yield entry


def uncertain_wallet(missing: MissingFacts) -> str | None:
    """Why nothing can be paid from the wallet now, or ``None`` when it can."""
    entry = missing.of(Fact.WALLET)
    if entry is None:
        return None
    return (
        f"Numerai does not tell what the Numerai wallet holds {since(entry.since)}; nothing is "
        "paid from it."
    )


def uncertain(
    kind: ChangeKind,
    model_id: str,
    tournament: Tournament,
    missing: MissingFacts,
    *,
    name: str | None = None,
) -> str | None:
    """Why a change of ``kind`` can't be planned, confirmed or sent now, or ``None`` when it can.

    ``name``: what the model is called, where that is known.
    """
    entry = resting_on(kind, model_id, missing)
    if entry is None:
        return None
    model = said(name) if name else "this model"
    if entry.fact is Fact.WALLET:
        return uncertain_wallet(missing)
    if entry.fact is Fact.LISTED:
        return f"Numerai does not list {model} {since(entry.since)}; nothing is planned for it."
    if entry.fact is Fact.STAKE_TRANSACTIONS:
        return (
            f"Numerai does not tell the stakes of {tournament.label} {since(entry.since)}; nothing "
            f"is planned for {model}."
        )
    what = _WHAT[entry.fact]
    return (
        f"Numerai does not tell {model}'s {what} {since(entry.since)}; nothing is planned for it."
    )
