"""Claims and rounds of atomic staking, as the API shows them to keys with scope web3_staking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.strategy import Claim, StakeRound, StakingContract
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems

_KEY = re.compile(r"0x[0-9a-fA-F]{64}")
_DIGITS = re.compile(r"[0-9]{1,40}", re.ASCII)
_MOST_WEI = 10**26
_YEARS = range(2015, 2101)
_NOBODY = {"0"}


@dataclass(frozen=True, slots=True)
class KnownModels:
    """The account's models by id, and model ids by their key on chain, lower case."""

    models: Mapping[str, Model]
    by_key: Mapping[str, str]


def read_staking_contracts(
    data: Mapping[str, Json], aliases: Mapping[str, Tournament], now: datetime
) -> dict[Tournament, StakingContract]:
    """The staking contracts, for the tournaments that have one."""
    top = Fields(dict(data), "staking contracts", Problems())
    found = {}
    for alias, tournament in aliases.items():
        config = top.child(alias)
        address = config.text("address") if config else None
        if config is None or address is None or _is_nobody(address):
            continue
        found[tournament] = StakingContract(tournament, address, config.boolean("paused"), now)
    return found


def _is_nobody(address: str) -> bool:
    return not set(address.lower().removeprefix("0x")) - _NOBODY


def read_claims(
    data: Mapping[str, Json],
    aliases: Mapping[str, Tournament],
    known: KnownModels,
    problems: Problems,
) -> dict[Tournament, tuple[Claim, ...]]:
    """All claims of each tournament that was answered; those of unknown models are left out."""
    top = Fields(dict(data), "claims", problems)
    found = {}
    for alias, tournament in aliases.items():
        if alias not in top:
            continue
        rows = [_claim(entry, tournament, known) for entry in top.children(alias)]
        found[tournament] = tuple(row for row in rows if row is not None)
    return found


def _claim(entry: Fields, tournament: Tournament, known: KnownModels) -> Claim | None:
    key = entry.text("modelId", required=True)
    if key is None or not _KEY.fullmatch(key):
        if key is not None:
            entry.report("modelId", f"not a model's key on chain: {key!r}")
        return None
    model = known.models.get(entry.text("apiModelId") or known.by_key.get(key.lower()) or "")
    if model is None:
        return None
    row = entry.named(f"{model.name}, claim")
    number = row.integer("roundId", required=True, low=1)
    payout, burn = _wei(row, "payoutAmountWei"), _wei(row, "burnAmountWei")
    if number is None:
        return None
    return Claim(
        tournament=tournament,
        round=number,
        model_id=model.id,
        key=key.lower(),
        staker=row.text("staker") or "",
        payout=payout or ZERO,
        burn=burn or ZERO,
        claimable=_wei(row, "claimableAmountWei"),
    )


def read_stake_rounds(
    data: Mapping[str, Json], aliases: Mapping[str, tuple[Tournament, int]], problems: Problems
) -> tuple[StakeRound, ...]:
    """Rounds as the staking contract has them; ``aliases`` says which was asked for under which."""
    top = Fields(dict(data), "staking rounds", problems)
    found = []
    for alias, (tournament, number) in aliases.items():
        entry = top.child(alias)
        if entry is None:
            continue
        row = entry.named(f"{tournament.label} {number}")
        state = row.text("state", required=True)
        if state is None:
            continue
        found.append(
            StakeRound(
                tournament=tournament,
                round=number,
                state=state,
                resolves=_unix(row, "resolveTime"),
                resolved=row.boolean("resolved") or False,
                payout_factor=row.text("payoutFactor"),
            )
        )
    return tuple(found)


def _wei(row: Fields, name: str) -> NMR | None:
    """An amount in wei; finite and no larger than all NMR there is."""
    text = row.text(name)
    if text is None:
        return None
    wei = int(text) if _DIGITS.fullmatch(text) else _MOST_WEI
    if wei >= _MOST_WEI:
        row.report(name, f"not an amount in wei: {text!r}")
        return None
    return NMR.from_wei(wei)


def _unix(row: Fields, name: str) -> datetime | None:
    """A time in seconds since 1970; 0 stands for none."""
    text = row.text(name)
    if text is None or text == "0":
        return None
    seconds = int(text) if _DIGITS.fullmatch(text) and len(text) <= 10 else 0
    at = datetime.fromtimestamp(seconds, UTC)
    if at.year not in _YEARS:
        row.report(name, f"not a time: {text!r}")
        return None
    return at
