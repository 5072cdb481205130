"""Claims and rounds of atomic staking, as the API shows them to keys with scope web3_staking."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.stakes.strategy import Claim, StakeRound, StakingContract
from ledger.numerai.answers import Reply
from ledger.numerai.wire.fields import Fields, Problems

_KEY = re.compile(r"0x[0-9a-fA-F]{64}")
_DIGITS = re.compile(r"[0-9]{1,40}", re.ASCII)
_MOST_WEI = 10**26
_YEARS = range(2015, 2101)
_NOBODY = {"0"}


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """The account's models by id, and in ``by_key`` model ids by their key on chain, lower case."""

    models: Mapping[str, Model]
    by_key: Mapping[str, str]


def read_staking_contracts(
    reply: Reply,
    aliases: Mapping[str, Tournament],
    now: datetime,
    problems: Problems,
    with_contract: Collection[Tournament] = (),
) -> dict[Tournament, StakingContract]:
    """The staking contracts, for the tournaments that have one.

    One that Numerai does not tell is only missing for the tournaments ``with_contract``: the
    server answers with an error for a tournament that has none.
    """
    contracts = {}
    for alias, tournament in aliases.items():
        present = reply.data.get(alias) is not None
        reports = problems if present or tournament in with_contract else Problems()
        top = Fields.top(
            reply, "staking contracts", reports, str(int(tournament)), may_be_null=True
        )
        config = top.child(alias, fact=Fact.STAKING_CONTRACT)
        address = config.text("address", fact=Fact.STAKING_CONTRACT) if config else None
        if config is None or address is None or _is_nobody(address):
            continue
        paused = config.boolean("paused", fact=Fact.STAKING_CONTRACT)
        contracts[tournament] = StakingContract(tournament, address, paused, now)
    return contracts


def _is_nobody(address: str) -> bool:
    return not set(address.lower().removeprefix("0x")) - _NOBODY


def read_claims(
    reply: Reply,
    aliases: Mapping[str, Tournament],
    index: ModelIndex,
    problems: Problems,
    stakers: Mapping[Tournament, str],
) -> dict[Tournament, tuple[Claim, ...]]:
    """All claims of each tournament that was answered whole: a part would pass for all.

    Claims of unknown models are left out, those that come twice count once. ``stakers``: whose
    claims were asked for.
    """
    claims = {}
    for alias, tournament in aliases.items():
        own = Problems()
        top = Fields.top(reply, "claims", own, str(int(tournament)))
        entries = top.children_or_none(alias, fact=Fact.CLAIMS)
        staker = stakers[tournament]
        rows = [_claim(entry, tournament, index, staker) for entry in entries or ()]
        problems.take(own)
        if entries is not None and not own.damaged:
            once = {(row.round, row.model_id, row.staker): row for row in rows if row is not None}
            claims[tournament] = tuple(once.values())
    return claims


def _claim(entry: Fields, tournament: Tournament, index: ModelIndex, staker: str) -> Claim | None:
    fact = Fact.CLAIMS
    key = entry.text("modelId", required=True)
    if key is None or not _KEY.fullmatch(key):
        if key is not None:
            entry.report("modelId", f"not a model's key on chain: {key!r}")
        entry.lacks(fact, "A claim names no model.")
        return None
    model = index.models.get(
        entry.text("apiModelId", fact=fact) or index.by_key.get(key.lower()) or ""
    )
    if model is None:
        return None
    row = entry.named(f"{said(model.name)}, claim")
    number = row.round_number("roundId", required=True, fact=fact)
    payout, burn = _wei(row, "payoutAmountWei"), _wei(row, "burnAmountWei")
    if number is None or payout is None or burn is None:
        row.lacks(fact, "A claim can't be read.", asked=row.asked("payoutAmountWei"))
        return None
    return Claim(
        tournament=tournament,
        round=number,
        model_id=model.id,
        key=key.lower(),
        staker=row.text("staker", fact=fact) or staker,
        payout=payout,
        burn=burn,
        claimable=_wei(row, "claimableAmountWei"),
    )


def read_stake_rounds(
    reply: Reply, aliases: Mapping[str, tuple[Tournament, int]], problems: Problems
) -> tuple[StakeRound, ...]:
    """Rounds as the staking contract has them; ``aliases`` says which was asked for under which."""
    fact = Fact.STAKE_ROUNDS
    stake_rounds = []
    for alias, (tournament, number) in aliases.items():
        top = Fields.top(reply, "staking rounds", problems, str(int(tournament)), may_be_null=True)
        entry = top.child(alias, fact=fact)
        if entry is None:
            continue
        row = entry.named(f"{tournament.label} {number}")
        state = row.text("state", required=True, fact=fact)
        if state is None:
            continue
        stake_rounds.append(
            StakeRound(
                tournament=tournament,
                round=number,
                state=state,
                resolves=_unix(row, "resolveTime"),
                resolved=row.boolean("resolved", fact=fact) or False,
                payout_factor=row.text("payoutFactor", fact=fact),
            )
        )
    return tuple(stake_rounds)


def _wei(row: Fields, name: str) -> NMR | None:
    """An amount in wei; finite and no larger than all NMR there is."""
    text = row.text(name, fact=Fact.CLAIMS)
    if text is None:
        return None
    wei = int(text) if _DIGITS.fullmatch(text) else _MOST_WEI
    if wei >= _MOST_WEI:
        row.report(name, f"not an amount in wei: {text!r}")
        row.lacks(Fact.CLAIMS, "An amount in wei can't be read.")
        return None
    return NMR.from_wei(wei)


def _unix(row: Fields, name: str) -> datetime | None:
    """A time in seconds since 1970; 0 stands for none."""
    text = row.text(name, fact=Fact.STAKE_ROUNDS)
    if text is None or text == "0":
        return None
    seconds = int(text) if _DIGITS.fullmatch(text) and len(text) <= 10 else 0
    at = datetime.fromtimestamp(seconds, UTC)
    if at.year not in _YEARS:
        row.report(name, f"not a time: {text!r}")
        row.lacks(Fact.STAKE_ROUNDS, "A time can't be read.")
        return None
    return at
