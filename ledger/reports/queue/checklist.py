"""A change of a strategy as steps for the V3 Stakes page, with the exact figures."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind
from ledger.reports import words


@dataclass(frozen=True, slots=True)
class Checklist:
    """``steps`` in order; ``figures`` are the values to type there, one to a line, exact."""

    steps: tuple[str, ...]
    figures: str


def build_checklist(change: Change) -> Checklist:
    """What to do by hand for one change.

    Raises:
        ValueError: the change is not about a strategy.
    """
    if change.setting is not None:
        return _setting(change)
    if change.nmr is None or change.kind not in {ChangeKind.DEPOSIT, ChangeKind.WITHDRAW}:
        raise ValueError(f"change {change.id} is not about a strategy")
    return _funds(change, change.nmr)


def _setting(change: Change) -> Checklist:
    setting = change.setting
    assert setting is not None  # noqa: S101 - the caller looked
    figures = (
        f"Tournament: {change.tournament.label}",
        f"Model: {change.model_name}",
        f"Per-round stake: {setting.per_round} NMR",
        f"Mode: {setting.mode.value}",
        f"Enabled: {'yes' if setting.enabled else 'no'}",
    )
    before = "" if change.base is None else f" They are now: {words.setting(change.base)}."
    return Checklist(
        (
            f"1. Open the V3 Stakes page of {change.tournament.label} on numer.ai.",
            f"2. Find {said(change.model_name)} and set the values below.{before}",
            "3. Press Save there and wait until the page shows them.",
            "4. Come back and mark this change as done. A sync then looks for it.",
        ),
        "\n".join(figures),
    )


def _funds(change: Change, amount: NMR) -> Checklist:
    deposit = change.kind is ChangeKind.DEPOSIT
    what = "Deposit into" if deposit else "Withdraw from"
    return Checklist(
        (
            f"1. Open the V3 Stakes page of {change.tournament.label} on numer.ai.",
            f"2. {what} the strategy the amount below.",
            "3. Confirm it in the owner's wallet and wait until it is in a block. Do not send it "
            "twice.",
            "4. Come back and mark this change as done.",
        ),
        f"Tournament: {change.tournament.label}\n{what} the strategy: {amount} NMR",
    )
