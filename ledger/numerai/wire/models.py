"""The account's models and their continuous stakes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ledger.domain import names
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Reputation, Returns, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.numerai.answers import Reply
from ledger.numerai.wire.fields import Fields, Problems

TOURNAMENTS = {int(tournament): tournament for tournament in Tournament}
"""Tournaments by Numerai's number."""

_STAKE_FACTS = (Fact.STAKE, Fact.PROJECTED_STAKE, Fact.PENDING)
_EXTRA_FACTS = (
    Fact.ARCHIVED,
    Fact.CREATED,
    Fact.RELEASE_DATE,
    Fact.REPUTATION,
    Fact.RETURNS,
    Fact.TAKE_PROFIT,
)
_KINDS = {
    "increase": PendingKind.INCREASE,
    "decrease": PendingKind.DECREASE,
    "release": PendingKind.DECREASE,
    "drain": PendingKind.DRAIN,
}


def read_models(
    core: Fields, extras: Mapping[str, Fields] | None, problems: Problems
) -> tuple[tuple[Model, ...], tuple[ContinuousStake, ...]]:
    """All models, and the stakes of those that have one or of which it was not told.

    ``extras``: what else was told of each model, ``None`` when it was not asked for.
    """
    models: dict[str, Model] = {}
    stakes: dict[str, ContinuousStake] = {}
    for entry in core.children("models", fact=Fact.MODELS):
        identity = _identity(entry, problems)
        if identity is None or identity[0] in models:
            continue
        model_id, name, tournament = identity
        more = _extras(model_id, name, extras, problems)
        models[model_id] = _model(model_id, name, tournament, more)
        stake = read_stake(model_id, entry.named(name, model_id), read_take_profit(more))
        if stake is not None:
            stakes[model_id] = stake
    return tuple(models.values()), tuple(stakes.values())


def model_extras(account: Fields | None) -> dict[str, Fields]:
    """What the answer to ``documents.ACCOUNT_EXTRAS`` tells of each model."""
    extras: dict[str, Fields] = {}
    for entry in account.children("models") if account else ():
        model_id = entry.text("id")
        if model_id is not None:
            extras.setdefault(model_id, entry)
    return extras


def _identity(entry: Fields, problems: Problems) -> tuple[str, str, Tournament] | None:
    """Id, name and tournament; ``None`` for a model without one of them, which is left out."""
    model_id = entry.text("id", fact=Fact.MODELS)
    name = names.clean(entry.text("name") or "") or model_id
    entry = entry.named(name or "a model", model_id or "")
    number = entry.integer("tournament", required=True, fact=Fact.LISTED if model_id else ())
    if model_id is None:
        entry.report("id", "missing; the model is left out")
        entry.lacks(Fact.MODELS, "Numerai lists a model without an id.")
        return None
    if number is None:
        entry.lacks(Fact.LISTED, "Numerai does not tell the model's tournament.")
        return None
    if number not in TOURNAMENTS:
        problems.add(f"tournament {number}", "tournament", "unknown; its models are left out")
        return None
    if name == model_id:
        entry.report("name", "missing")
        entry.lacks(Fact.LISTED, "Numerai does not tell the model's name.")
    return model_id, name or model_id, TOURNAMENTS[number]


def _extras(
    model_id: str, name: str, extras: Mapping[str, Fields] | None, problems: Problems
) -> Fields | None:
    if extras is None:
        return None
    if model_id not in extras:
        problems.lacks(_EXTRA_FACTS, model_id, "Numerai's answer tells no more of the model.")
        return None
    return extras[model_id].named(name, model_id)


def _model(model_id: str, name: str, tournament: Tournament, more: Fields | None) -> Model:
    if more is None:
        return Model(id=model_id, name=name, tournament=tournament)
    return Model(
        id=model_id,
        name=name,
        tournament=tournament,
        archived=more.boolean("archived", fact=Fact.ARCHIVED) or False,
        created=more.time("insertedAt", fact=Fact.CREATED),
        earliest_release=more.time("earliestReleaseDate", fact=Fact.RELEASE_DATE),
        reputations=_reputations(more),
        returns=_returns(more),
    )


def _reputations(entry: Fields) -> tuple[Reputation, ...]:
    reputations: dict[str, Reputation] = {}
    fact = Fact.REPUTATION
    for score in entry.children("latestUserScores", fact=fact):
        name = score.text("displayName", fact=fact)
        if name is not None:
            value = score.decimal("reputation", fact=fact)
            standing = Reputation(name, value, score.integer("rank", low=0, fact=fact))
            reputations.setdefault(name, standing)
    return tuple(reputations.values())


def _returns(entry: Fields) -> Returns:
    returns = entry.child("returns", fact=Fact.RETURNS)
    if returns is None:
        return Returns()
    return Returns(
        _fraction(returns, "oneDay"),
        _fraction(returns, "threeMonths"),
        _fraction(returns, "oneYear"),
        _fraction(returns, "allTime"),
    )


def _fraction(returns: Fields, name: str) -> Decimal | None:
    """Numerai tells per cent."""
    percent = returns.decimal(name, fact=Fact.RETURNS)
    return None if percent is None else percent.scaleb(-2)


def read_take_profit(entry: Fields | None) -> bool | None:
    """Where earnings go, from the stake or, on older servers, from the payout selection."""
    if entry is None:
        return None
    if entry.sent("currentPayoutSelection") or not entry.asked("v2Stake"):
        selection = entry.child("currentPayoutSelection", fact=Fact.TAKE_PROFIT)
        return selection.boolean("takeProfit", fact=Fact.TAKE_PROFIT) if selection else None
    stake = entry.child("v2Stake", fact=Fact.TAKE_PROFIT)
    return stake.boolean("takeProfit", fact=Fact.TAKE_PROFIT) if stake else None


def read_stake(
    model_id: str, entry: Fields, take_profit: bool | None = None
) -> ContinuousStake | None:
    """The v2 stake; ``None`` for a model that never had one, and where nothing of it is told.

    Settled is only what Numerai calls so: nothing else stands in for it.
    """
    stake = entry.child("v2Stake", fact=_STAKE_FACTS)
    if stake is None:
        return None
    settled = stake.nmr("latestValueSettled", fact=Fact.STAKE)
    projected = stake.nmr("stakeValue", fact=Fact.PROJECTED_STAKE)
    pending = read_pending(stake, settled)
    if settled is None and projected is None and pending is None:
        return None
    return ContinuousStake(model_id, settled, projected, take_profit, pending)


def read_pending(stake: Fields, settled: NMR | None) -> PendingRequest | None:
    """The pending request; one whose kind or amount can't be read is missing.

    A drain releases what is ``settled``, whether it names an amount or not.
    """
    request = stake.child("pendingV2ChangeStakeRequest", fact=Fact.PENDING)
    if request is None:
        return None
    kind = _kind(request)
    amount = request.nmr("requestedAmount", required=kind is not PendingKind.DRAIN)
    if amount is None and kind is PendingKind.DRAIN:
        amount = settled
    if kind is None or amount is None:
        request.lacks(Fact.PENDING, "What the pending request does is not told.")
        return None
    for name in ("id", "status"):
        why = request.why_missing(name)
        if why is not None:
            request.named("pending requests").report(name, why)
    return PendingRequest(
        kind=kind,
        amount=amount,
        due=request.time("dueDate", fact=Fact.RELEASE_DATE),
        status=request.text("status"),
        request_id=request.text("id"),
    )


def _kind(request: Fields) -> PendingKind | None:
    """What a request does: all of it where ``drain`` is set, which must be known of a decrease."""
    drain = request.boolean("drain")
    if drain:
        return PendingKind.DRAIN
    text = request.text("type", required=True)
    kind = _KINDS.get(text.lower()) if text else None
    if text is not None and kind is None:
        request.report("type", f"unknown kind of change: {text}")
    unclear = drain is None and ("drain" in request or request.why_missing("drain") is not None)
    if kind is PendingKind.DECREASE and unclear:
        return None
    return kind


def archived_may_lack(reply: Reply) -> str | None:
    """Why the list of models may lack the archived ones; ``None`` when they were asked for."""
    return reply.left_out.get(("account", "models", "(showArchived)"))
