"""What notices are found in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change
from ledger.domain.records.record import Record
from ledger.domain.rounds.performance import Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission
from ledger.domain.syncing.facts import PayoutCorrection
from ledger.reports.notices.strategy_notices import StrategyNotice


@dataclass(frozen=True, slots=True)
class RecentRounds:
    """The newest ``rounds`` of one ``tournament`` with their ``submissions``.

    ``scored`` are performances of newly settled rounds with their scores, ``burned`` those that
    burned more than is usual for their model, without scores.
    """

    tournament: Tournament
    rounds: tuple[Round, ...]
    submissions: tuple[Submission, ...]
    burned: tuple[Performance, ...]
    scored: tuple[Performance, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What notices are found in.

    ``now`` is Numerai's time, ``clock_shift`` what was added to this machine's to get it.
    ``synced`` is when the last sync went through, ``None`` before the first, ``syncing`` whether
    one is under way. ``account`` is as of
    then. ``models`` are the account's by id; of those with something at stake ``staked`` has what
    they stake in a round, ``None`` where that is not known. ``recent_rounds`` has one for each
    tournament, ``strategy_notices`` are those about atomic staking, ``records`` the newest
    movements. ``atomic``: a tournament is on atomic staking.
    ``loud_within`` and ``stale_after`` are how long before it is lost what can be averted is loud,
    and how old a sync may be. ``missing`` is what Numerai does not tell, ``corrections`` are
    settled payouts that it altered lately. ``undone`` are changes marked as done by hand of which
    something else is seen, with what. ``config`` says what is the matter with the config, "" where
    nothing is.
    """

    now: datetime
    synced: datetime | None
    account: Account | None
    models: Mapping[str, Model]
    staked: Mapping[str, NMR | None]
    recent_rounds: tuple[RecentRounds, ...]
    strategy_notices: tuple[StrategyNotice, ...]
    records: tuple[Record, ...]
    atomic: bool
    loud_within: timedelta
    stale_after: timedelta
    missing: MissingFacts = NOTHING_MISSING
    corrections: tuple[PayoutCorrection, ...] = ()
    clock_shift: timedelta = timedelta(0)
    undone: tuple[tuple[Change, str], ...] = ()
    config: str = ""
    syncing: bool = False

    def name(self, model_id: str) -> str:
        """What a model is called, its id where the ledger has no such model."""
        return self.models[model_id].name if model_id in self.models else model_id

    def stakes(self, model_ids: Iterable[str]) -> NMR | None:
        """What these models stake in a round, together; ``None`` where it is not known of one."""
        amounts = [self.staked.get(model_id) for model_id in model_ids]
        known = [amount for amount in amounts if amount is not None]
        return NMR.total(known) if len(known) == len(amounts) else None
