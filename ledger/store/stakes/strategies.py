"""What is known of atomic staking: strategies, settings, keys, claims, and who says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.clock import Clock
from ledger.domain.model import Tournament
from ledger.domain.queue.change import Change
from ledger.domain.stakes.strategy import (
    ChainStake,
    ChainTransaction,
    Claim,
    ConfirmedFor,
    KeyEvent,
    ModelKey,
    ModelSetting,
    Origin,
    SettingReading,
    StakeRound,
    StakingContract,
    StrategyReading,
    SystemReason,
    TransactionState,
)
from ledger.domain.syncing.facts import StrategyNews
from ledger.store.connection import Connections
from ledger.store.queue import chain_transactions, contracts
from ledger.store.rows import (
    TOURNAMENTS,
    moment,
    moment_or_none,
    nmr,
    time_text,
    truth_or_none,
    upsert,
)
from ledger.store.stakes import strategy_rows

_MOVED = upsert("tournament_moved", ("tournament",), ("at", "words"))


class Strategies:
    """Atomic staking in the ledger. Threads, transactions and errors as in ``Store``."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def apply(self, facts: StrategyNews) -> None:
        """Keep what was learned outside a sync."""
        with self._connections.writing() as connection:
            strategy_rows.write_strategy(connection, facts)

    def reasons(self) -> dict[Tournament, SystemReason]:
        """Why the last sync held each tournament to be on its system."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, reason FROM tournament_system WHERE reason IS NOT NULL"
            )
            return {TOURNAMENTS[number]: SystemReason(reason) for number, reason in rows}

    def moved(self) -> dict[Tournament, str]:
        """Tournaments that refused a continuous change because they had moved: Numerai's words."""
        with self._connections.reading() as connection:
            rows = connection.execute("SELECT tournament, words FROM tournament_moved")
            return {TOURNAMENTS[number]: words for number, words in rows}

    def mark_moved(self, tournament: Tournament, words: str) -> None:
        """Keep that ``tournament`` refused a continuous change because it has moved.

        It counts as atomic at once, and for every later sync.
        """
        with self._connections.writing() as connection:
            connection.execute(_MOVED, (int(tournament), time_text(self._clock.now()), words))
            connection.execute(
                upsert("tournament_system", ("tournament",), ("system", "reason")),
                (int(tournament), "atomic", SystemReason.REFUSED.value),
            )

    def contracts(self) -> dict[Tournament, StakingContract]:
        """The staking contracts Numerai named."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, address, paused, as_of FROM staking_contract"
            )
            return {
                TOURNAMENTS[number]: StakingContract(
                    TOURNAMENTS[number], address, truth_or_none(paused), moment(as_of)
                )
                for number, address, paused, as_of in rows
            }

    def readings(self) -> dict[Tournament, StrategyReading]:
        """The strategies as the chain last showed them."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, address, owner, operator, staking, idle, wallet, gas_wei, "
                "chain_id, block, as_of, trouble FROM strategy_reading"
            )
            return {TOURNAMENTS[row[0]]: strategy_rows.read_reading(row) for row in rows}

    def settings(self, tournament: Tournament | None = None) -> tuple[SettingReading, ...]:
        """What each source says of each model's setting; the most trusted source first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, model_id, per_round, mode, enabled, origin, as_of "
                "FROM setting_reading WHERE ?1 IS NULL OR tournament = ?1 "
                "ORDER BY tournament, model_id",
                (strategy_rows.number(tournament),),
            )
            settings = [strategy_rows.read_setting(row) for row in rows]
        return tuple(sorted(settings, key=lambda reading: strategy_rows.TRUST[reading.origin]))

    def set_user_setting(
        self, tournament: Tournament, model_id: str, setting: ModelSetting
    ) -> SettingReading:
        """Keep what the user says the setting of a model is, as of now."""
        reading = SettingReading(
            tournament,
            model_id,
            setting.per_round,
            setting.mode,
            setting.enabled,
            Origin.USER,
            self._clock.now(),
        )
        with self._connections.writing() as connection:
            connection.execute(strategy_rows.SETTING, strategy_rows.setting_row(reading))
        return reading

    def keys(self, tournament: Tournament | None = None) -> tuple[ModelKey, ...]:
        """The models' keys on chain, by model id."""
        with self._connections.reading() as connection:
            return strategy_rows.read_keys(connection, tournament)

    def learn_keys(self, keys: Iterable[ModelKey]) -> None:
        """Keep models' keys: a proven one is replaced by none, another one by what is proven or
        comes from a source that is trusted as much."""
        with self._connections.writing() as connection:
            strategy_rows.write_keys(connection, tuple(keys))

    def events(self, tournament: Tournament, strategy: str) -> tuple[KeyEvent, ...]:
        """The settings that a strategy is known to have written, oldest first."""
        with self._connections.reading() as connection:
            return strategy_rows.read_events(connection, tournament, strategy)

    def events_read(self, tournament: Tournament, strategy: str) -> int | None:
        """Up to which block a strategy's events are known; ``None`` before they were read."""
        with self._connections.reading() as connection:
            row = connection.execute(
                "SELECT block FROM events_read WHERE tournament = ? AND strategy = ?",
                (int(tournament), strategy.lower()),
            ).fetchone()
            return None if row is None else int(row[0])

    def confirmed_for(self, change_id: int) -> ConfirmedFor | None:
        """The contracts a change was last confirmed for; ``None`` where it never was."""
        with self._connections.reading() as connection:
            return contracts.read_confirmed(connection, change_id)

    def claims(self, tournament: Tournament | None = None) -> tuple[Claim, ...]:
        """The claims Numerai last listed, newest round first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, round, model_id, key, staker, payout, burn, claimable "
                "FROM claim WHERE ?1 IS NULL OR tournament = ?1 "
                "ORDER BY round DESC, model_id",
                (strategy_rows.number(tournament),),
            )
            return tuple(strategy_rows.read_claim(row) for row in rows)

    def claims_read(self) -> dict[Tournament, datetime]:
        """When Numerai last listed the claims of each tournament, UTC; without it none did."""
        with self._connections.reading() as connection:
            rows = connection.execute("SELECT tournament, as_of FROM claims_read")
            return {TOURNAMENTS[number]: moment(as_of) for number, as_of in rows}

    def stake_rounds(self, tournament: Tournament | None = None) -> tuple[StakeRound, ...]:
        """Rounds as the staking contract has them, newest first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, round, state, resolves, resolved, payout_factor "
                "FROM stake_round WHERE ?1 IS NULL OR tournament = ?1 "
                "ORDER BY round DESC, tournament",
                (strategy_rows.number(tournament),),
            )
            return tuple(
                StakeRound(
                    TOURNAMENTS[number], round_, state, moment_or_none(due), bool(over), factor
                )
                for number, round_, state, due, over, factor in rows
            )

    def chain_stakes(self, tournament: Tournament | None = None) -> tuple[ChainStake, ...]:
        """What the staking contract held per round and model, newest round first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT tournament, round, model_id, stake, as_of "
                "FROM chain_stake WHERE ?1 IS NULL OR tournament = ?1 "
                "ORDER BY round DESC, model_id",
                (strategy_rows.number(tournament),),
            )
            return tuple(
                ChainStake(TOURNAMENTS[number], round_, model_id, nmr(stake), moment(as_of))
                for number, round_, model_id, stake, as_of in rows
            )

    def add_transaction(
        self, transaction: ChainTransaction, *, last_read: Change | None = None
    ) -> ChainTransaction:
        """Keep a signed transaction before any node has it.

        ``last_read`` is the change as it was signed for.

        Raises:
            ChangeError: it is not in state ``signed``, known already, its account has another
                one on its way that it does not replace, its nonce was used, what it replaces is
                not pending or has another nonce, or the change moved or was edited since it was
                ``last_read``.
        """
        from ledger.store.queue import changes

        with self._connections.writing() as connection:
            if last_read is not None:
                changes.check_unchanged(connection, last_read)
            return chain_transactions.add(connection, transaction)

    def transaction(self, hash_: str) -> ChainTransaction:
        """One transaction.

        Raises:
            ChangeError: there is none with this hash.
        """
        with self._connections.reading() as connection:
            return chain_transactions.read(connection, hash_)

    def transactions(
        self, change_id: int | None = None, *, pending: bool = False
    ) -> tuple[ChainTransaction, ...]:
        """Transactions, of one change or all, newest first; ``pending``: that may be mined yet."""
        with self._connections.reading() as connection:
            return chain_transactions.read_all(connection, change_id, pending=pending)

    def move_transaction(
        self,
        hash_: str,
        state: TransactionState,
        *,
        expect: TransactionState,
        block: int | None = None,
        note: str | None = None,
    ) -> ChainTransaction:
        """Take a transaction from ``expect`` to ``state``, on disk when it returns.

        One that is mined or reverted leaves others with its nonce ``replaced``. ``note`` stays as
        it is when it is not given, and so does ``block``, unless the transaction is pending: then
        it is where it is now. A state may be told again, to note something.

        Raises:
            ChangeError: it is not in ``expect``, or there is no such step.
        """
        with self._connections.writing() as connection:
            return chain_transactions.move(
                connection, hash_, state, expect=expect, block=block, note=note
            )
