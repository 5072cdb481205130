"""When which NMR comes free, over both systems of staking."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.stakes.unlock import Unlock, UnlockSum, UnlockView
from ledger.domain.sums import Part, Sum
from ledger.rules.stakes.staked import part
from ledger.rules.stakes.strategy_facts import StrategyFacts
from ledger.rules.stakes.unlocks import per_day, per_week, unlocks, when_free


@dataclass(frozen=True, slots=True)
class UnlocksReport:
    """NMR that comes free, by time, judged at ``now`` (UTC) from the sync of ``as_of``.

    ``free`` is what can be disposed of already: Numerai's wallet and every strategy's idle NMR as
    far as they are known. ``unlocks`` are what is still to come. ``view`` says what is taken for
    granted about the next rounds; ``days`` and ``weeks`` (from Monday) add up accordingly,
    ``cumulative`` from nothing. ``missing`` is what Numerai did not tell.
    """

    as_of: datetime | None
    now: datetime
    view: UnlockView
    free: Sum
    unlocks: tuple[Unlock, ...]
    days: tuple[UnlockSum, ...]
    weeks: tuple[UnlockSum, ...]
    missing: MissingFacts = NOTHING_MISSING

    @property
    def total(self) -> Sum:
        """Everything listed that is not staked again."""
        return Sum.of(entry.part(self.view) for entry in self.unlocks)

    def when_free(self, amount: NMR) -> datetime | None:
        """When ``amount`` NMR can be disposed of, what is free already included.

        ``now`` when that is enough; ``None`` when it never comes to that much. Amounts that are
        not known are left out, so it may be earlier.
        """
        return when_free(amount, self.free.known, self.unlocks, self.view, self.now)

    def limited(
        self,
        *,
        tournament: Tournament | None = None,
        model_ids: Collection[str] | None = None,
        until: datetime | None = None,
    ) -> UnlocksReport:
        """The same for one tournament, some models, or up to a time; ``free`` stays."""
        kept = tuple(
            entry
            for entry in self.unlocks
            if (tournament is None or entry.tournament is tournament)
            and (model_ids is None or entry.model_id in model_ids)
            and (until is None or entry.at <= until)
        )
        return _summed(replace(self, unlocks=kept))


@dataclass(frozen=True, slots=True)
class UnlockFacts:
    """What unlocks are told from, as of the sync of ``as_of`` (UTC).

    Continuous ``stakes`` of ``models`` by model id, and atomic ``strategies``, with the newest
    ``rounds``. ``available`` is what Numerai's wallet holds, in NMR. ``missing`` is what Numerai
    did not tell.
    """

    as_of: datetime | None
    models: tuple[Model, ...]
    stakes: dict[str, ContinuousStake]
    strategies: tuple[StrategyFacts, ...]
    rounds: tuple[Round, ...]
    available: NMR | None
    missing: MissingFacts = NOTHING_MISSING


def build_unlocks(
    facts: UnlockFacts, now: datetime, view: UnlockView = UnlockView.STAYS
) -> UnlocksReport:
    """Every release, resolution and claim to come."""
    idle = [Part(entry.idle) for entry in facts.strategies]
    entries = unlocks(
        facts.models, facts.stakes, facts.strategies, facts.rounds, now, missing=facts.missing
    )
    free = Sum.of([part(facts.available, facts.missing, "", Fact.WALLET), *idle])
    return _summed(UnlocksReport(facts.as_of, now, view, free, entries, (), (), facts.missing))


def _summed(report: UnlocksReport) -> UnlocksReport:
    return replace(
        report,
        days=per_day(report.unlocks, report.view),
        weeks=per_week(report.unlocks, report.view),
    )
