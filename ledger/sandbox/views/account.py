# ruff: noqa: N803  (arguments carry the names of the schema)
"""``account``, ``apiTokenInfo``, ``stakeTransactions`` and prices."""

from __future__ import annotations

from typing import Any

from ledger.domain.nmr import ZERO
from ledger.domain.records.transaction import STRATEGY_STAKE
from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wire
from ledger.sandbox.server.access import ApiKey, require
from ledger.sandbox.views.models import ModelViews, series
from ledger.sandbox.world.prices import CURRENCIES, price_in, usd_price
from ledger.sandbox.world.schedule import identify
from ledger.sandbox.world.state import Entry, Slot, WalletRow
from ledger.sandbox.world.world import World


class AccountViews:
    """Resolvers of the top-level fields about the account and its money."""

    def __init__(
        self, world: World, models: ModelViews, keys: dict[str, ApiKey], manners: Manners
    ) -> None:
        self._world = world
        self._manners = manners
        self._models = models
        self._keys = keys

    def account(self, context: ApiKey | None) -> dict[str, Any]:
        """``account``: whoever owns the key."""
        require(context)
        world = self._world
        wallet = world.account_wallet
        return {
            "id": identify("account", world.seed),
            "username": world.username,
            "email": f"{world.username}@example.com",
            "status": "VERIFIED",
            "mfaEnabled": True,
            "insertedAt": wire.time(min((s.created for s in world.slots), default=world.now)),
            "walletAddress": wallet.address,
            "availableNmr": wire.nmr(wallet.available),
            "availableStakeCredit": wire.nmr(ZERO),
            "heldForPendingWithdrawals": wire.plain(ZERO),
            "heldForScheduledStakeIncreases": wire.nmr(wallet.held),
            "onChainWalletBalance": wire.nmr(world.owner.nmr),
            "defaultCurrency": world.currency,
            "defaultCurrencySymbol": CURRENCIES[world.currency][0],
            "maxModelSlots": 100,
            "models": self._account_models,
            "apiTokens": lambda: [self._token(key) for key in self._keys.values()],
            "pendingTxns": list,
            "walletTxns": lambda: [self._wallet_row(row) for row in self._newest_rows()],
            "scheduledStakeTxns": lambda: [
                self._scheduled(slot) for slot in world.slots if slot.pending is not None
            ],
            "totalStakeValue": lambda: series(world.values[-1:]),
            "totalStakeValues": lambda: series(world.values),
        }

    def token_info(self, context: ApiKey | None) -> dict[str, Any]:
        """``apiTokenInfo``: the key in use."""
        key = require(context)
        return {
            "accountUsername": self._world.username,
            "name": key.name,
            "publicId": key.public_id,
            "scopes": list(key.scopes),
        }

    def stake_transactions(
        self,
        context: ApiKey | None,
        *,
        modelIds: list[str | None] | None = None,
        modelId: str | None = None,
        type: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[dict[str, Any]]:
        """Atomic positions, newest first unless the server begins with the oldest."""
        require(context)
        if type not in {None, STRATEGY_STAKE}:
            return []
        ids = {*(modelIds or ()), *([modelId] if modelId else ())} - {None}
        rows = [
            (entry, slot)
            for slot in self._world.slots
            if not ids or slot.id in ids
            for entry in slot.entries.values()
            if entry.position is not None
        ]
        oldest, most = self._manners.oldest_first, self._manners.max_page
        step = 1 if oldest else -1
        rows.sort(key=lambda pair: (step * pair[0].number, pair[1].tournament, pair[1].index))
        start = max(0, offset or 0)
        sizes = [size for size in (limit, most) if size is not None]
        chosen = rows[start : start + min(sizes) if sizes else None]
        return [self._position(slot, entry) for entry, slot in chosen]

    def nmr_price(self, _context: object) -> dict[str, Any]:
        """``latestNmrPrice``."""
        now = self._world.now
        return {
            "priceUsd": str(usd_price(self._world.scores, now)),
            "lastUpdated": wire.time(now.replace(minute=0, second=0, microsecond=0)),
        }

    def currency_price(
        self,
        _context: object,
        baseSymbol: str,
        targetSymbol: str,
    ) -> dict[str, Any] | None:
        """``latestCurrencyPrice`` of NMR in one of ``CURRENCIES``; other pairs are not known."""
        currency = targetSymbol.upper()
        if baseSymbol.upper() != "NMR" or currency not in CURRENCIES:
            return None
        return {
            "baseSymbol": "NMR",
            "targetSymbol": currency,
            "price": str(price_in(currency, self._world.scores, self._world.now)),
            "lastUpdated": self.nmr_price(_context)["lastUpdated"],
        }

    def _account_models(self, showArchived: bool | None = None) -> list[dict[str, Any]]:
        return [
            self._models.row(slot)
            for slot in self._world.slots
            if showArchived or not slot.archived
        ]

    def _newest_rows(self) -> list[WalletRow]:
        rows = sorted(self._world.account_wallet.rows, key=lambda row: row.time, reverse=True)
        return [row for row in rows if row.time <= self._world.now]

    def _token(self, key: ApiKey) -> dict[str, Any]:
        return {
            "name": key.name,
            "public_id": key.public_id,
            "publicId": key.public_id,
            "scopes": list(key.scopes),
        }

    def _wallet_row(self, row: WalletRow) -> dict[str, Any]:
        return {
            "amount": wire.plain(row.amount),
            "from": row.sender,
            "to": row.receiver,
            "status": "confirmed",
            "time": wire.time(row.time),
            "tournament": None if row.tournament is None else int(row.tournament),
            "txHash": row.tx_hash,
            "type": row.kind,
        }

    def _scheduled(self, slot: Slot) -> dict[str, Any]:
        request = slot.pending
        if request is None:
            return {}
        return {
            "model": slot.name,
            "tournament": int(slot.tournament),
            "type": "decrease" if request.releases else "increase",
            "amount": wire.nmr(request.amount),
            "status": request.status,
            "time": wire.time(request.made),
            "dueDate": wire.time(request.due),
            "drain": request.kind.value == "drain",
        }

    def _position(self, slot: Slot, entry: Entry) -> dict[str, Any]:
        opened = self._world.plan(slot.tournament, entry.number).closes_staking
        return {
            "amount": wire.nmr(entry.at_risk),
            "value": wire.nmr(entry.at_risk),
            "model": slot.name,
            "modelId": slot.id,
            "round": entry.number,
            "tournament": int(slot.tournament),
            "timestamp": wire.time(opened),
            "type": STRATEGY_STAKE,
            "note": "0x" + (entry.position or ""),
            "nmrPrice": str(usd_price(self._world.scores, opened)),
            "nmrPriceLastUpdated": wire.time(opened.replace(minute=0)),
        }
