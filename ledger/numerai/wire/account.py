"""The account behind an API key."""

from __future__ import annotations

from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain import names
from ledger.domain.knowledge import Fact
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.records.price import is_currency
from ledger.domain.records.transaction import ScheduledTransaction, WalletTransaction
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.syncing.facts import Price
from ledger.errors import BadAnswer
from ledger.numerai.answers import Json, Reply
from ledger.numerai.wire.fields import Fields, Problems, is_plain_text, moment, nmr_of
from ledger.numerai.wire.models import archived_may_lack, model_extras, read_models

_TOKEN_FACTS = (Fact.SCOPES, Fact.KEY_NAME)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the account requests tell: the account, its ``models`` and ``stakes``, the wallet's
    transactions and ``prices``. ``scheduled`` is ``None`` when it was not told whole.

    ``account.username`` is empty when it was not told.
    """

    account: Account
    models: tuple[Model, ...]
    stakes: tuple[ContinuousStake, ...]
    scheduled: tuple[ScheduledTransaction, ...] | None
    wallet_transactions: tuple[WalletTransaction, ...]
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """Whose API key this is, and the ``scopes`` that say what it may do.

    ``key_name`` is the name its owner gave it, ``public_id`` the half that may be shown.
    """

    username: str
    key_name: str | None
    public_id: str
    scopes: frozenset[str]


def read_account(
    core: Reply, extras: Reply | None, now: datetime, problems: Problems
) -> AccountFacts:
    """The answers to ``documents.ACCOUNT_CORE`` and ``ACCOUNT_EXTRAS``, as of ``now``.

    ``extras`` is ``None`` where they have not been asked for; then nothing of them is missing.

    Raises:
        BadAnswer: no account is in it, or no list of models.
    """
    account = Fields.top(core, "account", problems).child("account")
    if account is None:
        raise BadAnswer("Numerai's answer holds no account.", "Try again in a while.")
    if account.children_or_none("models") is None:
        raise BadAnswer("Numerai's answer does not list the models.", "Try again in a while.")
    hidden = archived_may_lack(core)
    if hidden is not None:
        problems.lacks(Fact.MODELS, "", hidden, asked=False)
    top = None if extras is None else Fields.top(extras, "account", problems)
    more = _more(top)
    models, stakes = read_models(account, None if top is None else model_extras(more), problems)
    return AccountFacts(
        account=_account(account, top, more, now),
        models=models,
        stakes=stakes,
        scheduled=read_scheduled(more) if more else None,
        wallet_transactions=_wallet(more) if more else (),
        prices=_prices(top, now) if top else (),
    )


_ACCOUNT_EXTRA_FACTS = (
    Fact.HELD_WITHDRAWALS,
    Fact.HELD_INCREASES,
    Fact.CURRENCY,
    Fact.SCHEDULED,
    Fact.WALLET_TRANSACTIONS,
)


def _more(top: Fields | None) -> Fields | None:
    return top.child("account", fact=_ACCOUNT_EXTRA_FACTS) if top else None


def read_key(reply: Reply, public_id: str) -> KeyInfo:
    """The answer to ``documents.KEY``.

    Raises:
        BadAnswer: neither account nor key names an account.
    """
    top = Fields.top(reply, "API key", Problems())
    account, key = top.child("account"), top.child("apiTokenInfo")
    username = (account and account.text("username")) or (key and key.text("accountUsername"))
    if not username:
        raise BadAnswer("Numerai names no account for this API key.", "Try again in a while.")
    return KeyInfo(
        username=names.clean(username),
        key_name=_name(key.text("name")) if key else None,
        public_id=(key and key.text("publicId")) or public_id,
        scopes=frozenset(key.texts("scopes")) if key else frozenset(),
    )


def _account(account: Fields, top: Fields | None, more: Fields | None, now: datetime) -> Account:
    key = top.child("apiTokenInfo", fact=_TOKEN_FACTS) if top else None
    username = account.text("username") or (key.text("accountUsername") if key else None)
    if username is None:
        account.report("username", account.why_missing("username") or "missing")
    return Account(
        username=names.clean(username or ""),
        as_of=now,
        wallet_address=account.text("walletAddress", fact=Fact.WALLET_ADDRESS),
        available=account.nmr("availableNmr", fact=Fact.WALLET),
        held_increases=(
            more.nmr("heldForScheduledStakeIncreases", fact=Fact.HELD_INCREASES) if more else None
        ),
        held_withdrawals=(
            more.nmr("heldForPendingWithdrawals", fact=Fact.HELD_WITHDRAWALS) if more else None
        ),
        key_name=_name(key.text("name", fact=Fact.KEY_NAME)) if key else None,
        scopes=frozenset(key.texts("scopes", fact=Fact.SCOPES)) if key else frozenset(),
        currency=_currency(more) if more else None,
    )


def _currency(account: Fields) -> str | None:
    code = account.text("defaultCurrency", fact=Fact.CURRENCY)
    if code is None or is_currency(code):
        return code
    account.lacks(Fact.CURRENCY, "Numerai's answer can't be read: defaultCurrency is no currency.")
    return None


def _name(text: str | None) -> str | None:
    return names.clean(text or "") or None


def _prices(top: Fields, now: datetime) -> tuple[Price, ...]:
    entry = top.named("NMR price").child("latestNmrPrice", fact=Fact.PRICE)
    price = entry.decimal("priceUsd", low=0, fact=Fact.PRICE) if entry else None
    if entry is None or price is None:
        return ()
    at = entry.time("lastUpdated", fact=Fact.PRICE) or now
    return (Price(at, "USD", format(price, "f"), "numerai"),)


def read_scheduled(account: Fields) -> tuple[ScheduledTransaction, ...] | None:
    """``scheduledStakeTxns``, all of them or ``None``: a part would pass for the whole."""
    problems = Problems()
    entries = account.reporting(problems).children_or_none(
        "scheduledStakeTxns", fact=Fact.SCHEDULED
    )
    parsed = [_scheduled(entry) for entry in entries or ()]
    rows = tuple(row for row in parsed if row is not None)
    account.merge(problems)
    if entries is None and not problems.missing:
        account.lacks(Fact.SCHEDULED, "Numerai says null, not that there are none.")
    return None if problems.damaged or len(rows) < len(parsed) or entries is None else rows


def _scheduled(entry: Fields) -> ScheduledTransaction | None:
    fact = Fact.SCHEDULED
    name = _name(entry.text("model", fact=fact))
    row = entry.named(name or "a scheduled transaction")
    amount = row.nmr("amount", required=True, negative=True, fact=fact)
    if name is None or amount is None:
        if name is None:
            row.report("model", "missing; the transaction is left out")
        row.lacks(fact, "A scheduled transaction can't be read.")
        return None
    return ScheduledTransaction(
        model_name=name,
        tournament=row.integer("tournament", fact=fact),
        type=row.text("type", fact=fact),
        amount=amount,
        status=row.text("status", fact=fact),
        time=row.time("time", fact=fact),
        due=row.time("dueDate", fact=fact),
        drain=row.boolean("drain", fact=fact) or False,
    )


def _wallet(account: Fields) -> tuple[WalletTransaction, ...]:
    listed = account.payload.get("walletTxns")
    if isinstance(listed, list) and account.whole("walletTxns"):
        plain = [row for entry in listed if (row := _plain_wallet_row(entry)) is not None]
        if len(plain) == len(listed):
            return tuple(plain)
    entries = account.children("walletTxns", fact=Fact.WALLET_TRANSACTIONS)
    rows = (_wallet_row(entry.named("wallet transaction")) for entry in entries)
    return tuple(row for row in rows if row is not None)


def _plain_wallet_row(entry: Json) -> WalletTransaction | None:
    """A row in which everything is there and as it always is: read in a tenth of the time, since
    there are thousands. ``None`` for any other, which :func:`_wallet_row` reads."""
    try:
        amount, at, tournament = entry["amount"], entry["time"], entry["tournament"]
        tx_hash, kind, status = entry["txHash"], entry["type"], entry["status"]
        sender, receiver = entry["from"], entry["to"]
        if type(amount) is not str or type(at) is not str:
            return None
        if tournament is not None and (type(tournament) is not int or tournament not in _NUMBERS):
            return None
        for text in (tx_hash, kind, status, sender, receiver):
            if text is not None and not is_plain_text(text):
                return None
        return WalletTransaction(
            tx_hash, kind, status, nmr_of(amount), moment(at), sender, receiver, tournament
        )
    except (KeyError, TypeError, ValueError):
        return None


_NUMBERS = frozenset(map(int, Tournament))


def _wallet_row(entry: Fields) -> WalletTransaction | None:
    """A row, or ``None`` where part of it can't be read: it is told again by the next sync.

    So it is where a part is refused that tells rows apart: without it each would count twice.
    """
    fact, problems = Fact.WALLET_TRANSACTIONS, Problems()
    row = entry.reporting(problems)
    amount = row.nmr("amount", required=True, negative=True, fact=fact)
    at = row.time("time", required=True, fact=fact)
    rest = {
        "tx_hash": row.text("txHash", fact=fact),
        "type": row.text("type", fact=fact),
        "status": row.text("status", fact=fact),
        "sender": row.text("from", fact=fact),
        "receiver": row.text("to", fact=fact),
    }
    tournament = row.integer("tournament", fact=fact)
    if amount is None or at is None:
        row.lacks(fact, "A wallet transaction can't be read.")
    problems.nulls.clear()
    entry.merge(problems)
    distinct = all(map(row.asked, ("type", "from", "to", "tournament")))
    if amount is None or at is None or problems.damaged or not distinct:
        return None
    return WalletTransaction(amount=amount, time=at, tournament=tournament, **rest)
