"""The account around a change, before and after it, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, ChangeEvent
from tui.format import exact, stamp

_LABEL, _AMOUNT = 14, 25
"""Widths: two accounts fit into a dialog on a screen of 80 cells."""


def compare(before: AccountSnapshot | None, after: AccountSnapshot | None) -> Iterator[Content]:
    """Lines of a table with a column for each account there is; what differs is marked."""
    there = [(name, one) for name, one in (("before", before), ("after", after)) if one]
    if not there:
        return
    names = "".join(f"{name:<{_AMOUNT}}" for name, _ in there)
    yield Content.styled(f"{'account':<{_LABEL}}{names}".rstrip(), "$muted")
    for rows in zip(*(_rows(account) for _, account in there), strict=True):
        label, values = rows[0][0], [value for _, value in rows]
        differs = label != "at" and len(set(values)) > 1
        text = "".join(f"{value:<{_AMOUNT}}" for value in values).rstrip()
        sign = "≠ " if differs else "  "
        yield Content.assemble(
            (f"{sign}{label:<{_LABEL - 2}}", "$muted"), (text, "bold" if differs else "")
        )


def _rows(account: AccountSnapshot) -> Iterator[tuple[str, str]]:
    yield "at", f"{stamp(account.taken)} UTC"
    yield "staked", _amount(account.settled)
    yield "pending change", _pending(account)
    yield "  due", f"{account.pending_due:%Y-%m-%d %H:%M} UTC" if account.pending_due else "·"
    yield "Numerai wallet", _amount(account.available)
    yield "held", _amount(account.held)
    profit = {True: "on", False: "off", None: "not known"}[account.take_profit]
    yield "take profit", profit


def _amount(nmr: NMR | None) -> str:
    return "not known" if nmr is None else exact(nmr)


def _pending(account: AccountSnapshot) -> str:
    if not account.pending_known:
        return "not known"
    if account.pending_kind is None:
        return "nothing"
    amount = f" {exact(account.pending_amount)}" if account.pending_amount else ""
    return f"{account.pending_kind}{amount}"


def around(
    events: tuple[ChangeEvent, ...],
) -> tuple[AccountSnapshot | None, AccountSnapshot | None]:
    """The account as it was when the change was last sent, and as it was seen last since."""
    before = [event.before for event in events if event.before is not None]
    after = [event.after for event in events if event.after is not None]
    return (before[-1] if before else None), (after[-1] if after else None)
