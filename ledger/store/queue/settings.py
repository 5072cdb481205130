"""What a change wants beside its amount: a setting of an allocation strategy, and the way there."""

from __future__ import annotations

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import CONTINUOUS, SETTINGS, WITH_AMOUNT, ChangeKind
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError
from ledger.store.rows import Row, flag, nmr, text


def setting_row(setting: ModelSetting | None) -> Row:
    """A setting as its three columns."""
    if setting is None:
        return (None, None, None)
    return (text(setting.per_round), setting.mode.value, flag(setting.enabled))


def read_setting(
    per_round: str | None, mode: str | None, enabled: int | None
) -> ModelSetting | None:
    """A setting from its three columns."""
    if per_round is None or mode is None or enabled is None:
        return None
    return ModelSetting(nmr(per_round), StakeMode(mode), bool(enabled))


def check_request(
    kind: ChangeKind, amount: NMR | None, channel: Channel, setting: ModelSetting | None
) -> None:
    """Refuse what no change of ``kind`` can want.

    Raises:
        ChangeError: an amount or a setting is missing, out of range or out of place, or the
            change can't take this way.
    """
    if kind in WITH_AMOUNT and (amount is None or amount <= ZERO):
        raise ChangeError(f"A change of kind {kind} needs an amount above zero.", "Give one.")
    if amount is not None and amount < ZERO:
        raise ChangeError(f"{amount} NMR is no amount for a change.", "Give one above zero.")
    if (kind in SETTINGS) is (setting is None):
        needs = "needs a setting" if kind in SETTINGS else "has no setting"
        raise ChangeError(f"A change of kind {kind} {needs}.", "Plan it again.")
    if setting is not None and setting.per_round < ZERO:
        raise ChangeError(f"{setting.per_round} NMR can't be staked per round.", "Give 0 or more.")
    if (kind in CONTINUOUS) is not (channel is Channel.NUMERAI):
        raise ChangeError(
            f"A change of kind {kind} can't be carried out the way '{channel}'.",
            "Choose another way.",
        )
