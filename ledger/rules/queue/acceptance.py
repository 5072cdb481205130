"""Is an answer to a change the acceptance of this change?

An answer counts as far as it names what was asked for. One that names something else, or nothing
at all, proves nothing: the account will show what became of the change.
"""

from __future__ import annotations

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import RELEASES, REQUESTS, TAKE_PROFIT, Change, ChangeKind

_TAKEN = frozenset({"pending", "scheduled", "accepted", "confirmed", "processing", "queued"})
"""Words for a request that Numerai took, where it names neither kind nor amount."""

_WITHDRAWN = frozenset({"cancelled", "canceled", "withdrawn"})
"""Words for a release that was withdrawn."""

_FAILED = frozenset({"failed", "failure", "error", "rejected", "refused", "denied", "invalid"})
"""Words for a request that Numerai did not take, or can't say."""


def doubt(
    change: Change,
    *,
    kind: str | None,
    amount: NMR | None,
    status: str | None,
    drain: bool | None = None,
    bare: bool = False,
) -> str | None:
    """Why an answer that names ``kind``, ``amount``, ``drain`` and ``status`` does not prove that
    ``change`` was accepted; ``None`` when it does. ``bare``: it is a text, and no object."""
    if bare or change.kind in TAKE_PROFIT:
        return "The answer is a text that proves nothing; the account will show it."
    if drain is False and change.kind is ChangeKind.DRAIN:
        return "The answer says that not everything is released; a drain was asked for."
    word = (status or "").strip().lower()
    if word in _FAILED:
        return f"The answer says “{status}”; that is no acceptance, and no clear refusal."
    if change.kind is ChangeKind.CANCEL_RELEASE:
        return _doubt_cancel(kind, word)
    if change.kind in REQUESTS:
        return _doubt_request(change, kind, amount, word)
    return f"There is no way to tell for “{change.kind}”."


def _doubt_cancel(kind: str | None, word: str) -> str | None:
    if kind is not None and kind not in RELEASES:
        return f"The answer is about “{kind}”; the cancelling of a release was asked for."
    if kind is None and word not in _TAKEN | _WITHDRAWN:
        return "The answer does not say that a release was cancelled."
    return None


def _doubt_request(change: Change, kind: str | None, amount: NMR | None, word: str) -> str | None:
    if kind is not None and kind != change.kind.value:
        return (
            f"The answer is about {_named(kind, amount)}; "
            f"{_named(change.kind.value, change.nmr)} was asked for."
        )
    exact = change.kind is not ChangeKind.DRAIN
    if exact and amount is not None and amount != change.nmr:
        return f"The answer names {amount} NMR; {change.nmr} NMR was asked for."
    if word in _WITHDRAWN:
        return f"The answer says “{word}”."
    if kind is None and (amount is None or not exact) and word not in _TAKEN:
        return "The answer does not say what was accepted."
    return None


def _named(kind: str, amount: NMR | None) -> str:
    return (
        f"“{kind}”" if amount is None or kind == ChangeKind.DRAIN else f"“{kind}” of {amount} NMR"
    )
