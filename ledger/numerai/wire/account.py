"""The account, its models and their continuous stakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.change import AccountSnapshot
from ledger.domain.facts import Price
from ledger.domain.model import Account, Model, Reputation, Returns, Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.transaction import ScheduledTransaction, WalletTransaction
from ledger.errors import BadAnswer
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems

TOURNAMENTS = {int(tournament): tournament for tournament in Tournament}


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the account request tells."""

    account: Account
    models: tuple[Model, ...]
    stakes: tuple[ContinuousStake, ...]
    scheduled: tuple[ScheduledTransaction, ...]
    wallet_transactions: tuple[WalletTransaction, ...]
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """Whose key this is and what it may do."""

    username: str
    key_name: str | None
    public_id: str
    scopes: frozenset[str]


def read_account(data: Mapping[str, Json], now: datetime, problems: Problems) -> AccountFacts:
    """The answer to ``queries.ACCOUNT``, as of ``now``.

    Raises:
        BadAnswer: no account is in it, no list of models, or no wallet balance to believe.
    """
    top = Fields(dict(data), "account", problems)
    account = top.child("account")
    if account is None:
        raise BadAnswer("Numerai's answer holds no account.", "Try again in a while.")
    if "models" not in account:
        raise BadAnswer("Numerai's answer does not list the models.", "Try again in a while.")
    for name in ("scheduledStakeTxns", "walletTxns"):
        if name not in account:
            account.report(name, "missing")
    models, stakes = _models(account, problems)
    return AccountFacts(
        account=_account(top, account, now),
        models=models,
        stakes=stakes,
        scheduled=tuple(_scheduled(account)),
        wallet_transactions=tuple(_wallet(account)),
        prices=_prices(top, now),
    )


def read_key(data: Mapping[str, Json], public_id: str) -> KeyInfo:
    """The answer to ``queries.KEY``.

    Raises:
        BadAnswer: neither names an account.
    """
    top = Fields(dict(data), "API key", Problems())
    account, key = top.child("account"), top.child("apiTokenInfo")
    username = (account and account.text("username")) or (key and key.text("accountUsername"))
    if not username:
        raise BadAnswer("Numerai names no account for this API key.", "Try again in a while.")
    return KeyInfo(
        username=username,
        key_name=key.text("name") if key else None,
        public_id=(key and key.text("publicId")) or public_id,
        scopes=_scopes(top),
    )


def read_snapshot(data: Mapping[str, Json], model: Model, now: datetime) -> AccountSnapshot:
    """The answer to ``queries.SNAPSHOT``: the account around a change on ``model``.

    Raises:
        BadAnswer: something a comparison would rest on is missing or malformed.
    """
    problems = Problems()
    top = Fields(dict(data), model.name, problems)
    account, slot = top.child("account"), top.child("model")
    available = account.nmr("availableNmr", required=True) if account else None
    if account is None or slot is None or available is None:
        raise BadAnswer(
            f"Numerai did not tell how the account and {model.name} stand.", "Try again."
        )
    held = account.nmr("heldForScheduledStakeIncreases")
    stake = _stake(model.id, slot)
    pending = stake.pending if stake else None
    scheduled = sum(
        entry.model_name == model.name and entry.tournament in {None, int(model.tournament)}
        for entry in _scheduled(account)
    )
    for problem in problems:
        if problem.where != model.name:
            continue
        raise BadAnswer(f"{problem.where}, {problem.field}: {problem.what}", "Try again.")
    return AccountSnapshot(
        taken=now,
        available=available,
        held=held or ZERO,
        settled=stake.settled if stake else ZERO,
        take_profit=stake.take_profit if stake else _take_profit(slot),
        pending_kind=str(pending.kind) if pending else None,
        pending_amount=pending.amount if pending else None,
        pending_due=pending.due if pending else None,
        pending_id=pending.request_id if pending else None,
        scheduled=scheduled,
    )


def _account(top: Fields, account: Fields, now: datetime) -> Account:
    key = top.child("apiTokenInfo")
    available = account.nmr("availableNmr", required=True)
    username = account.text("username") or (key.text("accountUsername") if key else None)
    if available is None or username is None:
        raise BadAnswer(
            "Numerai did not tell whose account this is, or what its wallet holds.",
            "Try again in a while.",
        )
    return Account(
        username=username,
        as_of=now,
        wallet_address=account.text("walletAddress"),
        available=available,
        held_increases=account.nmr("heldForScheduledStakeIncreases", required=True) or ZERO,
        held_withdrawals=account.nmr("heldForPendingWithdrawals", required=True) or ZERO,
        key_name=key.text("name") if key else None,
        scopes=_scopes(top),
        currency=account.text("defaultCurrency"),
    )


def _scopes(top: Fields) -> frozenset[str]:
    key = top.child("apiTokenInfo")
    return frozenset(key.texts("scopes")) if key else frozenset()


def _prices(top: Fields, now: datetime) -> tuple[Price, ...]:
    entry = top.child("latestNmrPrice")
    price = entry.named("NMR price").decimal("priceUsd", low=0) if entry else None
    if entry is None or price is None:
        return ()
    at = entry.named("NMR price").time("lastUpdated") or now
    return (Price(at, "USD", format(price, "f"), "numerai"),)


def _models(
    account: Fields, problems: Problems
) -> tuple[tuple[Model, ...], tuple[ContinuousStake, ...]]:
    models: dict[str, Model] = {}
    stakes: dict[str, ContinuousStake] = {}
    for entry in account.children("models"):
        model = _model(entry, problems)
        if model is None or model.id in models:
            continue
        models[model.id] = model
        stake = _stake(model.id, entry.named(model.name))
        if stake is not None:
            stakes[model.id] = stake
    return tuple(models.values()), tuple(stakes.values())


def _model(entry: Fields, problems: Problems) -> Model | None:
    """A model, or ``None`` for one without id or in no tournament known here."""
    model_id = entry.text("id")
    name = entry.text("name") or model_id
    entry = entry.named(name or "a model")
    number = entry.integer("tournament", required=True)
    if model_id is None:
        entry.report("id", "missing; the model is left out")
        return None
    if number is None:
        return None
    if number not in TOURNAMENTS:
        problems.add(f"tournament {number}", "tournament", "unknown; its models are left out")
        return None
    if "name" not in entry:
        entry.report("name", "missing")
    return Model(
        id=model_id,
        name=name or model_id,
        tournament=TOURNAMENTS[number],
        archived=entry.boolean("archived") or False,
        created=entry.time("insertedAt"),
        earliest_release=entry.time("earliestReleaseDate"),
        reputations=_reputations(entry),
        returns=_returns(entry),
    )


def _reputations(entry: Fields) -> tuple[Reputation, ...]:
    found: dict[str, Reputation] = {}
    for score in entry.children("latestUserScores"):
        name = score.text("displayName")
        if name is not None:
            standing = Reputation(name, score.decimal("reputation"), score.integer("rank", low=0))
            found.setdefault(name, standing)
    return tuple(found.values())


def _returns(entry: Fields) -> Returns:
    returns = entry.child("returns")
    if returns is None:
        return Returns()
    return Returns(
        returns.decimal("oneDay"),
        returns.decimal("threeMonths"),
        returns.decimal("oneYear"),
        returns.decimal("allTime"),
    )


def _stake(model_id: str, entry: Fields) -> ContinuousStake | None:
    """The v2 stake; ``None`` for a model that never had one."""
    stake = entry.child("v2Stake")
    if stake is None:
        return None
    settled = stake.nmr("latestValueSettled")
    if settled is None:
        settled = stake.nmr("stakeValue")
    pending = _pending(stake)
    projected = stake.nmr("latestValue")
    if settled is None and projected is None and pending is None:
        return None
    if settled is None and projected is not None:
        stake.report("latestValueSettled", "missing; the projected value stands in")
    worth = next((value for value in (settled, projected) if value is not None), ZERO)
    return ContinuousStake(
        model_id=model_id,
        settled=worth,
        projected=worth if projected is None else projected,
        take_profit=_take_profit(entry),
        pending=pending,
    )


def _take_profit(entry: Fields) -> bool | None:
    stake, selection = entry.child("v2Stake"), entry.child("currentPayoutSelection")
    on = stake.boolean("takeProfit") if stake else None
    if on is None and selection is not None:
        on = selection.boolean("takeProfit")
    return on


def _pending(stake: Fields) -> PendingRequest | None:
    request = stake.child("pendingV2ChangeStakeRequest")
    if request is None:
        return None
    kind = _kind(request)
    if kind is None:
        return None
    amount = request.nmr("requestedAmount", required=kind is not PendingKind.DRAIN)
    return PendingRequest(
        kind=kind,
        amount=ZERO if amount is None else amount,
        due=request.time("dueDate"),
        status=request.text("status"),
        request_id=request.text("id"),
    )


def _kind(request: Fields) -> PendingKind | None:
    if request.boolean("drain"):
        return PendingKind.DRAIN
    text = request.text("type", required=True)
    kinds = {
        "increase": PendingKind.INCREASE,
        "decrease": PendingKind.DECREASE,
        "release": PendingKind.DECREASE,
        "drain": PendingKind.DRAIN,
    }
    if text is not None and text.lower() not in kinds:
        request.report("type", f"unknown kind of change: {text}")
    return kinds.get(text.lower()) if text else None


def _scheduled(account: Fields) -> list[ScheduledTransaction]:
    found = []
    for entry in account.children("scheduledStakeTxns"):
        name = entry.text("model")
        row = entry.named(name or "a scheduled transaction")
        amount = row.nmr("amount", required=True, negative=True)
        if name is None or amount is None:
            if name is None:
                row.report("model", "missing; the transaction is left out")
            continue
        found.append(
            ScheduledTransaction(
                model_name=name,
                tournament=row.integer("tournament"),
                type=row.text("type"),
                amount=amount,
                status=row.text("status"),
                time=row.time("time"),
                due=row.time("dueDate"),
                drain=row.boolean("drain") or False,
            )
        )
    return found


def _wallet(account: Fields) -> list[WalletTransaction]:
    found = []
    for entry in account.children("walletTxns"):
        row = entry.named("wallet transaction")
        amount = row.nmr("amount", required=True, negative=True)
        at = row.time("time", required=True)
        if amount is None or at is None:
            continue
        found.append(
            WalletTransaction(
                tx_hash=row.text("txHash"),
                type=row.text("type"),
                status=row.text("status"),
                amount=amount,
                time=at,
                sender=row.text("from"),
                receiver=row.text("to"),
                tournament=row.integer("tournament"),
            )
        )
    return found
