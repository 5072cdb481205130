"""A tournament's stakes beside what they should become, and what it takes to get there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import PendingRequest
from ledger.domain.sums import Part, Sum
from ledger.domain.targets.plan import Balance, Plan


class SuggestionKind(StrEnum):
    """How a helper spreads NMR over the rows that are not locked.

    ``ratio`` is mean / standard deviation of the payout-weighted score, ``volatility`` 1 / that
    deviation, ``cvar`` the least expected loss in the worst 5 % of the rounds.
    """

    EQUAL = "equal"
    CURRENT = "current"
    SCORE = "score"
    RATIO = "ratio"
    VOLATILITY = "volatility"
    CVAR = "cvar"


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """One model, ``model_id`` called ``name``; amounts in NMR.

    ``current`` is the settled stake, ``effective`` the stake once ``pending`` has settled. ``text``
    is the target as typed, "" for none; ``target`` what it comes to, ``None`` for none and for one
    with a ``problem``. A ``locked`` row is left alone by weight helpers. ``eventual`` is where the
    stake is going: the target, or without one the stake with the queue's changes; ``difference`` is
    ``eventual`` less ``effective``. ``complete`` is when all of it is there: ``None`` when nothing
    moves or it can't get there, ``missing`` the NMR it lacks then, ``blocked`` why nothing is
    possible. ``way`` says the same in a few words, "" when there is nothing to do. ``current``,
    ``effective``, ``eventual`` and ``difference`` are ``None`` where Numerai never told what they
    follow from; ``uncertain`` says why nothing can be planned for the model.
    """

    model_id: str
    name: str
    current: NMR | None
    pending: PendingRequest | None
    effective: NMR | None
    text: str
    target: NMR | None
    problem: str | None
    eventual: NMR | None
    difference: NMR | None
    way: str
    complete: datetime | None
    missing: NMR
    blocked: str | None
    locked: bool
    uncertain: str | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """The edited targets of one tournament, planned against the whole account.

    ``lines`` are the tournament's models by name, the order in which they are served when NMR is
    short; ``system`` is how it is staked. ``plan`` leads to the targets. ``balance`` is over all
    tournaments, since they share the wallet; the sums of the lines balance with ``current`` +
    ``balance.wallet`` + ``balance.releasing`` = ``targets`` + ``elsewhere`` + ``balance.left``,
    models that are not known left out on both sides. ``can_undo`` and ``can_redo``: there is an
    edit to take back, or one that was. ``name``: the named targets these began as. ``problems`` are
    sentences about targets that can't be meant; they are left out of the plan. ``missing`` is what
    Numerai did not tell.
    """

    tournament: Tournament
    system: System
    lines: tuple[AllocationLine, ...]
    balance: Balance
    plan: Plan
    can_undo: bool
    can_redo: bool
    problems: tuple[str, ...]
    name: str | None
    missing: MissingFacts = NOTHING_MISSING

    def line(self, model_id: str) -> AllocationLine | None:
        """The row of one model."""
        return next((line for line in self.lines if line.model_id == model_id), None)

    @property
    def edited(self) -> bool:
        """Whether any row has a target."""
        return any(line.text for line in self.lines)

    @property
    def current(self) -> Sum:
        """The lines' stakes once what is pending has settled."""
        return Sum.of(self._part(line.model_id, line.effective) for line in self.lines)

    @property
    def targets(self) -> Sum:
        """Where the lines' stakes are going."""
        return Sum.of(self._part(line.model_id, line.eventual) for line in self.lines)

    def _part(self, model_id: str, amount: NMR | None) -> Part:
        entry = self.missing.first(model_id, Fact.STAKE, Fact.PENDING)
        return Part(amount, entry.as_of if entry is not None else None)

    @property
    def elsewhere(self) -> NMR:
        """NMR that the queue's changes put into other tournaments; negative when they free it."""
        others = self.balance.targets - self.targets.known
        return others - (self.balance.current - self.current.known)
