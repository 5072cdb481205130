"""What the ledger holds of a model, with its age: nothing staked is told from not told."""

from __future__ import annotations

from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.sums import Part


def settled(model_id: str, stake: ContinuousStake | None, missing: MissingFacts) -> NMR | None:
    """The settled stake: zero for a model that has none, ``None`` when Numerai did not tell."""
    if stake is not None:
        return stake.settled
    return None if missing.of(Fact.STAKE, model_id) else ZERO


def stands(model_id: str, stake: ContinuousStake | None, missing: MissingFacts) -> bool:
    """Whether it is known, or was once, what is staked and what is pending."""
    pending = missing.of(Fact.PENDING, model_id)
    reported = pending is None or pending.as_of is not None
    return reported and settled(model_id, stake, missing) is not None


def part(amount: NMR | None, missing: MissingFacts, subject: str, *facts: Fact) -> Part:
    """``amount`` for a total, as old as the oldest of the ``facts`` it rests on."""
    entries = [entry for fact in facts if (entry := missing.of(fact, subject)) is not None]
    ages = [entry.as_of for entry in entries if entry.as_of is not None]
    return Part(amount, min(ages, default=None))


def counts(model: Model, stake: ContinuousStake | None, missing: MissingFacts) -> bool:
    """Whether a model belongs into lists and totals.

    Archived ones do while they hold a stake or a pending request, or while that is not known.
    """
    if not model.archived:
        return True
    if stake is not None and stake.pending is not None:
        return True
    amount = settled(model.id, stake, missing)
    return amount is None or bool(amount)
