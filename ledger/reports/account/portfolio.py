"""All models on one page: what is staked, at risk and pending, and how each has been doing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Account, Model, Reputation, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.standing import Standing
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.stakes.stake import ContinuousStake, PendingRequest, StakeMode
from ledger.domain.sums import Part, Sum
from ledger.reports.account.tournament import TournamentGlance, staked_part
from ledger.rules.naming import names
from ledger.rules.rounds.timing import next_close
from ledger.rules.stakes.staked import part, settled


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model with what it holds, earns and hands in; amounts in NMR.

    ``model_id`` and ``name`` are the model's, ``system`` is how its ``tournament`` is staked,
    ``archived`` whether Numerai lists it as such. ``staked``: the settled stake (continuous),
    or the sum of all positions still locked (atomic). ``at_risk``: NMR that running rounds can
    burn; overlapping continuous rounds share one stake, so their largest counts, atomic positions
    add up. Both are ``None`` when not known. ``pending`` and ``take_profit``: continuous only.
    ``per_round`` and ``mode``: atomic only, as inferred from the model's own positions. ``recent``:
    payouts of the last rounds with a score, oldest first, settled or not; ``earned`` is their
    sum, ``unsettled`` whether some of it can still move. ``pending_payout``: what unresolved rounds
    would pay by now. ``one_year``: Numerai's own
    return figure, a fraction; ``reputations`` are its ranks. ``submission``: in the current round
    of its tournament, ``submitted_at`` when it came (UTC). ``missing_since``: since when Numerai
    lists it no longer; its last figures stand.
    """

    model_id: str
    name: str
    tournament: Tournament
    system: System
    archived: bool
    staked: NMR | None
    at_risk: NMR | None
    pending: PendingRequest | None
    take_profit: bool | None
    per_round: NMR | None
    mode: StakeMode | None
    recent: tuple[NMR, ...]
    earned: NMR
    unsettled: bool
    pending_payout: NMR
    one_year: Decimal | None
    reputations: tuple[Reputation, ...]
    submission: SubmissionState | None
    submitted_at: datetime | None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextClose:
    """The next time ``tournament`` fixes its stakes: ``at`` (UTC), for ``round``."""

    tournament: Tournament
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The account at a glance; amounts in NMR.

    ``profile`` is the ledger's, ``username`` Numerai's. ``as_of`` is the last sync that finished,
    ``None`` before one. ``available`` is what the wallet has free, ``held`` what left it for
    increases that do not count yet. ``staked`` and ``pending_payout`` are sums over all models.
    ``lines`` are all models but archived ones that hold nothing. ``next_closes`` has one for each
    tournament, ``systems`` how each is staked. ``missing`` is what Numerai did not tell: what of
    the figures is old or not known.
    """

    profile: str
    username: str | None
    as_of: datetime | None
    available: NMR | None
    held: NMR | None
    staked: Sum
    pending_payout: Sum
    lines: tuple[ModelLine, ...]
    next_closes: tuple[NextClose, ...]
    systems: dict[Tournament, System]
    missing: MissingFacts = NOTHING_MISSING


def build_portfolio(
    *,
    profile: str,
    account: Account | None,
    models: Iterable[Model],
    stakes: dict[str, ContinuousStake],
    tournaments: dict[Tournament, TournamentGlance],
    now: datetime,
    missing: MissingFacts = NOTHING_MISSING,
) -> Portfolio:
    """All models of all tournaments that count, in the order given."""
    models = [model for model in models if _counts(model, stakes, tournaments, missing)]
    labels = names(models)
    current = {key: facts.current_round(now) for key, facts in tournaments.items()}
    submissions = {
        (entry.model_id, entry.round): entry
        for facts in tournaments.values()
        for entry in facts.submissions
    }
    lines = []
    for model in models:
        facts = tournaments.get(model.tournament)
        if facts is None:
            continue
        latest = current[model.tournament]
        submission = submissions.get((model.id, latest.number)) if latest else None
        stake, standing = stakes.get(model.id), facts.standing(model.id)
        staked = standing.at_risk
        if facts.system is System.CONTINUOUS:
            staked = settled(model.id, stake, missing)
        lines.append(
            _line(
                model,
                name=labels[model.id],
                staked=staked,
                stake=stake,
                system=facts.system,
                standing=standing,
                submission=submission,
            )
        )
    return Portfolio(
        profile=profile,
        username=account.username if account else None,
        as_of=account.as_of if account else None,
        available=account.available if account else None,
        held=account.held_increases if account else None,
        staked=Sum.of(
            staked_part(line.staked, line.model_id, line.system, missing) for line in lines
        ),
        pending_payout=Sum.of(_pending_part(line, missing) for line in lines),
        lines=tuple(lines),
        next_closes=_next_closes(tournaments, now),
        systems={key: facts.system for key, facts in tournaments.items()},
        missing=missing,
    )


def _counts(
    model: Model,
    stakes: dict[str, ContinuousStake],
    tournaments: dict[Tournament, TournamentGlance],
    missing: MissingFacts,
) -> bool:
    facts = tournaments.get(model.tournament)
    return facts is not None and facts.holds(model, stakes.get(model.id), missing)


def _pending_part(line: ModelLine, missing: MissingFacts) -> Part:
    """A model's pending payout, as old as its performances or Numerai's list of payouts."""
    by_model = part(line.pending_payout, missing, line.model_id, Fact.PERFORMANCES)
    listed = part(
        line.pending_payout, missing, str(int(line.tournament)), Fact.PAYOUTS, Fact.PENDING_PAYOUTS
    )
    ages = [age for age in (by_model.as_of, listed.as_of) if age is not None]
    return Part(line.pending_payout, min(ages, default=None))


def _line(
    model: Model,
    *,
    name: str,
    staked: NMR | None,
    stake: ContinuousStake | None,
    system: System,
    standing: Standing,
    submission: Submission | None,
) -> ModelLine:
    atomic = system is System.ATOMIC
    return ModelLine(
        model_id=model.id,
        name=name,
        tournament=model.tournament,
        system=system,
        archived=model.archived,
        staked=staked,
        at_risk=standing.at_risk,
        pending=None if atomic or stake is None else stake.pending,
        take_profit=None if atomic or stake is None else stake.take_profit,
        per_round=standing.per_round if atomic else None,
        mode=standing.mode if atomic else None,
        recent=tuple(reversed(standing.recent)),
        earned=NMR.total(standing.recent),
        unsettled=standing.unsettled,
        pending_payout=standing.pending_payout,
        one_year=model.returns.one_year,
        reputations=model.reputations,
        submission=submission.state if submission else None,
        submitted_at=submission.at if submission else None,
        missing_since=model.missing_since,
    )


def _next_closes(
    tournaments: dict[Tournament, TournamentGlance], now: datetime
) -> tuple[NextClose, ...]:
    closes = []
    for key, facts in tournaments.items():
        close = next_close(facts.rounds, key, now)
        closes.append(NextClose(key, close.round, close.at))
    return tuple(sorted(closes, key=lambda close: close.at))
