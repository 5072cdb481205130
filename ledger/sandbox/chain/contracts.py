"""The contracts a sandbox has on its chain: a strategy and a staking contract for every atomic
tournament, and the NMR token. They are doors to the world, not an EVM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.strategy import ModelSetting
from ledger.sandbox.chain.coding import (
    SELECTORS,
    Arguments,
    Revert,
    address_word,
    read_setting,
    setting_words,
    word,
)
from ledger.sandbox.world import addresses, atomic
from ledger.sandbox.world.state import Competition, SettingRow, Slot, Strategy
from ledger.sandbox.world.world import World

_VIEW_GAS, _WRITE_GAS, _ROW_GAS = 24_000, 62_000, 34_000

_TOKEN = ("balanceOf(address)", "decimals()")
_STAKING = ("stakeByRound(uint256,address,bytes32)", "nmr()", "owner()")
_STRATEGY = tuple(name for name in SELECTORS if name not in {*_TOKEN, _STAKING[0]})


Undo = Callable[[], None]
"""Takes back what a call did."""


def _nothing(_tx_hash: str) -> Undo:
    """What a call that only reads does."""
    return lambda: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call comes to: its ``result``, its gas without calldata, and what it will have done.

    ``apply`` does it, in the name of a transaction's hash (without ``0x``), and gives what undoes
    it; ``what`` says it for the sandbox's records.
    """

    result: str = "0x"
    gas: int = _VIEW_GAS
    apply: Callable[[str], Undo] = _nothing
    what: tuple[dict[str, object], ...] = ()


Setting = tuple[str, ModelSetting]


class Contracts:
    """Runs calls against a world; nothing changes before an outcome is applied."""

    def __init__(self, world: World) -> None:
        self._world = world

    def code(self, address: str) -> str:
        """The code at an address: not runnable, but with every selector; ``0x`` where is none."""
        functions = self._functions(address.lower())
        if not functions:
            return "0x"
        jumps = "".join(f"8063{SELECTORS[name]}14610040576" for name in functions)
        return "0x6080604052600436106100405760003560e01c" + jumps + "0" * (len(jumps) % 2)

    def call(self, to: str, data: str, sender: str, value: int = 0) -> Outcome:
        """Run a call.

        Raises:
            Revert: the contract refuses.
        """
        to, sender = to.lower(), sender.lower()
        functions = self._functions(to)
        if not functions:
            return Outcome()
        name = next((n for n in functions if SELECTORS[n] == data[2:10].lower()), None)
        if name is None or value:
            raise Revert
        arguments = Arguments(data[10:])
        if functions is _TOKEN:
            return Outcome("0x" + word(self._token(name, arguments)))
        for competition in self._competitions():
            if to == addresses.staking(self._world, competition.tournament):
                return Outcome("0x" + self._staking(competition, name, arguments))
            if to == addresses.strategy(self._world, competition.tournament):
                return self._strategy(competition, name, arguments, sender)
        raise Revert

    def _competitions(self) -> list[Competition]:
        return [a for a in self._world.tournaments.values() if a.system is System.ATOMIC]

    def _functions(self, address: str) -> tuple[str, ...]:
        if address == addresses.NMR_TOKEN.lower():
            return _TOKEN
        for competition in self._competitions():
            if address == addresses.staking(self._world, competition.tournament):
                return _STAKING
            if address == addresses.strategy(self._world, competition.tournament):
                return _STRATEGY
        return ()

    # the token

    def _token(self, name: str, arguments: Arguments) -> int:
        if name == "decimals()":
            return 18
        return self._balance(arguments.address()).wei

    def _balance(self, address: str) -> NMR:
        if address == self._world.owner.address.lower():
            return self._world.owner.nmr
        for competition in self._competitions():
            if address == addresses.strategy(self._world, competition.tournament):
                return competition.idle
            if address == addresses.staking(self._world, competition.tournament):
                return NMR.total(slot.locked + slot.waiting for slot in competition.slots)
        return ZERO

    # the staking contract

    def _staking(self, competition: Competition, name: str, arguments: Arguments) -> str:
        if name == "nmr()":
            return address_word(addresses.NMR_TOKEN)
        if name == "owner()":
            return address_word(addresses.of(self._world, "owner"))
        number, staker, key = arguments.uint(), arguments.address(), arguments.key()
        slot = self._slot(competition.tournament, key)
        entry = slot.entries.get(number) if slot else None
        ours = staker == addresses.strategy(self._world, competition.tournament)
        held = ours and entry is not None and entry.position and entry.ending is None
        return word(entry.at_risk.wei if entry is not None and held else 0)

    # the strategy

    def _strategy(
        self, competition: Competition, name: str, arguments: Arguments, sender: str
    ) -> Outcome:
        if name == "availableBalance()":
            return Outcome("0x" + word(competition.idle.wei))
        if name == "modelConfig(uint256,bytes32)":
            return Outcome("0x" + self._config(competition, arguments.uint(), arguments.key()))
        addresses_by_getter = {
            "owner()": self._world.owner.address,
            "operator()": addresses.operator(self._world),
            "staking()": addresses.staking(self._world, competition.tournament),
            "factory()": addresses.of(self._world, "factory"),
            "nmr()": addresses.NMR_TOKEN,
        }
        if name in addresses_by_getter:
            return Outcome("0x" + address_word(addresses_by_getter[name]))
        if sender != self._world.owner.address.lower():
            raise Revert("NotOwner()")
        if name.startswith("setModelConfig"):
            count = arguments.rows() if name.startswith("setModelConfigs") else 1
            return self._configure(
                competition, [self._row(competition, arguments) for _ in range(count)]
            )
        return self._move(competition, name.partition("(")[0], arguments.uint())

    def _config(self, competition: Competition, tournament: int, key: str) -> str:
        slot = self._slot(competition.tournament, key)
        if tournament != int(competition.tournament):
            return setting_words(None)
        if slot is None:
            here = (competition.tournament, key)
            rows = [r.setting for r in self._world.settings if (r.tournament, r.key) == here]
            return setting_words(rows[-1] if rows else None)
        own = slot.strategy
        if own is None or own.per_round is None:
            return setting_words(None)
        return setting_words(ModelSetting(own.per_round, own.mode, own.enabled))

    def _row(self, competition: Competition, arguments: Arguments) -> Setting:
        tournament = arguments.uint()
        if tournament != int(competition.tournament):
            raise Revert("UnknownTournament(uint256)", tournament)
        return arguments.key(), read_setting(arguments)

    def _configure(self, competition: Competition, rows: list[Setting]) -> Outcome:
        def apply(tx_hash: str) -> Undo:
            before: list[tuple[Slot, Strategy | None]] = []
            for key, setting in rows:
                slot = self._slot(competition.tournament, key)
                if slot is not None:
                    before.append((slot, slot.strategy))
                    atomic.configure(self._world, slot, setting, tx_hash)
                    continue
                # Like the contract, which knows no model, only keys.
                now = self._world.now
                row = SettingRow(now, competition.tournament, key, setting, tx_hash)
                self._world.settings.append(row)
            return lambda: self._restore(before, tx_hash)

        what = tuple(self._said(competition, key, setting) for key, setting in rows)
        return Outcome(gas=_WRITE_GAS + _ROW_GAS * (len(rows) - 1), apply=apply, what=what)

    def _restore(self, before: list[tuple[Slot, Strategy | None]], tx_hash: str) -> None:
        for slot, strategy in reversed(before):
            slot.strategy = strategy
        settings = self._world.settings
        settings[:] = [row for row in settings if row.tx_hash != tx_hash]

    def _said(self, competition: Competition, key: str, setting: ModelSetting) -> dict[str, object]:
        slot = self._slot(competition.tournament, key)
        return {
            "field": "setModelConfig",
            "model_id": key if slot is None else slot.id,
            "model": key if slot is None else slot.name,
            "tournament": int(competition.tournament),
            "per_round": str(setting.per_round),
            "mode": setting.mode.value,
            "enabled": setting.enabled,
        }

    def _move(self, competition: Competition, name: str, wei: int) -> Outcome:
        amount = NMR.from_wei(wei)
        available = self._world.owner.nmr if name == "deposit" else competition.idle
        if not amount:
            raise Revert("ZeroAmount()")
        if amount > available:
            raise Revert("InsufficientBalance(uint256,uint256)", available.wei, wei)
        move = atomic.deposit if name == "deposit" else atomic.withdraw

        deposited = amount if name == "deposit" else -amount

        def apply(tx_hash: str) -> Undo:
            move(self._world, competition, amount, tx_hash)
            return lambda: self._move_back(competition, deposited, tx_hash)

        said: dict[str, object] = {
            "field": name,
            "tournament": int(competition.tournament),
            "amount": str(amount),
        }
        return Outcome(gas=_WRITE_GAS, apply=apply, what=(said,))

    def _move_back(self, competition: Competition, deposited: NMR, tx_hash: str) -> None:
        self._world.owner.nmr += deposited
        competition.idle -= deposited
        rows = self._world.account_wallet.rows
        rows[:] = [row for row in rows if row.tx_hash != "0x" + tx_hash]

    def _slot(self, tournament: Tournament, key: str) -> Slot | None:
        for slot in self._world.tournaments[tournament].slots:
            if addresses.model_key(self._world, slot) == key:
                return slot
        return None
