"""Calls, answers, reverts and events of the simulated contracts as 32-byte words.

Selectors and topics are constants, so that serving them needs no Keccak; a test compares each
with the library's.
"""

from __future__ import annotations

from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting

SELECTORS = {
    "modelConfig(uint256,bytes32)": "685f4a31",
    "availableBalance()": "ab2f0e51",
    "owner()": "8da5cb5b",
    "operator()": "570ca735",
    "staking()": "4cf088d9",
    "factory()": "c45a0155",
    "nmr()": "72d2a59b",
    "setModelConfig(uint256,bytes32,uint128,uint8,bool)": "8859fd37",
    "setModelConfigs((uint256,bytes32,uint128,uint8,bool)[])": "57752bf3",
    "deposit(uint256)": "b6b55f25",
    "withdraw(uint256)": "2e1a7d4d",
    "stakeByRound(uint256,address,bytes32)": "f4a884df",
    "balanceOf(address)": "70a08231",
    "decimals()": "313ce567",
}
"""Functions of the three contracts: the strategy, the staking contract, the NMR token."""

ERRORS = {
    "NotOwner()": "30cd7471",
    "InsufficientBalance(uint256,uint256)": "cf479181",
    "InvalidMode(uint8)": "66001a89",
    "UnknownTournament(uint256)": "8908fe9f",
    "ZeroAmount()": "1f2a2005",
}
"""The custom errors; the second argument of ``InsufficientBalance`` is what was asked for."""

CONFIG_UPDATED = "0x481bad5c91011256e508ab43ccad86a505b44506b18d7f9dddd7a863bf711767"
"""``ModelConfigUpdated(uint256 indexed tournamentId, bytes32 indexed modelId, uint128
perRoundStake, uint8 mode, bool enabled)``."""

MODES = (StakeMode.CONSTANT, StakeMode.COMPOUND)
"""What a mode's number means to these contracts."""

_WORD = 64
"""Hex digits of a word, the 32 bytes in which contracts take and give every value."""


class Revert(Exception):
    """The call ends without effect; ``data`` is what the contract gives as its reason."""

    def __init__(self, error: str = "", *arguments: int) -> None:
        super().__init__(error)
        self.data = "0x"
        if error:
            self.data += ERRORS[error] + "".join(map(word, arguments))


def word(value: int) -> str:
    """An unsigned integer as 64 hex digits."""
    return f"{value:0{_WORD}x}"


def address_word(address: str) -> str:
    """An address as 64 hex digits."""
    return word(int(address, 16))


class Arguments:
    """The words behind a selector, read one by one.

    Reading past the end, or a word that does not fit its type, reverts as Solidity does.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._at = 0

    def uint(self, bits: int = 256) -> int:
        """The next word as an unsigned integer of ``bits`` bits."""
        text = self._data[self._at : self._at + _WORD]
        if len(text) < _WORD or int(text, 16) >> bits:
            raise Revert
        self._at += _WORD
        return int(text, 16)

    def key(self) -> str:
        """The next word as bytes32."""
        return "0x" + word(self.uint())

    def address(self) -> str:
        """The next word as an address, lower-case."""
        return f"0x{self.uint(160):040x}"

    def rows(self) -> int:
        """Enter the array of static rows that is the only argument; its length."""
        self._at = self.uint() * 2
        return self.uint()


def setting_words(setting: ModelSetting | None) -> str:
    """``(perRoundStake, mode, enabled)``; all zero for a model that was never set."""
    if setting is None:
        return word(0) * 3
    numbers = (setting.per_round.wei, MODES.index(setting.mode), int(setting.enabled))
    return "".join(map(word, numbers))


def read_setting(arguments: Arguments) -> ModelSetting:
    """The same three words as a setting.

    Raises:
        Revert: they are none.
    """
    per_round, mode, enabled = arguments.uint(128), arguments.uint(8), arguments.uint(1)
    if mode >= len(MODES):
        raise Revert("InvalidMode(uint8)", mode)
    return ModelSetting(NMR.from_wei(per_round), MODES[mode], bool(enabled))
