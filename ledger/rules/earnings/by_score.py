"""What each score brought in or burned, over many rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import Performance
from ledger.rules.rounds.payout import weighted_score


def by_score(entries: Iterable[Performance]) -> tuple[tuple[str, NMR], ...]:
    """``at_risk * factor * score * multiplier`` by the score's name, the largest burn first.

    That is before the clip, which cuts all scores of a round together. Rounds of which a figure is
    not known are left out.
    """
    parts: dict[str, NMR] = defaultdict(lambda: ZERO)
    for entry in entries:
        if entry.at_risk is None or entry.factor is None or weighted_score(entry.scores) is None:
            continue
        for score in entry.scores:
            if score.multiplier and score.value is not None:
                rate = entry.factor * score.value * score.multiplier
                parts[score.name] += entry.at_risk.times(rate)
    return tuple(sorted(parts.items(), key=lambda part: part[1]))
