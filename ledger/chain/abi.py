"""Our own coding of contract calls: every value is one static word of 32 bytes.

Written by hand because the Ethereum libraries take over a second to import and are optional; a
test compares it with ``eth_abi``. Hex is lower case; a "word" is 64 hex digits without ``0x``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.chain import contracts
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.errors import BadChainAnswer

_DIGITS = 64
"""Hex digits of a word, the 32 bytes in which contracts take and give every value."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_ADDRESS_BITS, _AMOUNT_BITS, _MODE_BITS = 160, 128, 8
_ROW = 5
"""Words of one model's setting in a call: tournament, key, amount, mode, enabled."""


@dataclass(frozen=True, slots=True)
class Modes:
    """The contract's numbers for ``constant`` and ``compound`` mode, from the config: they are not
    confirmed."""

    constant: int
    compound: int

    def number(self, mode: StakeMode) -> int:
        """The contract's number for ``mode``."""
        return self.constant if mode is StakeMode.CONSTANT else self.compound

    def mode(self, number: int) -> StakeMode | None:
        """The mode ``number`` stands for; ``None`` for one the config does not name."""
        modes = {self.constant: StakeMode.CONSTANT, self.compound: StakeMode.COMPOUND}
        return modes.get(number)


@dataclass(frozen=True, slots=True)
class Row:
    """One argument list of ``setModelConfig``: tournament, bytes32 key, setting."""

    tournament: int
    key: str
    setting: ModelSetting


@dataclass(frozen=True, slots=True)
class Call:
    """A contract call in readable form: the function, and its arguments per row in words.

    Only ``setModelConfigs`` has several rows.
    """

    function: str
    rows: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """One per row: ``withdraw: amount 1.5 NMR``."""
        return tuple(
            f"{self.function}: " + ", ".join(f"{name} {value}" for name, value in row)
            for row in self.rows
        )


@dataclass(frozen=True, slots=True)
class ConfigUpdate:
    """One ``ModelConfigUpdated`` event: what a strategy does from then on under a model's ``key``.

    ``tournament`` is Numerai's number, ``per_round`` in NMR. ``mode`` is ``None`` for a number
    the config lacks. It was written in ``block`` by the transaction ``tx_hash``.
    """

    tournament: int
    key: str
    per_round: NMR
    mode: StakeMode | None
    enabled: bool
    block: int
    tx_hash: str


def uint(value: int, bits: int = 256) -> str:
    """An unsigned integer as a word.

    Raises:
        ValueError: negative, or does not fit ``bits``.
    """
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{value} does not fit uint{bits}")
    return f"{value:0{_DIGITS}x}"


def address_word(address: str) -> str:
    """An address as a word.

    Raises:
        ValueError: no address.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"not an Ethereum address: {address}")
    return address[2:].lower().rjust(_DIGITS, "0")


def key_word(key: str) -> str:
    """A model's bytes32 key as a word.

    Raises:
        ValueError: not ``0x`` and 64 hex digits.
    """
    if not _WORD.fullmatch(key):
        raise ValueError(f"not a model key of 32 bytes: {key}")
    return key[2:].lower()


def call(function: contracts.Function, *words: str) -> str:
    """Call data: the selector and its words."""
    return function.selector + "".join(words)


def model_config_call(tournament: int, key: str) -> str:
    """``modelConfig(tournament, key)``."""
    return call(contracts.MODEL_CONFIG, uint(tournament), key_word(key))


def stake_by_round_call(round_number: int, staker: str, key: str) -> str:
    """``stakeByRound(round, staker, key)``."""
    return call(contracts.STAKE_BY_ROUND, uint(round_number), address_word(staker), key_word(key))


def set_model_config(tournament: int, key: str, setting: ModelSetting, modes: Modes) -> str:
    """``setModelConfig``: the whole setting of one model.

    Raises:
        ValueError: an amount that is negative or does not fit uint128, a bad key or mode.
    """
    return call(contracts.SET_MODEL_CONFIG, *_row_words(Row(tournament, key, setting), modes))


def set_model_configs(rows: Sequence[Row], modes: Modes) -> str:
    """``setModelConfigs``: several models at once. The tuple is believed to be a :class:`Row`.

    Raises:
        ValueError: as for :func:`set_model_config`, or no rows.
    """
    if not rows:
        raise ValueError("setModelConfigs without a row")
    words = [word for row in rows for word in _row_words(row, modes)]
    return call(contracts.SET_MODEL_CONFIGS, uint(32), uint(len(rows)), *words)


def deposit(nmr: NMR) -> str:
    """``deposit(nmr)``: from the owner's wallet to idle."""
    return call(contracts.DEPOSIT, _amount(nmr))


def withdraw(nmr: NMR) -> str:
    """``withdraw(nmr)``: from idle to the owner's wallet."""
    return call(contracts.WITHDRAW, _amount(nmr))


def _amount(nmr: NMR) -> str:
    return uint(nmr.wei, _AMOUNT_BITS)


def _row_words(row: Row, modes: Modes) -> tuple[str, ...]:
    return (
        uint(row.tournament),
        key_word(row.key),
        _amount(row.setting.per_round),
        uint(modes.number(row.setting.mode), _MODE_BITS),
        uint(int(row.setting.enabled)),
    )


def decode_call(data: str, modes: Modes) -> Call:
    """What ``data`` asks a strategy to do.

    Raises:
        ValueError: no call of a strategy, or one with words that make no sense.
    """
    selector, body = data[:10].lower(), data[10:]
    numbers = [int(body[at : at + _DIGITS], 16) for at in range(0, len(body), _DIGITS)]
    if len(body) % _DIGITS:
        raise ValueError("call data that is not made of whole words")
    if selector == contracts.SET_MODEL_CONFIG.selector:
        return Call(contracts.SET_MODEL_CONFIG.name, (_row_in_words(numbers, modes),))
    if selector == contracts.SET_MODEL_CONFIGS.selector:
        return Call(contracts.SET_MODEL_CONFIGS.name, tuple(_rows_in_words(numbers, modes)))
    for function in (contracts.DEPOSIT, contracts.WITHDRAW):
        if selector == function.selector and len(numbers) == 1:
            amount = ("amount", f"{NMR.from_wei(numbers[0])} NMR")
            return Call(function.name, ((amount,),))
    raise ValueError(f"{selector} is no call of an allocation strategy")


def _rows_in_words(numbers: Sequence[int], modes: Modes) -> Iterable[tuple[tuple[str, str], ...]]:
    if len(numbers) < 2 or numbers[0] != 32 or len(numbers) != 2 + _ROW * numbers[1]:
        raise ValueError("setModelConfigs with a list that makes no sense")
    rows = numbers[2:]
    return (_row_in_words(rows[at : at + _ROW], modes) for at in range(0, len(rows), _ROW))


def _row_in_words(numbers: Sequence[int], modes: Modes) -> tuple[tuple[str, str], ...]:
    if len(numbers) != _ROW or numbers[2] >> _AMOUNT_BITS or numbers[4] > 1:
        raise ValueError("a model setting whose words make no sense")
    tournament, key, amount, mode, enabled = numbers
    name = modes.mode(mode)
    return (
        ("tournament", str(tournament)),
        ("model", f"0x{key:0{_DIGITS}x}"),
        ("per round", f"{NMR.from_wei(amount)} NMR"),
        ("mode", f"{mode} ({name or 'unknown'})"),
        ("enabled", "yes" if enabled else "no"),
    )


def quantity(value: object, what: str) -> int:
    """A JSON-RPC quantity (``0x1f``) as a number.

    Raises:
        BadChainAnswer: it is none, or beyond 256 bits.
    """
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise BadChainAnswer(f"The Ethereum endpoint gave no number for {what}.")
    return int(value, 16)


def hex_data(value: object, what: str) -> str:
    """JSON-RPC data (``0x`` and whole bytes), lower case.

    Raises:
        BadChainAnswer: it is none.
    """
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise BadChainAnswer(f"The Ethereum endpoint gave no data for {what}.")
    return value.lower()


def numbers(value: object, count: int, what: str) -> tuple[int, ...]:
    """The ``count`` words of an answer as numbers.

    Raises:
        BadChainAnswer: not exactly so many words.
    """
    data = hex_data(value, what)[2:]
    if len(data) != count * _DIGITS:
        raise BadChainAnswer(
            f"{what} was answered with {len(data) // 2} bytes instead of {count * 32}."
        )
    return tuple(int(data[at : at + _DIGITS], 16) for at in range(0, len(data), _DIGITS))


def address(value: object, what: str) -> str:
    """One word that is an address, lower case.

    Raises:
        BadChainAnswer: it is none, or the zero address.
    """
    (number,) = numbers(value, 1, what)
    if number >> _ADDRESS_BITS or not number:
        raise BadChainAnswer(f"{what} was answered with no address.")
    return f"0x{number:040x}"


def amount(value: object, what: str) -> NMR:
    """One word that is an amount in wei.

    Raises:
        BadChainAnswer: it is none.
    """
    (number,) = numbers(value, 1, what)
    return NMR.from_wei(number)


def setting_words(value: object, what: str) -> tuple[NMR, int, bool]:
    """``(per round, mode number, enabled)`` as ``modelConfig`` and the event give it.

    Raises:
        BadChainAnswer: words that do not fit uint128, uint8 and bool.
    """
    per_round, mode, enabled = numbers(value, 3, what)
    if per_round >> _AMOUNT_BITS or mode >> _MODE_BITS or enabled > 1:
        raise BadChainAnswer(f"{what} was answered with words that are no model setting.")
    return NMR.from_wei(per_round), mode, bool(enabled)


def decode_event(log: Mapping[str, object], modes: Modes) -> ConfigUpdate | None:
    """A log entry as the event it is; ``None`` for another event.

    Raises:
        BadChainAnswer: the right topic over words that make no sense.
    """
    topics = log.get("topics")
    if not isinstance(topics, list) or not topics:
        return None
    if str(topics[0]).lower() != contracts.MODEL_CONFIG_UPDATED_TOPIC or len(topics) != 3:
        return None
    what = "a ModelConfigUpdated event"
    per_round, mode, enabled = setting_words(log.get("data"), what)
    (tournament,) = numbers(topics[1], 1, what)
    return ConfigUpdate(
        tournament=tournament,
        key="0x" + f"{numbers(topics[2], 1, what)[0]:064x}",
        per_round=per_round,
        mode=modes.mode(mode),
        enabled=enabled,
        block=quantity(log.get("blockNumber"), "an event's block"),
        tx_hash=hex_data(log.get("transactionHash"), "an event's transaction"),
    )
