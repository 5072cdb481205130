"""Whether a contract is an allocation strategy: by its code, its answers, and whom it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from ledger.chain import abi, contracts
from ledger.chain.contracts import Function
from ledger.chain.rpc import Call, Rpc, reverted
from ledger.domain.model import Tournament
from ledger.domain.stakes.strategy import ConfirmedFor, StrategyReading
from ledger.errors import BadChainAnswer, ChainError

LATEST = "latest"
"""The block every read is made on."""

_NO_KEY = "0x" + "0" * 64
_PLAIN = (
    contracts.OWNER,
    contracts.OPERATOR,
    contracts.STAKING,
    contracts.FACTORY,
    contracts.NMR_TOKEN,
    contracts.AVAILABLE_BALANCE,
)
_T = TypeVar("_T")


class Answers:
    """Answers to contract reads; ``silent`` collects the functions that gave no proper one."""

    def __init__(self, answers: Mapping[Function, object]) -> None:
        self._answers = answers
        self.silent: list[str] = []

    def read(self, function: Function, decode: Callable[[object, str], _T]) -> _T | None:
        """The decoded answer; ``None``, and one more silent function, where there is none.

        Raises:
            ChainError: the endpoint refused for reasons of its own.
        """
        answer = self._answers[function]
        if isinstance(answer, ChainError) and not reverted(answer):
            raise answer
        try:
            if not isinstance(answer, ChainError):
                return decode(answer, f"{function.name}()")
        except BadChainAnswer:
            pass
        self.silent.append(f"{function.name}()")
        return None

    def trouble(self, address: str) -> str | None:
        """What the silent functions mean, ``None`` when all spoke."""
        if not self.silent:
            return None
        names = ", ".join(self.silent)
        return f"The contract at {address} does not answer {names} as an allocation strategy does."


def view(address: str, data: str) -> Call:
    """An ``eth_call`` on the newest block."""
    return "eth_call", ({"to": address, "data": data}, LATEST)


def ask(rpc: Rpc, address: str, tournament: Tournament) -> Answers:
    """Every read a strategy has to answer, in one go."""
    calls = {function: function.selector for function in _PLAIN}
    calls[contracts.MODEL_CONFIG] = abi.model_config_call(int(tournament), _NO_KEY)
    answers = rpc.call_many([view(address, data) for data in calls.values()])
    return Answers(dict(zip(calls, answers, strict=True)))


def ask_wallet(rpc: Rpc, token: str, owner: str) -> tuple[Answers, int]:
    """The owner's NMR as an answer of ``token``, and ether in wei."""
    held = abi.call(contracts.BALANCE_OF, abi.address_word(owner))
    nmr, ether = rpc.call_many([view(token, held), ("eth_getBalance", (owner, LATEST))])
    if isinstance(ether, ChainError):
        raise ether
    return Answers({contracts.BALANCE_OF: nmr}), abi.quantity(ether, "the owner's ether")


def bare(
    tournament: Tournament, address: str, chain: int, block: int, now: datetime
) -> StrategyReading:
    """A reading before anything was read."""
    return StrategyReading(
        tournament=tournament,
        address=address.lower(),
        owner=None,
        operator=None,
        staking=None,
        idle=None,
        wallet=None,
        gas_wei=None,
        chain_id=chain,
        block=block,
        as_of=now,
    )


def wrong_chain(actual: int, expected: int) -> str:
    """The words for an endpoint on another chain."""
    return (
        f"The Ethereum endpoint is on chain {actual}, not on chain {expected} as [atomic] chain_id"
        " says."
    )


def foreign_code(address: str, code: str) -> str | None:
    """Why contract code is none of a strategy, as far as code alone shows.

    A proxy holds no selectors at all; one that lists ``owner()`` has to list the write too.
    """
    if code == "0x":
        return f"There is no contract at {address}."
    lists_selectors = contracts.OWNER.selector[2:] in code
    if lists_selectors and contracts.SET_MODEL_CONFIG.selector[2:] not in code:
        return f"The contract at {address} has no setModelConfig: it is no known strategy."
    return None


def foreign_staking(reading: StrategyReading, staking: str | None) -> str | None:
    """Why the strategy's staking contract is not the one Numerai names."""
    if staking is None or reading.staking == staking.lower():
        return None
    return (
        f"The contract at {reading.address} stakes with {reading.staking}; Numerai names"
        f" {staking.lower()}."
    )


def moved_on(reading: StrategyReading, confirmed: ConfirmedFor) -> str | None:
    """Why the contracts are not those that a change was confirmed for."""
    names = (
        ("the strategy", reading.address, confirmed.address),
        ("the strategy's owner", reading.owner, confirmed.owner),
        ("the strategy's operator", reading.operator, confirmed.operator),
        ("the staking contract", reading.staking, confirmed.staking),
    )
    if confirmed.chain_id != reading.chain_id:
        return f"the chain was {confirmed.chain_id}, and is {reading.chain_id} now"
    for name, now, then in names:
        if (now or "").lower() != (then or "").lower():
            return f"{name} was {then}, and is {now} now"
    return None
