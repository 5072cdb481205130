"""What one step of a sync learned, into the tables, in the order their references need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection

from ledger.domain.model import Account, Model
from ledger.domain.syncing.facts import SyncFacts
from ledger.errors import StoreError
from ledger.store.account import account, knowledge, syncs
from ledger.store.records import transactions
from ledger.store.rounds import earnings, performances, rounds
from ledger.store.slots import submissions


def write_facts(connection: Connection, facts: SyncFacts, path: Path) -> None:
    """Write ``facts``; the caller holds the transaction.

    Raises:
        StoreError: they are of another account than the ledger at ``path``.
    """
    if facts.account is not None:
        _check_account(connection, facts.account, facts.models or (), path)
        account.write_account(connection, facts.account)
    if facts.models is not None:
        account.write_models(connection, facts.models)
    if facts.stakes is not None:
        account.write_stakes(connection, facts.stakes)
    if facts.scheduled is not None:
        transactions.write_scheduled(connection, facts.scheduled)
    account.write_systems(connection, facts.systems, facts.reasons)
    rounds.write_rounds(connection, facts.rounds)
    performances.write_performances(connection, facts.performances)
    earnings.write_days(connection, facts.performances, facts.days)
    submissions.write_submissions(connection, facts.submissions)
    transactions.write_stake_transactions(connection, facts.stake_transactions)
    transactions.write_wallet_transactions(connection, facts.wallet_transactions)
    transactions.write_prices(connection, facts.prices)
    knowledge.write_covered(connection, facts.covered)
    knowledge.write_corrections(connection, facts.corrections)
    if facts.missing is not None:
        knowledge.write_missing(connection, facts.missing)
    syncs.write_state(connection, facts.history, facts.transactions)
    if facts.strategy is not None:
        from ledger.store.stakes import strategy_rows

        strategy_rows.write_strategy(connection, facts.strategy)
    if facts.models is not None:
        account.drop_vanished(connection, facts.models)


def _check_account(
    connection: Connection, news: Account, models: Sequence[Model], path: Path
) -> None:
    """Refuse a second account in one ledger. A renamed one still has models it had before."""
    row = connection.execute("SELECT username FROM account").fetchone()
    if row is None or row[0] == news.username:
        return
    stored = {model_id for (model_id,) in connection.execute("SELECT id FROM model")}
    if stored and stored.isdisjoint(model.id for model in models):
        raise StoreError(
            f"The ledger {path} belongs to the account {row[0]}, and the API key to "
            f"{news.username}.",
            "Use a profile of its own for each account: --profile NAME.",
        )
