"""Facts about atomic staking as rows, and back."""

from __future__ import annotations

from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    Claim,
    EventsRead,
    KeyEvent,
    KeyProof,
    ModelKey,
    Origin,
    ProvenBy,
    SettingReading,
    StrategyReading,
)
from ledger.domain.syncing.facts import StrategyNews
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    flag,
    insert,
    moment,
    nmr,
    nmr_or_none,
    text,
    time_text,
    truth_or_none,
    upsert,
)

TRUST = {origin: rank for rank, origin in enumerate(Origin)}
"""How far a source is trusted; the lower, the more."""

_CONTRACT = upsert("staking_contract", ("tournament",), ("address", "paused", "as_of"))
_KEY = upsert(
    "model_key", ("tournament", "model_id"), ("key", "origin", "proof", "evidence", "proved")
)
_EVENT = upsert(
    "key_event",
    ("tournament", "strategy", "tx_hash", "key"),
    ("block", "per_round", "mode", "enabled"),
)
_EVENTS_READ = upsert("events_read", ("tournament", "strategy"), ("block",))
_READING = upsert(
    "strategy_reading",
    ("tournament",),
    (
        "address",
        "owner",
        "operator",
        "staking",
        "idle",
        "wallet",
        "gas_wei",
        "chain_id",
        "block",
        "as_of",
        "trouble",
    ),
)
SETTING = upsert(
    "setting_reading",
    ("tournament", "model_id", "origin"),
    ("per_round", "mode", "enabled", "as_of"),
)
"""The statement that keeps what one source says of a setting."""

_CLAIM = insert(
    "claim",
    ("tournament", "round", "model_id", "staker", "key", "payout", "burn", "claimable"),
)
_CLAIMS_READ = upsert("claims_read", ("tournament",), ("as_of",))
_STAKE_ROUND = insert(
    "stake_round", ("tournament", "round", "state", "resolves", "resolved", "payout_factor")
)
_CHAIN_STAKE = upsert("chain_stake", ("tournament", "round", "model_id"), ("stake", "as_of"))


def write_strategy(connection: Connection, facts: StrategyNews) -> None:
    """Write ``facts``; the caller holds the transaction."""
    connection.executemany(
        _CONTRACT,
        [
            (
                int(contract.tournament),
                contract.address,
                flag(contract.paused),
                time_text(contract.as_of),
            )
            for contract in facts.contracts
        ],
    )
    _write_claims(connection, facts)
    if facts.stake_rounds:
        connection.execute("DELETE FROM stake_round")
    connection.executemany(
        _STAKE_ROUND,
        [
            (
                int(entry.tournament),
                entry.round,
                entry.state,
                time_text(entry.resolves),
                flag(entry.resolved),
                entry.payout_factor,
            )
            for entry in facts.stake_rounds
        ],
    )
    connection.executemany(_READING, [_reading_row(one) for one in facts.readings])
    connection.executemany(SETTING, [setting_row(one) for one in facts.settings])
    write_keys(connection, facts.keys)
    for read in facts.events:
        write_events(connection, read)
    connection.executemany(
        _CHAIN_STAKE,
        [
            (
                int(stake.tournament),
                stake.round,
                stake.model_id,
                text(stake.stake),
                time_text(stake.as_of),
            )
            for stake in facts.stakes
        ],
    )


def _write_claims(connection: Connection, facts: StrategyNews) -> None:
    for tournament, claims in facts.claims.items():
        connection.execute("DELETE FROM claim WHERE tournament = ?", (int(tournament),))
        connection.executemany(_CLAIM, [_claim_row(one) for one in claims])
        connection.execute(_CLAIMS_READ, (int(tournament), time_text(facts.as_of)))


def write_keys(connection: Connection, keys: tuple[ModelKey, ...]) -> None:
    """Keep keys: a proven one is replaced by none, another by what is proven or trusted more."""
    keys_by_model = {(key.tournament, key.model_id): key for key in read_keys(connection, None)}
    for key in keys:
        place = key.tournament, key.model_id
        before = keys_by_model.get(place)
        if before is None or _replaces(key, before):
            keys_by_model[place] = key
            connection.execute(_KEY, _key_row(key))


def _replaces(key: ModelKey, before: ModelKey) -> bool:
    if before.proof is not None:
        return key.proof is not None and key.key.lower() == before.key
    return key.proof is not None or TRUST[key.origin] <= TRUST[before.origin]


def _key_row(key: ModelKey) -> Row:
    proof = key.proof
    proof_columns = (
        (None,) * 3 if proof is None else (proof.by.value, proof.evidence, time_text(proof.at))
    )
    return (int(key.tournament), key.model_id, key.key.lower(), key.origin.value, *proof_columns)


def read_keys(connection: Connection, tournament: Tournament | None) -> tuple[ModelKey, ...]:
    rows = connection.execute(
        "SELECT tournament, model_id, key, origin, proof, evidence, proved FROM model_key "
        "WHERE ?1 IS NULL OR tournament = ?1 ORDER BY model_id",
        (number(tournament),),
    )
    return tuple(
        ModelKey(
            TOURNAMENTS[number],
            model_id,
            key,
            Origin(origin),
            None if proof is None else KeyProof(ProvenBy(proof), evidence, moment(proved)),
        )
        for number, model_id, key, origin, proof, evidence, proved in rows
    )


def write_events(connection: Connection, read: EventsRead) -> None:
    """Keep events, and how far they were read."""
    place = int(read.tournament), read.strategy.lower()
    connection.executemany(
        _EVENT,
        [
            (
                *place,
                event.tx_hash.lower(),
                event.key.lower(),
                event.block,
                text(event.per_round),
                None if event.mode is None else event.mode.value,
                flag(event.enabled),
            )
            for event in read.events
        ],
    )
    connection.execute(_EVENTS_READ, (*place, read.reached))


def read_events(
    connection: Connection, tournament: Tournament, strategy: str
) -> tuple[KeyEvent, ...]:
    rows = connection.execute(
        "SELECT key, per_round, mode, enabled, block, tx_hash FROM key_event "
        "WHERE tournament = ? AND strategy = ? ORDER BY block",
        (int(tournament), strategy.lower()),
    )
    return tuple(
        KeyEvent(
            tournament,
            key,
            nmr(per_round),
            None if mode is None else StakeMode(mode),
            bool(enabled),
            block,
            tx_hash,
        )
        for key, per_round, mode, enabled, block, tx_hash in rows
    )


def number(tournament: Tournament | None) -> int | None:
    return None if tournament is None else int(tournament)


def read_reading(row: Row) -> StrategyReading:
    number, address, owner, operator, staking, idle, wallet, gas, chain, block, at, trouble = row
    return StrategyReading(
        TOURNAMENTS[number],
        address,
        owner,
        operator,
        staking,
        nmr_or_none(idle),
        nmr_or_none(wallet),
        None if gas is None else int(gas),
        chain,
        block,
        moment(at),
        trouble,
    )


def _reading_row(reading: StrategyReading) -> Row:
    return (
        int(reading.tournament),
        reading.address,
        reading.owner,
        reading.operator,
        reading.staking,
        text(reading.idle),
        text(reading.wallet),
        None if reading.gas_wei is None else str(reading.gas_wei),
        reading.chain_id,
        reading.block,
        time_text(reading.as_of),
        reading.trouble,
    )


def read_setting(row: Row) -> SettingReading:
    number, model_id, per_round, mode, enabled, origin, as_of = row
    return SettingReading(
        TOURNAMENTS[number],
        model_id,
        nmr_or_none(per_round),
        None if mode is None else StakeMode(mode),
        truth_or_none(enabled),
        Origin(origin),
        moment(as_of),
    )


def setting_row(setting: SettingReading) -> Row:
    return (
        int(setting.tournament),
        setting.model_id,
        setting.origin.value,
        text(setting.per_round),
        None if setting.mode is None else setting.mode.value,
        flag(setting.enabled),
        time_text(setting.as_of),
    )


def read_claim(row: Row) -> Claim:
    number, round_, model_id, key, staker, payout, burn, claimable = row
    return Claim(
        TOURNAMENTS[number],
        round_,
        model_id,
        key,
        staker,
        nmr(payout),
        nmr(burn),
        nmr_or_none(claimable),
    )


def _claim_row(claim: Claim) -> Row:
    return (
        int(claim.tournament),
        claim.round,
        claim.model_id,
        claim.staker,
        claim.key,
        text(claim.payout),
        text(claim.burn),
        text(claim.claimable),
    )
