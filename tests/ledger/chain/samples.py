"""Changes and transactions that tests start from."""

from __future__ import annotations

from ledger.chain.building import TransactionBuilder
from ledger.chain.signing import locked, sign
from ledger.chain.transactions import Signed, Unsigned
from ledger.credentials import Secret
from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ChainTransaction, Channel, ModelSetting, strategy_id
from tests.ledger.chain.evm import CLASSIC, KEY, NOW, OWNER_KEY, World

PASSPHRASE = Secret("correct horse")
CAP = 60
SETTING = ModelSetting(NMR("1.5"), StakeMode.COMPOUND)
"""What :func:`setting_change` writes unless told otherwise."""


def change(kind: ChangeKind, *, nmr: NMR | None = None, **more: object) -> Change:
    fields: dict[str, object] = {
        "id": 7,
        "tournament": CLASSIC,
        "model_id": strategy_id(CLASSIC),
        "model_name": "Classic strategy",
        "system": System.ATOMIC,
        "kind": kind,
        "nmr": nmr,
        "state": ChangeState.QUEUED,
        "conditions": Conditions(),
        "reason": "",
        "created": NOW,
        "updated": NOW,
        "channel": Channel.SIGNED,
    }
    return Change(**{**fields, **more})  # type: ignore[arg-type]


def setting_change(setting: ModelSetting = SETTING, model: str = "alpha") -> Change:
    return change(
        ChangeKind.SET_PER_ROUND, model_id=f"id-{model}", model_name=model, setting=setting
    )


def builder(world: World, cap: int = CAP) -> TransactionBuilder:
    return TransactionBuilder(world.reader, max_fee_gwei=cap)


def built(world: World, setting: ModelSetting = SETTING) -> Unsigned:
    """A checked transaction that sets model alpha."""
    return builder(world).build(
        setting_change(setting), world.strategy, staking=world.staking, key=KEY
    )


def signed(unsigned: Unsigned, key: str = OWNER_KEY) -> Signed:
    """It, with the owner's signature."""
    return sign(locked(Secret(key), PASSPHRASE, work=2), PASSPHRASE, unsigned)


def on_disk(unsigned: Unsigned) -> ChainTransaction:
    """It, signed and as the ledger keeps it."""
    return signed(unsigned).transaction(7, NOW, replaces=unsigned.replaces)
