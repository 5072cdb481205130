"""Which contracts a change of a strategy was confirmed for."""

from __future__ import annotations

from sqlite3 import Connection

from ledger.domain.queue.change import Change
from ledger.domain.stakes.strategy import ConfirmedFor
from ledger.store.rows import nmr_or_none

_KEEP = """
    INSERT INTO change_contract
    SELECT :event, reading.address, reading.owner, reading.operator, reading.staking,
        contract.address, reading.chain_id, reading.block, model_key.key, reading.wallet
    FROM (SELECT 1)
    LEFT JOIN strategy_reading reading
        ON reading.tournament = :tournament AND reading.trouble IS NULL
    LEFT JOIN staking_contract contract ON contract.tournament = :tournament
    LEFT JOIN model_key
        ON model_key.tournament = :tournament AND model_key.model_id = :model
"""


def keep_confirmed(connection: Connection, event_id: int, change: Change) -> None:
    """Keep, beside the event of a confirmation, the contracts as the ledger has them."""
    connection.execute(
        _KEEP,
        {"event": event_id, "tournament": int(change.tournament), "model": change.model_id},
    )


def read_confirmed(connection: Connection, change_id: int) -> ConfirmedFor | None:
    """What the last confirmation of a change was said to."""
    row = connection.execute(
        "SELECT address, owner, operator, staking, named, chain_id, block, key, wallet "
        "FROM change_contract JOIN change_event ON change_event.id = event_id "
        "WHERE change_id = ? ORDER BY event_id DESC LIMIT 1",
        (change_id,),
    ).fetchone()
    if row is None:
        return None
    address, owner, operator, staking, named, chain_id, block, key, wallet = row
    return ConfirmedFor(
        address, owner, operator, staking, named, chain_id, block, key, nmr_or_none(wallet)
    )
