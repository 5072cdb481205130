"""What Numerai does not tell, in sentences for people, with what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.domain.model import Model, Tournament
from ledger.domain.names import listed, said
from ledger.rules.naming import name_of

WORDS: dict[Fact, tuple[str, str]] = {
    Fact.WALLET: ("what the Numerai wallet holds", "nothing is planned that is paid from it"),
    Fact.HELD_INCREASES: ("what is held for increases", ""),
    Fact.HELD_WITHDRAWALS: ("what is held for withdrawals", "the records leave it out"),
    Fact.WALLET_ADDRESS: ("the Numerai wallet's address", "transfers may be told apart less well"),
    Fact.CURRENCY: ("your currency", "US dollars are shown"),
    Fact.SCOPES: ("what the API key may do", "it is found out only when it is tried"),
    Fact.KEY_NAME: ("the API key's name", ""),
    Fact.SCHEDULED: ("scheduled stake transactions", "a lost answer is harder to look into"),
    Fact.WALLET_TRANSACTIONS: ("wallet transactions", "the records wait for them"),
    Fact.STAKE_TRANSACTIONS: (
        "stake transactions",
        "positions may be missing, and nothing is planned for strategies",
    ),
    Fact.PRICE: ("the price of NMR", "new payouts have none in dollars"),
    Fact.CURRENCY_PRICE: ("the price of NMR in your currency", "new payouts have none in it"),
    Fact.MODELS: ("the list of models", "new models are not seen"),
    Fact.LISTED: ("whether models still exist", "nothing is planned for them"),
    Fact.ARCHIVED: ("whether models are archived", ""),
    Fact.CREATED: ("when models were made", ""),
    Fact.RELEASE_DATE: ("when a release would be paid", "the date is computed from the rounds"),
    Fact.STAKE: ("stakes", "nothing is planned or sent for these models"),
    Fact.PROJECTED_STAKE: ("projected stakes", ""),
    Fact.PENDING: ("pending changes", "nothing is planned or sent for these models"),
    Fact.TAKE_PROFIT: ("take profit", "it can't be changed, and payout policies wait"),
    Fact.REPUTATION: ("reputation", ""),
    Fact.RETURNS: ("returns", ""),
    Fact.SUBMISSIONS: ("submissions", "a missed one is not noticed"),
    Fact.PERFORMANCES: ("scores and payouts by round", "earnings and positions stop there"),
    Fact.AT_RISK: ("what is at risk", "rates and exposure leave these rounds out"),
    Fact.SUBMISSION_ID: ("which submission was scored", "a missed one is not noticed"),
    Fact.SCORES: ("scores", "they are left out of every mean"),
    Fact.SCORE_VALUES: ("values of scores", "they are left out of every mean"),
    Fact.PERCENTILES: ("percentiles", ""),
    Fact.SCORE_DAYS: ("scoring days", "projections learn less"),
    Fact.SCORE_PAYOUTS: ("payouts by score", "payouts come from Numerai's list alone"),
    Fact.FINAL_SCORES: ("which scores are final", "rounds stay unsettled until listed as paid"),
    Fact.MULTIPLIERS: ("multipliers", "payouts are not recomputed"),
    Fact.PAYOUT_FACTOR: ("payout factors of scored rounds", "payouts are not recomputed"),
    Fact.RESOLVED: ("which rounds have resolved", "rounds stay unsettled until listed as paid"),
    Fact.RESOLVE_TIME: ("when scored rounds resolve", "the date is computed from the rounds"),
    Fact.DAILY_SCORES: ("daily scores", "projections learn less"),
    Fact.ROUNDS: ("rounds", "new ones are not seen"),
    Fact.ROUND_TIMES: ("when rounds open and close", "the times are computed"),
    Fact.ROUND_STAKING_CLOSE: ("when staking closes", "the times are computed"),
    Fact.ROUND_RESOLVE_TIME: ("when rounds resolve", "the times are computed"),
    Fact.ROUND_RESOLVED: ("which rounds are over", "rounds stay unsettled until they are listed"),
    Fact.ROUND_FACTOR: ("rounds' payout factors", "payouts are not recomputed"),
    Fact.ROUND_TARGET: ("rounds' targets", ""),
    Fact.SCORE_CONFIGS: ("how scores pay", "payouts are not recomputed"),
    Fact.PAYOUTS: ("its list of payouts", "payouts are summed up from scores"),
    Fact.SETTLED_PAYOUTS: ("settled payouts", "corrections are not noticed"),
    Fact.PENDING_PAYOUTS: ("unsettled payouts", "running rounds are summed up from scores"),
    Fact.STAKING_CONTRACT: ("the staking contract", "transactions can't be built"),
    Fact.CLAIMS: ("claims", "what waits to be claimed is not known"),
    Fact.STAKE_ROUNDS: ("rounds of the staking contract", "claims are not dated"),
    Fact.CHAIN: ("what the chain shows", "settings and idle NMR are told from positions"),
}
"""What each fact is called, and what its loss costs besides not being shown."""

MUST = frozenset(
    {Fact.MODELS, Fact.WALLET, Fact.STAKE, Fact.PENDING, Fact.ROUNDS, Fact.PERFORMANCES}
)
"""Without these an account can't be managed: a sync that lacks one is never complete."""

_NAMED = 3
"""So many models are named; more are counted."""


@dataclass(frozen=True, slots=True)
class MissingLine:
    """One fact that Numerai does not tell, about everything it concerns, in one sentence.

    ``subjects`` are the account (``""``), model ids and tournament numbers, as in
    :class:`ledger.domain.knowledge.Fact`. ``since`` is the first sync that lacked it of any;
    ``as_of`` when the oldest was last told, ``None`` where it never was. ``acknowledged``: the user
    has seen it for all of them. ``must``: see :data:`MUST`.
    """

    fact: Fact
    sentence: str
    subjects: tuple[str, ...]
    since: datetime
    as_of: datetime | None
    acknowledged: bool
    must: bool


@dataclass(frozen=True, slots=True)
class MissingReport:
    """All that Numerai does not tell.

    ``lines`` say it in sentences by fact, ``facts`` have it one by one.
    """

    lines: tuple[MissingLine, ...]
    facts: MissingFacts

    @property
    def incomplete(self) -> bool:
        """Whether a sync that left it so was done but not complete."""
        return bool(self.unseen)

    @property
    def unseen(self) -> tuple[MissingLine, ...]:
        """What the account can't be managed without, or the user has not acknowledged."""
        return tuple(line for line in self.lines if line.must or not line.acknowledged)


def build_missing(facts: MissingFacts, labels: Mapping[str, str]) -> MissingReport:
    """``facts`` grouped: what an account can't do without first, then in the order of facts.

    ``labels`` are the models' names by id.
    """
    groups: dict[tuple[Fact, bool], list[MissingFact]] = {}
    for entry in facts:
        groups.setdefault((entry.fact, entry.as_of is None), []).append(entry)
    lines = [_line(fact, entries, labels) for (fact, _), entries in groups.items()]
    order = {fact: place for place, fact in enumerate(Fact)}
    lines.sort(key=lambda line: (not line.must, order[line.fact], line.as_of is None))
    return MissingReport(tuple(lines), facts)


def _line(fact: Fact, entries: list[MissingFact], labels: Mapping[str, str]) -> MissingLine:
    since = min(entry.since for entry in entries)
    ages = [entry.as_of for entry in entries if entry.as_of is not None]
    as_of = min(ages, default=None)
    subjects = tuple(sorted(entry.subject for entry in entries))
    return MissingLine(
        fact=fact,
        sentence=_sentence(fact, _whom(subjects, labels), since, as_of),
        subjects=subjects,
        since=since,
        as_of=as_of,
        acknowledged=all(entry.acknowledged for entry in entries),
        must=fact in MUST,
    )


def _sentence(fact: Fact, whom: str, since: datetime, as_of: datetime | None) -> str:
    from ledger.reports import words

    what, cost = WORDS[fact]
    about = ", ".join(part for part in (whom, words.since(since)) if part)
    if as_of is None:
        statement, shown = f"Numerai has never told {what} ({about})", "they are not shown"
    else:
        statement = f"Numerai no longer tells {what} ({about})"
        shown = f"shown is what was last told, {words.moment(as_of)}"
    return f"{statement}: {'; '.join(part for part in (shown, cost) if part)}."


def _whom(subjects: Iterable[str], labels: Mapping[str, str]) -> str:
    """``alder``, ``32 models``, ``Classic, Signals``; nothing for the account itself."""
    tournaments = {str(int(tournament)): tournament.label for tournament in Tournament}
    named = [subject for subject in subjects if subject]
    if named and all(subject in tournaments for subject in named):
        return ", ".join(tournaments[subject] for subject in named)
    if len(named) > _NAMED:
        return f"{len(named)} models"
    return listed(sorted(name_of(subject, labels) for subject in named))


def gone(model: Model, label: str) -> str:
    """A model that Numerai lists no longer, as long as that is not believed yet."""
    from ledger.reports import words

    since = words.moment(model.missing_since)
    return (
        f"{said(label)} ({model.tournament.label}): Numerai does not list it since {since}. "
        "Its last figures stand until another sync says the same."
    )
