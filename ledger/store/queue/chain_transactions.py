"""Signed transactions: on disk before a node has them, moved by compare-and-swap."""

from __future__ import annotations

from sqlite3 import Connection

from ledger.domain.stakes.strategy import ChainTransaction, TransactionState
from ledger.errors import ChangeError
from ledger.store.rows import Row, insert, moment, time_text

_COLUMNS = (
    "hash",
    "change_id",
    "chain_id",
    "sender",
    "nonce",
    "destination",
    "data",
    "value",
    "gas",
    "max_fee",
    "max_priority_fee",
    "raw",
    "state",
    "made",
    "block",
    "replaces",
    "note",
)
_ADD = insert("chain_transaction", _COLUMNS)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM chain_transaction "  # noqa: S608 - constants
_PENDING = tuple(state.value for state in TransactionState if state.pending)

_SIGNED, _SENT = TransactionState.SIGNED, TransactionState.SENT
_OUTCOMES = frozenset(
    {TransactionState.MINED, TransactionState.REVERTED, TransactionState.REPLACED}
)
_MINED = frozenset({TransactionState.MINED, TransactionState.REVERTED})
_STEPS: dict[TransactionState, frozenset[TransactionState]] = {
    _SIGNED: _OUTCOMES | {_SIGNED, _SENT, TransactionState.DROPPED},
    _SENT: _OUTCOMES | {_SENT, TransactionState.DROPPED},
    TransactionState.REPLACED: _MINED | {TransactionState.REPLACED},
}


def add(connection: Connection, transaction: ChainTransaction) -> ChainTransaction:
    """Keep a signed transaction; what it replaces may be mined in its place.

    Raises:
        ChangeError: it is not new, another of its account is on its way, or used its nonce.
    """
    if transaction.state is not _SIGNED:
        raise ChangeError(
            f"Transaction {transaction.hash} is {transaction.state} already.", "Sign a new one."
        )
    if connection.execute(
        "SELECT 1 FROM chain_transaction WHERE hash = ?", (transaction.hash,)
    ).fetchone():
        raise ChangeError(
            f"Transaction {transaction.hash} is known already.", "Look at what became of it."
        )
    if transaction.replaces is not None:
        _supersede(connection, transaction, read(connection, transaction.replaces))
    _check_alone(connection, transaction)
    _check_nonce(connection, transaction)
    connection.execute(_ADD, _row(transaction))
    return read(connection, transaction.hash)


def _supersede(connection: Connection, new: ChainTransaction, old: ChainTransaction) -> None:
    if not old.state.pending:
        raise ChangeError(
            f"Transaction {old.hash} is {old.state}: there is nothing to replace.",
            "Look at what became of the change.",
        )
    if _account(new) != _account(old) or (new.nonce, new.change_id) != (old.nonce, old.change_id):
        raise ChangeError(
            f"Transaction {new.hash} can't replace {old.hash}: account, nonce or change differ.",
            "Build the replacement again.",
        )
    connection.execute("UPDATE chain_transaction SET superseded = 1 WHERE hash = ?", (old.hash,))


def _account(transaction: ChainTransaction) -> tuple[int, str]:
    return transaction.chain_id, transaction.sender.lower()


def _check_alone(connection: Connection, transaction: ChainTransaction) -> None:
    other = connection.execute(
        "SELECT hash, change_id FROM chain_transaction WHERE chain_id = ? "
        "AND lower(sender) = ? AND state IN (?, ?) AND NOT superseded",
        (*_account(transaction), *_PENDING),
    ).fetchone()
    if other is not None:
        raise ChangeError(
            f"Transaction {other[0]} of change {other[1]} is still on its way, and an account "
            "can have one at a time.",
            f"Find out what became of change {other[1]} first.",
        )


def _check_nonce(connection: Connection, transaction: ChainTransaction) -> None:
    """Two processes may sign at a time; the nonce of the slower one may be used by then."""
    used = connection.execute(
        "SELECT hash FROM chain_transaction WHERE chain_id = ? AND lower(sender) = ? "
        "AND nonce = ? AND state IN (?, ?) AND block IS NOT NULL",
        (*_account(transaction), transaction.nonce, *(state.value for state in _MINED)),
    ).fetchone()
    if used is not None:
        raise ChangeError(
            f"Transaction {used[0]} used nonce {transaction.nonce} meanwhile, so this one can't be "
            "mined.",
            "Nothing was sent. Sign it once more.",
        )


def read(connection: Connection, hash_: str) -> ChainTransaction:
    """One transaction.

    Raises:
        ChangeError: there is none with this hash.
    """
    row = connection.execute(f"{_SELECT}WHERE hash = ?", (hash_,)).fetchone()
    if row is None:
        raise ChangeError(f"There is no transaction {hash_} in the ledger.", "Check the hash.")
    return _transaction(row)


def read_all(
    connection: Connection, change_id: int | None, *, pending: bool
) -> tuple[ChainTransaction, ...]:
    """Transactions of one change or of all, newest first."""
    rows = connection.execute(
        f"{_SELECT}WHERE (?1 IS NULL OR change_id = ?1) ORDER BY made DESC, nonce DESC",
        (change_id,),
    )
    transactions = map(_transaction, rows)
    return tuple(tx for tx in transactions if tx.state.pending or not pending)


def move(
    connection: Connection,
    hash_: str,
    state: TransactionState,
    *,
    expect: TransactionState,
    block: int | None,
    note: str | None,
) -> ChainTransaction:
    """Take a transaction from ``expect`` to ``state``.

    ``block`` of one that is decided stays as it was when it is not given; of one that is pending
    it is where it is now, ``None`` for nowhere: it may have been taken back.

    Raises:
        ChangeError: it is not in ``expect``, or the step does not exist.
    """
    transaction = read(connection, hash_)
    if transaction.state is not expect:
        raise ChangeError(
            f"Transaction {hash_} is {transaction.state}, not {expect} any more.",
            "Refresh the queue.",
        )
    if state not in _STEPS.get(expect, frozenset()):
        raise ChangeError(
            f"Transaction {hash_} can't go from {expect} to {state}.",
            "Look at what became of the change.",
        )
    connection.execute(
        "UPDATE chain_transaction SET state = ?, note = coalesce(?, note), "
        "block = CASE WHEN ? THEN ? ELSE coalesce(?, block) END WHERE hash = ?",
        (state.value, note, state.pending, block, block, hash_),
    )
    if state in _MINED:
        _leave_others_behind(connection, transaction)
    if state is TransactionState.DROPPED:
        _reinstate(connection, transaction)
    return read(connection, hash_)


def _reinstate(connection: Connection, dropped: ChainTransaction) -> None:
    """What it replaced stands for its nonce again, unless another stands for both."""
    if connection.execute(
        "SELECT superseded FROM chain_transaction WHERE hash = ?", (dropped.hash,)
    ).fetchone()[0]:
        return
    earlier = dropped.replaces
    while earlier is not None:
        replaced = read(connection, earlier)
        if replaced.state.pending:
            connection.execute(
                "UPDATE chain_transaction SET superseded = 0 WHERE hash = ?", (replaced.hash,)
            )
            return
        earlier = replaced.replaces


def give_up_signed(connection: Connection, change_id: int, note: str) -> None:
    """Drop what was signed for a change and no node has heard of."""
    connection.execute(
        "UPDATE chain_transaction SET state = ?, note = ? WHERE change_id = ? AND state = ?",
        (TransactionState.DROPPED.value, note, change_id, _SIGNED.value),
    )


def _leave_others_behind(connection: Connection, mined: ChainTransaction) -> None:
    connection.execute(
        "UPDATE chain_transaction SET state = ?, note = ? WHERE chain_id = ? "
        "AND lower(sender) = ? AND nonce = ? AND hash <> ? AND state IN (?, ?)",
        (
            TransactionState.REPLACED.value,
            f"{mined.hash} took its nonce.",
            *_account(mined),
            mined.nonce,
            mined.hash,
            *_PENDING,
        ),
    )


def _transaction(row: Row) -> ChainTransaction:
    hash_, change, chain, sender, nonce, to, data, value, gas, fee, tip, raw, state, *rest = row
    made, block, replaces, note = rest
    return ChainTransaction(
        hash=hash_,
        change_id=change,
        chain_id=chain,
        sender=sender,
        nonce=nonce,
        to=to,
        data=data,
        value=int(value),
        gas=gas,
        max_fee=int(fee),
        max_priority_fee=int(tip),
        raw=raw,
        state=TransactionState(state),
        made=moment(made),
        block=block,
        replaces=replaces,
        note=note,
    )


def _row(transaction: ChainTransaction) -> Row:
    return (
        transaction.hash,
        transaction.change_id,
        transaction.chain_id,
        transaction.sender,
        transaction.nonce,
        transaction.to,
        transaction.data,
        str(transaction.value),
        transaction.gas,
        str(transaction.max_fee),
        str(transaction.max_priority_fee),
        transaction.raw,
        transaction.state.value,
        time_text(transaction.made),
        transaction.block,
        transaction.replaces,
        transaction.note,
    )
