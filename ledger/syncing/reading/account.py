"""The account, its models and their stakes: as told, or as they were where nothing is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Account, Model, System
from ledger.domain.records.transaction import ScheduledTransaction, WalletTransaction
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.syncing.facts import Price
from ledger.errors import BadAnswer, NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import AccountFacts, Problems
from ledger.syncing.former import Former
from ledger.syncing.missing import NULL_BY_NATURE
from ledger.syncing.requests import Request
from ledger.syncing.standing import (
    ACCOUNT_FACTS,
    MODEL_FACTS,
    STAKE_FACTS,
    account_with,
    emptied,
    model_with,
    stakes_with,
    unlisted,
)

Key = tuple[Fact, str]
"""A fact and what it is about."""

_NEVER_NULL = frozenset(
    {
        Fact.WALLET,
        Fact.HELD_INCREASES,
        Fact.HELD_WITHDRAWALS,
        Fact.STAKE,
        Fact.PROJECTED_STAKE,
        Fact.ARCHIVED,
        Fact.CREATED,
        Fact.SCOPES,
    }
)
"""Facts that are something always: null says no more than that they are not told."""

_NULL = "Numerai says null."


@dataclass(frozen=True, slots=True)
class AccountNews:
    """The account as it is to be kept; ``scheduled`` is ``None`` where it stays as it was.

    ``models`` and ``stakes`` are all there are, ``wallet_transactions`` and ``prices`` what came.
    """

    account: Account
    models: tuple[Model, ...]
    stakes: tuple[ContinuousStake, ...]
    scheduled: tuple[ScheduledTransaction, ...] | None
    wallet_transactions: tuple[WalletTransaction, ...]
    prices: tuple[Price, ...]


class AccountReading:
    """Asks for the account: what every client asks for, without which there is no sync, and the
    rest. What is null where something was is asked for once more, all of it together."""

    def __init__(self, former: Former, now: datetime) -> None:
        self.problems = Problems()
        self.missing: dict[Key, str] = {}
        self._former = former
        self.now = now
        self._core: Reply | None = None
        self._extras: Reply | None = None
        self._facts: AccountFacts | None = None
        self._believed: set[Key] = set()

    def requests(self) -> list[Request]:
        """Both requests; an unreadable core fails the sync."""
        return [
            Request("account", documents.ACCOUNT_CORE, self._take_core, needed=True),
            Request(
                "account details", documents.ACCOUNT_EXTRAS, self._take_extras, self._no_extras
            ),
        ]

    def doubts(self) -> list[Request]:
        """What to ask for once more before it is believed: all of it, or nothing.

        Raises:
            BadAnswer: there is no account to be read.
        """
        try:
            self._facts = self._read(self.problems)
        except BadAnswer:
            return self.requests()[:1]
        return self.requests() if self._suspects() else []

    def conclude(self) -> AccountNews:
        """The account after both askings.

        Raises:
            BadAnswer: there is no account to be read, or nobody says whose it is.
        """
        if self._facts is None:
            self._facts = self._read(self.problems)
        elif suspects := self._suspects():
            self._hear_again(self._facts, suspects)
        missing = dict(self.problems.missing) | self._nulls()
        self.missing = missing
        facts, former = self._facts, self._former
        restored = {key: why for key, why in missing.items() if key not in self._believed}
        account = account_with(facts.account, former.account, restored)
        if not account.username:
            if former.account is None:
                raise BadAnswer("Numerai did not tell whose account this is.", "Try again later.")
            account = replace(account, username=former.account.username)
        models = self._models(facts, restored)
        return AccountNews(
            account=account,
            models=models,
            stakes=self._stakes(facts, models, restored),
            scheduled=self._scheduled(facts),
            wallet_transactions=facts.wallet_transactions,
            prices=facts.prices,
        )

    def _take_core(self, reply: Reply) -> Iterable[Request]:
        self._core = reply
        return ()

    def _take_extras(self, reply: Reply) -> Iterable[Request]:
        self._extras = reply
        return ()

    def _no_extras(self, error: NumeraiError) -> Iterable[Request]:
        if self._extras is None:
            self._extras = Reply.failed(error.what)
        return ()

    def _read(self, problems: Problems) -> AccountFacts:
        if self._core is None:
            raise BadAnswer("Numerai's answer holds no account.", "Try again in a while.")
        return wire.read_account(self._core, self._extras, self.now, problems)

    def _suspects(self) -> set[Key]:
        """Facts that are null, and were something before."""
        return {
            key
            for key in self.problems.nulls
            if key[0] not in NULL_BY_NATURE and _value(key, *self._before())
        }

    def _before(self) -> tuple[Account | None, Mapping[str, Model], Mapping[str, ContinuousStake]]:
        return self._former.account, self._former.models, self._former.stakes

    def _hear_again(self, facts: AccountFacts, suspects: set[Key]) -> None:
        """Take what the second answer says of ``suspects``, and believe what is null again."""
        problems = Problems()
        try:
            second = self._read(problems)
        except BadAnswer:
            self.problems.missing |= dict.fromkeys(suspects, _NULL)
            return
        values = (
            second.account,
            {model.id: model for model in second.models},
            {stake.model_id: stake for stake in second.stakes},
        )
        heard = {key: value for key in suspects if (value := _value(key, *values)) is not None}
        self._facts = _altered(facts, heard)
        self.problems.nulls -= heard.keys()
        self._believed = (suspects & problems.nulls) - heard.keys()
        unheard = suspects - heard.keys() - self._believed
        self.problems.missing |= {key: problems.missing.get(key, _NULL) for key in unheard}

    def _nulls(self) -> dict[Key, str]:
        """Nulls that tell nothing: those of amounts, but for models without a stake."""
        staked = {stake.model_id for stake in (self._facts.stakes if self._facts else ())}
        return {
            (fact, subject): _NULL
            for fact, subject in self.problems.nulls
            if fact in _NEVER_NULL
            and (fact not in STAKE_FACTS or subject in staked or self._was_staked(subject))
        }

    def _was_staked(self, model_id: str) -> bool:
        """Whether a model had a stake, and its tournament has not left continuous staking."""
        stake, model = self._former.stakes.get(model_id), self._former.models.get(model_id)
        if stake is None or model is None:
            return False
        atomic = self._former.systems.get(model.tournament) is System.ATOMIC
        return not atomic and bool(stake.settled or stake.pending)

    def _models(self, facts: AccountFacts, missing: Mapping[Key, str]) -> tuple[Model, ...]:
        former = self._former.models
        models = [model_with(model, former.get(model.id), missing) for model in facts.models]
        ids = {model.id for model in models}
        others = [model for model in former.values() if model.id not in ids]
        unread = [model for model in others if (Fact.LISTED, model.id) in missing]
        rest = [model for model in others if (Fact.LISTED, model.id) not in missing]
        if (Fact.MODELS, "") in missing:
            return (*models, *unread, *rest)
        standing = unlisted(rest, (), self.now)
        for model in standing:
            self.missing[Fact.LISTED, model.id] = "Numerai no longer lists the model."
        return (*models, *unread, *standing)

    def _stakes(
        self, facts: AccountFacts, models: Iterable[Model], missing: Mapping[Key, str]
    ) -> tuple[ContinuousStake, ...]:
        stakes = stakes_with(
            {stake.model_id: stake for stake in facts.stakes}, self._former.stakes, missing
        )
        for key in self._believed:
            if key[0] in STAKE_FACTS and key[1] not in stakes and key in self.missing:
                stakes[key[1]] = ContinuousStake(key[1], None, None, None)
        standing = {model.id for model in models}
        for model_id in standing - {model.id for model in facts.models}:
            if model_id in self._former.stakes:
                stakes[model_id] = self._former.stakes[model_id]
        return tuple(stake for model_id, stake in stakes.items() if model_id in standing)

    def _scheduled(self, facts: AccountFacts) -> tuple[ScheduledTransaction, ...] | None:
        if facts.scheduled is None:
            return None
        before = self._former.missing.of(Fact.SCHEDULED)
        since = before.since if before else None
        if emptied(facts.scheduled, self._former.scheduled, since, self.now):
            self.missing[Fact.SCHEDULED, ""] = "Numerai's list is suddenly empty."
            return None
        return facts.scheduled


def _value(
    key: Key,
    account: Account | None,
    models: Mapping[str, Model],
    stakes: Mapping[str, ContinuousStake],
) -> Any:
    """The value of a fact, ``None`` where there is none."""
    fact, subject = key
    if fact in ACCOUNT_FACTS:
        return getattr(account, ACCOUNT_FACTS[fact], None)
    if fact in MODEL_FACTS:
        return getattr(models.get(subject), MODEL_FACTS[fact], None)
    if fact in STAKE_FACTS:
        return getattr(stakes.get(subject), STAKE_FACTS[fact], None)
    return None


def _altered(facts: AccountFacts, heard: Mapping[Key, Any]) -> AccountFacts:
    """``facts`` with these values in them."""
    account = facts.account
    models = {model.id: model for model in facts.models}
    stakes = {stake.model_id: stake for stake in facts.stakes}
    for (fact, subject), value in heard.items():
        if fact in ACCOUNT_FACTS:
            account = replace(account, **{ACCOUNT_FACTS[fact]: value})
        elif fact in MODEL_FACTS and subject in models:
            models[subject] = replace(models[subject], **{MODEL_FACTS[fact]: value})
        elif fact in STAKE_FACTS:
            stake = stakes.get(subject, ContinuousStake(subject, None, None, None))
            stakes[subject] = replace(stake, **{STAKE_FACTS[fact]: value})
    return replace(
        facts, account=account, models=tuple(models.values()), stakes=tuple(stakes.values())
    )
