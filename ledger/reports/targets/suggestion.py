"""What a helper would give each row of an allocation."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import Performance
from ledger.domain.targets.allocation import Allocation, SuggestionKind
from ledger.errors import ChangeError
from ledger.rules.targets import weights
from ledger.rules.targets.weights import History, Row, Weights

SCORED = frozenset(SuggestionKind) - {SuggestionKind.EQUAL, SuggestionKind.CURRENT}
"""The kinds that go by scores."""

_BY_HISTORY: dict[SuggestionKind, Callable[[History], Weights]] = {
    SuggestionKind.SCORE: weights.by_score,
    SuggestionKind.RATIO: weights.by_ratio,
    SuggestionKind.VOLATILITY: weights.by_inverse_volatility,
}


def build_suggestion(
    allocation: Allocation,
    kind: SuggestionKind,
    performances: Iterable[Performance],
    *,
    last: int,
    floor: NMR | None = None,
    cap: NMR | None = None,
    with_wallet: bool = False,
) -> dict[str, NMR]:
    """NMR by model id for the rows that are not locked.

    Rows that Numerai does not tell the stake of stay out of it. The others share what they have
    once what is pending has settled, ``with_wallet`` also the free NMR no other row needs.
    Scores are those of the newest ``last`` resolved rounds in ``performances``.

    Raises:
        ChangeError: every row is locked, or floor, cap and scores leave no way.
    """
    rows = [
        Row(line.model_id, line.effective, line.locked)
        for line in allocation.lines
        if line.effective is not None and line.uncertain is None
    ]
    names = [row.model_id for row in rows if not row.locked]
    total = NMR.total(row.current for row in rows if not row.locked)
    if with_wallet:
        total += spare(allocation)
    low = floor or ZERO
    shares: Weights
    if kind is SuggestionKind.EQUAL:
        shares = weights.equal(rows)
    elif kind is SuggestionKind.CURRENT:
        shares = weights.by_current(rows)
    else:
        if last < 1:
            raise ChangeError("Scores of no rounds say nothing.", "Look at one round at least.")
        history = weights.score_history(
            (entry for entry in performances if entry.model_id in set(names)), last
        )
        shares = _scored(kind, history, names, total, floor=low, cap=cap)
    return weights.spread(rows, shares, total, floor=low, cap=cap).amounts


def spare(allocation: Allocation) -> NMR:
    """Free NMR that neither locked rows nor changes in the queue of other tournaments need."""
    if allocation.balance.wallet is None:
        return ZERO
    needed = NMR.total(
        max(ZERO, line.difference or ZERO) for line in allocation.lines if line.locked
    ) + max(ZERO, allocation.elsewhere)
    return max(ZERO, allocation.balance.wallet - needed)


def _scored(
    kind: SuggestionKind,
    history: History,
    names: list[str],
    total: NMR,
    *,
    floor: NMR,
    cap: NMR | None,
) -> Weights:
    if kind is not SuggestionKind.CVAR:
        return _BY_HISTORY[kind](history)
    from ledger.rules.targets.cvar import min_cvar

    return min_cvar(history, names, total, floor=floor, cap=cap)
