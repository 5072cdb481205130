"""What the contracts are called with: selectors, the event's topic and the errors known by name.

Every selector is the first four bytes of the keccak-256 of its signature and the topic the whole
of it; they are written out so that nothing has to hash at run time, and compared by a test.
Source of the signatures: the published surface of Numerai's allocation strategy, and ERC-20.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function (or error) of a contract: its signature and its selector, ``0x`` and 8 digits."""

    signature: str
    selector: str

    @property
    def name(self) -> str:
        """The signature without its arguments."""
        return self.signature.partition("(")[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The types of the arguments."""
        inside = self.signature.partition("(")[2].removesuffix(")")
        return tuple(inside.split(",")) if inside else ()


MODEL_CONFIG = Function("modelConfig(uint256,bytes32)", "0x685f4a31")
AVAILABLE_BALANCE = Function("availableBalance()", "0xab2f0e51")
OWNER = Function("owner()", "0x8da5cb5b")
OPERATOR = Function("operator()", "0x570ca735")
STAKING = Function("staking()", "0x4cf088d9")
FACTORY = Function("factory()", "0xc45a0155")
NMR_TOKEN = Function("nmr()", "0x72d2a59b")
SET_MODEL_CONFIG = Function("setModelConfig(uint256,bytes32,uint128,uint8,bool)", "0x8859fd37")
SET_MODEL_CONFIGS = Function(
    "setModelConfigs((uint256,bytes32,uint128,uint8,bool)[])", "0x57752bf3"
)
DEPOSIT = Function("deposit(uint256)", "0xb6b55f25")
WITHDRAW = Function("withdraw(uint256)", "0x2e1a7d4d")
"""The allocation strategy."""

STAKE_BY_ROUND = Function("stakeByRound(uint256,address,bytes32)", "0xf4a884df")
"""The staking contract."""

BALANCE_OF = Function("balanceOf(address)", "0x70a08231")
ALLOWANCE = Function("allowance(address,address)", "0xdd62ed3e")
"""The NMR token."""

MODEL_CONFIG_UPDATED_TOPIC = "0x481bad5c91011256e508ab43ccad86a505b44506b18d7f9dddd7a863bf711767"
"""``ModelConfigUpdated(uint256,bytes32,uint128,uint8,bool)``: what a strategy writes when a
model's setting changes; its first two are indexed."""

ERROR_STRING = Function("Error(string)", "0x08c379a0")
PANIC = Function("Panic(uint256)", "0x4e487b71")

ERRORS = (
    Function("NotOwner()", "0x30cd7471"),
    Function("NotOperator()", "0x7c214f04"),
    Function("OnlyOwner()", "0x5fc483c5"),
    Function("Unauthorized()", "0x82b42900"),
    Function("OwnableUnauthorizedAccount(address)", "0x118cdaa7"),
    Function("InsufficientBalance()", "0xf4d678b8"),
    Function("InsufficientBalance(uint256,uint256)", "0xcf479181"),
    Function("ERC20InsufficientBalance(address,uint256,uint256)", "0xe450d38c"),
    Function("ERC20InsufficientAllowance(address,uint256,uint256)", "0xfb8f41b2"),
    Function("SafeERC20FailedOperation(address)", "0x5274afe7"),
    Function("InvalidMode()", "0xa0042b17"),
    Function("InvalidMode(uint8)", "0x66001a89"),
    Function("InvalidTournament(uint256)", "0x9ba54c87"),
    Function("UnknownTournament(uint256)", "0x8908fe9f"),
    Function("InvalidAmount()", "0x2c5211c6"),
    Function("ZeroAmount()", "0x1f2a2005"),
    Function("ZeroAddress()", "0xd92e233d"),
    Function("EnforcedPause()", "0xd93c0665"),
    Function("ReentrancyGuardReentrantCall()", "0x3ee5aeb5"),
    ERROR_STRING,
    PANIC,
)
"""Errors a revert may carry that are named; any other is shown by its selector."""
