"""Changes as contract calls: the data, and what it does in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.chain import abi
from ledger.chain.abi import Row
from ledger.domain.names import quoted, said
from ledger.domain.nmr import ZERO
from ledger.domain.queue.change import Change, ChangeKind
from ledger.domain.stakes.strategy import StrategyReading
from ledger.errors import ChangeError


def row(change: Change, keys: Mapping[str, str]) -> Row:
    """The argument list that writes a change's setting.

    Raises:
        ChangeError: the model's key, or the setting, is missing.
    """
    key = keys.get(change.model_id)
    if key is None:
        raise ChangeError(
            f"The on-chain key of {said(change.model_name)} is not known yet.",
            "Learn it first (numstake-tui strategy learn-keys), or use the V3 Stakes page.",
        )
    if change.setting is None:
        raise ChangeError(f"Change {change.id} holds no setting for {said(change.model_name)}.")
    return Row(int(change.tournament), key, change.setting)


def settings_data(rows: Sequence[Row], modes: abi.Modes) -> str:
    """Call data for one or more settings.

    Raises:
        ChangeError: an amount beyond uint128, or a malformed key.
    """
    try:
        if len(rows) == 1:
            (row,) = rows
            return abi.set_model_config(row.tournament, row.key, row.setting, modes)
        return abi.set_model_configs(rows, modes)
    except ValueError as error:
        raise ChangeError(f"This can't be written to a strategy: {error}.") from None


def funds_data(change: Change, reading: StrategyReading) -> str:
    """Call data of a deposit or withdrawal that its source can cover.

    Raises:
        ChangeError: the source holds less, or there is no amount.
    """
    amount = change.nmr
    if amount is None or amount <= ZERO:
        raise ChangeError(f"Change {change.id} holds no amount to move.")
    deposits = change.kind is ChangeKind.DEPOSIT
    source = ("The owner's wallet", reading.wallet) if deposits else ("Idle", reading.idle)
    if source[1] is None or source[1] < amount:
        raise ChangeError(
            f"{source[0]} holds {source[1]} NMR, less than {amount}.", "Lower the amount."
        )
    try:
        return abi.deposit(amount) if deposits else abi.withdraw(amount)
    except ValueError as error:
        raise ChangeError(f"This can't be written to a strategy: {error}.") from None


def funds_sentence(change: Change) -> str:
    """What a deposit or withdrawal does, for people."""
    label = change.tournament.label
    if change.kind is ChangeKind.DEPOSIT:
        return f"Deposits {change.nmr} NMR from the owner's wallet into {label}'s idle."
    return f"Withdraws {change.nmr} NMR from {label}'s idle to the owner's wallet."


def setting_sentence(change: Change) -> str:
    """What a setting does, for people."""
    setting = change.setting
    if setting is None or not setting.enabled:
        return f"Stops new stakes of {quoted(change.model_name)} ({change.tournament.label})."
    return (
        f"Sets {quoted(change.model_name)} ({change.tournament.label}) to "
        f"{setting.per_round} NMR per round, {setting.mode} mode."
    )
