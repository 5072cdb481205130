"""What the simulated Numerai holds at a moment: tournaments, slots, wallets and their book."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox.world.owners import owner
from ledger.sandbox.world.schedule import RoundPlan, plan
from ledger.sandbox.world.scores import ScoreSource
from ledger.sandbox.world.shuffled import Shuffled
from ledger.sandbox.world.state import Competition, SettingRow, Slot, Wallet, WalletRow, digest


class WorldState:
    """What a world holds at ``now``, and what can be looked up in it.

    ``payouts=False`` resolves every round with a payout of zero. ``settled`` is the sum of all
    payouts and burns so far: together with ``deposited`` it explains :meth:`total` to the wei.
    ``owner`` is the user's wallet on chain, ``settings`` what was ever set in the strategies.
    ``spoilt`` are the scores, by model id and round, that are told as NaN or (``False``) not.
    """

    def __init__(
        self,
        *,
        seed: int,
        username: str,
        start: datetime,
        payouts: bool = True,
        shuffled: Shuffled | None = None,
    ) -> None:
        self.seed = seed
        self.username = username
        self.now = start
        self.payouts = payouts
        self.currency = "USD"
        self.scores = ScoreSource(seed, shuffled)
        self.owner = owner(seed)
        self.account_wallet = Wallet(address=self.owner.address)
        self.settings: list[SettingRow] = []
        self.moves: dict[Tournament, int] = {}
        self.tournaments: dict[Tournament, Competition] = {}
        self.settled = ZERO
        self.deposited = ZERO
        self.nonce = 0
        self.spoilt: dict[tuple[str, int], bool] = {}
        self.values: list[tuple[datetime, NMR]] = []
        self._by_id: dict[str, Slot] = {}
        self._counter = 0

    # looking

    def plan(self, tournament: Tournament, number: int) -> RoundPlan:
        """When a round happens in this world, and by which rules."""
        return plan(tournament, number, self.moves.get(tournament))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot, archived ones included, deleted ones not."""
        return tuple(slot for slot in self._by_id.values() if not slot.deleted)

    def slot(self, name_or_id: str, tournament: Tournament | None = None) -> Slot:
        """A slot by id or by name.

        Raises:
            KeyError: there is none.
        """
        slots = {slot.id: slot for slot in self.slots}
        if name_or_id in slots:
            return slots[name_or_id]
        for slot in slots.values():
            if slot.name == name_or_id and tournament in {None, slot.tournament}:
                return slot
        raise KeyError(name_or_id)

    def any_slot(self, model_id: str) -> Slot:
        """A slot by id, deleted or not.

        Raises:
            KeyError: there is none.
        """
        return self._by_id[model_id]

    @property
    def wallet(self) -> NMR:
        """Free NMR in the wallet."""
        return self.account_wallet.available

    @property
    def held(self) -> NMR:
        """NMR held for increases that do not count yet."""
        return self.account_wallet.held

    def total(self) -> NMR:
        """All NMR the account owns: both wallets, held, stakes, idle, positions, less debt."""
        return NMR.total(
            [
                self.account_wallet.available,
                self.account_wallet.held,
                self.owner.nmr,
                *(slot.stake for slot in self._by_id.values()),
                *(slot.locked + slot.waiting - slot.debt for slot in self._by_id.values()),
                *(competition.idle for competition in self.tournaments.values()),
            ]
        )

    def hash(self, *parts: object) -> str:
        """64 hex digits that depend on the seed and ``parts`` only."""
        return digest(self.seed, *parts)

    def number(self) -> int:
        """A number never given out before."""
        self._counter += 1
        return self._counter

    # the wallets

    def deposit(self, amount: NMR) -> None:
        """NMR from outside into the wallet."""
        self.account_wallet.available += amount
        self.deposited += amount
        self.book(
            amount, "deposit", "0x" + self.hash("exchange")[:40], self.account_wallet.address, None
        )

    def deposit_on_chain(self, amount: NMR) -> None:
        """NMR from outside into the owner's wallet on chain."""
        self.owner.nmr += amount
        self.deposited += amount

    def book(
        self,
        amount: NMR,
        kind: str,
        sender: str,
        receiver: str,
        tournament: Tournament | None,
        *,
        later: timedelta = timedelta(0),
        tx_hash: str | None = None,
    ) -> None:
        """Write a wallet transaction; moves nothing. ``tx_hash`` is without ``0x``."""
        if not amount:
            return
        tx = "0x" + (tx_hash or self.hash("tx", len(self.account_wallet.rows), kind))
        self.account_wallet.rows.append(
            WalletRow(self.now + later, amount, kind, sender, receiver, tournament, tx)
        )
