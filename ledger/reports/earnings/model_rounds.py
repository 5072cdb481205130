"""One model round by round: what each paid, what all came to, and which scores did it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.rules.earnings.by_score import by_score


@dataclass(frozen=True, slots=True)
class ModelRounds:
    """The rounds ``played`` by ``model``, newest first, of whatever state.

    ``settled`` is what those paid that can't move any more, ``unsettled`` what the others would pay
    by now; NMR. ``by_score`` tells of all what each score brings in before the clip, the largest
    burn first. ``worst`` is the round that burns most, settled or by now, ``None`` if none does.
    """

    model: Model
    played: tuple[Performance, ...]
    settled: NMR
    unsettled: NMR
    by_score: tuple[tuple[str, NMR], ...]
    worst: int | None


def build_model_rounds(model: Model, played: Iterable[Performance]) -> ModelRounds:
    """Add up the rounds ``played``."""
    rounds = tuple(sorted(played, key=lambda entry: -entry.round))
    settled = [entry for entry in rounds if entry.state is PayoutState.SETTLED]
    burns = [
        (entry.payout, entry.round)
        for entry in rounds
        if entry.payout is not None and entry.payout.wei < 0
    ]
    return ModelRounds(
        model=model,
        played=rounds,
        settled=_paid(settled),
        unsettled=_paid(entry for entry in rounds if entry.state is PayoutState.PENDING),
        by_score=by_score(rounds),
        worst=min(burns)[1] if burns else None,
    )


def _paid(entries: Iterable[Performance]) -> NMR:
    return NMR.total(entry.payout for entry in entries if entry.payout is not None)
