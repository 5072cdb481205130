"""One payout in words and figures, for the screen and for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ledger.domain.earnings.explanation import Explanation, Term
from ledger.domain.earnings.paid_rounds import Band
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState
from tui.format import ABSENT, MINUS, UNKNOWN, exact, full, number, payout, percent

FLAG = "!"
"""Stands before figures that do not agree."""

_SOURCES = {
    PayoutSource.NUMERAI: "Numerai's payout",
    PayoutSource.SCORES: "The sum of Numerai's payouts per score",
    PayoutSource.COMPUTED: "The payout as recomputed; Numerai gives none",
}


def explained(explanation: Explanation) -> str:
    """Everything about one payout; the table's lines fit 70 cells."""
    return "\n".join(_lines(explanation))


def outcome(explanation: Explanation) -> str:
    """``burned 0.083 NMR``, ``earns 1.2 NMR as of now``, ``no score yet``."""
    if explanation.paid is None:
        return "no score yet"
    amount = f"{exact(abs(explanation.paid))} NMR"
    if explanation.state is PayoutState.SETTLED:
        return f"{'burned' if explanation.paid < NMR(0) else 'earned'} {amount}"
    return f"{'burns' if explanation.paid < NMR(0) else 'earns'} {amount} as of now"


def formula(explanation: Explanation, digits: int = 4) -> str:
    """``11.05 × clip(0.1092 × (−0.0329 × 0.5 + …), ±5%)`` with the round's own numbers."""
    scores = " + ".join(
        f"{_signed(term.value, digits)} × {_plain(term.multiplier)}" for term in explanation.paying
    )
    clip = f"±{_percent(explanation.clip)}" if explanation.clip is not None else UNKNOWN
    factor = _plain(explanation.factor) if explanation.factor is not None else UNKNOWN
    at_risk = exact(explanation.at_risk) if explanation.at_risk is not None else UNKNOWN
    return f"{at_risk} × clip({factor} × ({scores or UNKNOWN}), {clip})"


def provisional(explanation: Explanation) -> str:
    """Which scores can still move, and on which scoring day they are."""
    open_ones = [term for term in explanation.paying if term.provisional]
    if not open_ones:
        return ""
    return f"Provisional: {', '.join(f'{term.name} on {_day(term)}' for term in open_ones)}."


def verdict(explanation: Explanation, decimals: int = 6) -> str:
    """How far the recomputed figure is from Numerai's."""
    if explanation.check is None:
        return ""
    gap, allowed = (
        abs(explanation.check.difference),
        number(explanation.check.tolerance.amount, decimals),
    )
    if not gap:
        return "Recomputed: the same as Numerai's figure, within rounding."
    if not explanation.disagrees:
        figures = f"{number(gap.amount, decimals)} NMR from Numerai's figure"
        upto = "" if allowed.startswith("<") else f" (up to {allowed})"
        return f"Recomputed: {figures}, within rounding{upto}."
    return (
        f"{FLAG} Recomputed: {number(gap.amount, decimals)} NMR from Numerai's figure, more than "
        f"rounding explains ({allowed})."
    )


def span(band: Band, decimals: int = 3) -> str:
    """``+0.10 to +0.90``."""
    low, high = (number(value, decimals, signed=True) for value in (band.low, band.high))
    return f"{low} to {high}"


def _lines(explanation: Explanation) -> Iterator[str]:
    place = f"{said(explanation.model_name)} in {explanation.tournament.label}"
    yield f"{place} round {explanation.round}: {outcome(explanation)}."
    yield ""
    yield "stake at risk × clip(factor × (score × multiplier + …))"
    yield formula(explanation)
    yield ""
    yield from _table(explanation)
    yield ""
    if explanation.missing:
        yield f"Not known yet: {', '.join(explanation.missing)}."
    if explanation.source is not None and explanation.paid is not None:
        yield f"{_SOURCES[explanation.source]}: {_exact(explanation.paid)} NMR."
    yield from filter(None, (verdict(explanation), provisional(explanation)))
    if explanation.band is not None:
        yield from _band(explanation.band)
    if explanation.resolves is not None:
        verb = "Resolved" if explanation.state is PayoutState.SETTLED else "Resolves"
        yield f"{verb} {full(explanation.resolves)}."


def _table(explanation: Explanation) -> Iterator[str]:
    for term in explanation.terms:
        yield _term(term)
    yield _row("weighted", "", "", _signed(explanation.weighted, 6))
    times = (
        explanation.factor * explanation.weighted
        if explanation.factor is not None and explanation.weighted is not None
        else None
    )
    yield _row("× factor", _plain(explanation.factor), "", _signed(times, 6))
    reached = (
        "clipped" if explanation.clipped else "" if explanation.rate is None else "not reached"
    )
    yield _row("clip", f"±{_percent(explanation.clip)}", "", _signed(explanation.rate, 6), reached)
    computed = ABSENT if explanation.computed is None else f"{payout(explanation.computed, 6)} NMR"
    at_risk = number(explanation.at_risk.amount, 6) if explanation.at_risk is not None else UNKNOWN
    yield _row("× at risk", at_risk, "", computed, "recomputed")


def _term(term: Term) -> str:
    times = "pays nothing" if not term.multiplier else f"× {_plain(term.multiplier)}"
    product = _signed(term.product, 6) if term.multiplier else ""
    day = _day(term, "/") if term.day is not None else "no score yet"
    mark = f"{day} provisional" if term.provisional and term.day is not None else day
    return _row(term.name, _signed(term.value, 6), times, product, mark)


def _row(name: str, value: str, times: str, result: str, note: str = "") -> str:
    return f"{name:<9} {value:>9} {times:<12} {result:>13}  {note}".rstrip()


def _day(term: Term, of: str = " of ") -> str:
    return f"day {term.day or 0}" + (f"{of}{term.days}" if term.days else "")


def _band(band: Band) -> Iterator[str]:
    low, high = (number(value, 4, signed=True) for value in (band.low, band.high))
    yield f"8 of 10 such rounds end between {low} and {high} NMR,"
    if band.sample:
        yield f"as {band.sample} rounds moved that were seen on the same scoring day."
    else:
        yield "by past rounds' final scores for the scoring days still to come."


def _exact(amount: NMR) -> str:
    return ("+" if amount > NMR(0) else "") + exact(amount)


def _signed(value: Decimal | None, digits: int) -> str:
    """At least ``digits`` places cut of trailing zeros beyond the fourth."""
    if value is None:
        return ABSENT
    text = f"{abs(round(value, max(digits, 4))):f}"
    whole, _, places = text.partition(".")
    places = places.rstrip("0").ljust(4, "0")
    sign = MINUS if value < 0 else "+" if value > 0 else ""
    return f"{sign}{whole}.{places}"


def _plain(value: Decimal | None) -> str:
    """All its digits."""
    if value is None:
        return ABSENT
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(fraction: Decimal | None) -> str:
    return ABSENT if fraction is None else percent(fraction, 1).replace(".0%", "%")
