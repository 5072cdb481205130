"""NMR that moved, as Numerai lists it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR


@dataclass(frozen=True, slots=True)
class StakeTransaction:
    """One row of ``stakeTransactions``; atomic positions have ``type`` ``strategy stake``.

    ``amount`` of ``model_id`` in ``tournament``, in NMR, at ``time`` (UTC); ``round`` where the row
    names one, ``note`` in Numerai's words. ``nmr_price`` is that of one NMR in US dollars then.
    """

    model_id: str
    tournament: Tournament
    round: int | None
    type: str
    amount: NMR
    time: datetime
    note: str | None
    nmr_price: Decimal | None = None


STRATEGY_STAKE = "strategy stake"
"""The transaction type Numerai gives an atomic position opened by an allocation strategy."""


@dataclass(frozen=True, slots=True)
class WalletTransaction:
    """One row of ``walletTxns``: ``amount`` NMR from ``sender`` to ``receiver`` at ``time`` (UTC).

    Both are addresses. ``type`` and ``status`` are Numerai's words, ``tx_hash`` is the
    transaction's on chain, ``tournament`` the number of the one it belongs to; each is ``None``
    where the row lacks it.
    """

    tx_hash: str | None
    type: str | None
    status: str | None
    amount: NMR
    time: datetime
    sender: str | None
    receiver: str | None
    tournament: int | None

    @property
    def second(self) -> datetime:
        """When it was, to the second: its fractions are not always told alike."""
        return self.time.replace(microsecond=0)

    @property
    def spelled_alike(self) -> tuple[str | int | None, ...]:
        """Hash, type, ends and tournament; addresses in capitals are the same addresses."""
        texts = (self.tx_hash, self.type, self.sender, self.receiver)
        return (*(text and text.lower() for text in texts), self.tournament)


@dataclass(frozen=True, slots=True)
class ScheduledTransaction:
    """One row of ``scheduledStakeTxns``: an increase or release under way, by model name.

    ``amount`` NMR of ``model_name`` in the tournament of that number, asked for at ``time`` and to
    take effect at ``due`` (UTC). ``drain``: all of the stake is released. ``type`` and ``status``
    are Numerai's words; ``tournament`` and the others are ``None`` where the row lacks them.
    """

    model_name: str
    tournament: int | None
    type: str | None
    amount: NMR
    status: str | None
    time: datetime | None
    due: datetime | None
    drain: bool
