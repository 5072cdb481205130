"""The blocks of the first page that take longer to read: payouts, models, the next days, risk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.model import Model
from ledger.domain.names import marked, said
from ledger.domain.nmr import NMR, ZERO
from ledger.reports.home.coming import Coming, ComingKind
from tui.explaining import span
from tui.format import ABSENT, OLD, Dates, exact, nmr, payout, percent, shorten
from tui.screens.home import ways
from tui.screens.home.blocks import PAID, PERIODS, WAITS, gain_or_burn, signed_cell
from tui.theme import Parts
from tui.widgets.blocks import Block, Entry, Label
from tui.widgets.missing import LACKING, estimate, of_payouts, sum_cell
from tui.widgets.tables.columns import Cell

if TYPE_CHECKING:
    from ledger.domain.risk import ModelRisk, RiskFigures, RiskRestated, TournamentRisk
    from ledger.reports.home.home import CloserLook
    from ledger.reports.home.paid import PaidLately, PaidPeriod, Ranked
    from tui.screens.home.view import HomeView

_RISKIEST = 3

# What was paid


def paid(view: HomeView, closer: CloserLook, column: int) -> Block:
    """Gains and burns of the day, the week, the month and the year, and what is unsettled in it."""
    rows = (_period(view, closer.paid, period) for period in closer.paid.periods)
    return Block("paid", PAID, tuple(rows), column=column)


def _period(view: HomeView, lately: PaidLately, period: PaidPeriod) -> Entry:
    sign = _sign(lately, running=bool(period.running))
    decimals = view.decimals
    settled = replace(signed_cell(period.settled, decimals), hang=_sign(lately, running=False))
    unsettled = Cell(ABSENT, "muted")
    if period.running:
        amount = Cell(payout(period.unsettled, decimals), gain_or_burn(period.unsettled), hang=sign)
        unsettled = estimate(amount)
    cells = (
        Cell(PERIODS[period.by]),
        signed_cell(period.gained, decimals),
        signed_cell(-period.burned, decimals),
        settled,
        unsettled,
        _ends(view, period),
    )
    copied = (
        f"{period.label}: gained {exact(period.gained)} NMR, burned {exact(period.burned)}, "
        f"unsettled {exact(period.unsettled)}"
    )
    way = ways.period(period.by, period.label if period.rounds else None)
    return Entry(period.by, cells, way, copied)


def _ends(view: HomeView, period: PaidPeriod) -> Cell:
    """Where the unsettled may end; a ``?`` behind it where some of it is in no band."""
    if not period.running:
        return Cell(ABSENT, "muted")
    if view.projected is None:
        return WAITS
    band = view.projected.total(period.running)
    whole = all(key in view.projected.bands for key in period.running)
    if band is None:
        return Cell(LACKING[-1:], "muted")
    return Cell(span(band, max(0, view.decimals - 2)), "pending", hang="" if whole else LACKING)


def _sign(lately: PaidLately, *, running: bool) -> str:
    """What stands behind a sum over all models: that it lacks something, or is old."""
    gaps_by_model = (of_payouts(lately.missing, one.id, one.tournament) for one in lately.models)
    gaps = [gap for gap in gaps_by_model if gap is not None]
    if any(gap.as_of is None for gap in gaps):
        return LACKING
    return OLD if gaps and running else ""


# By whom


def ranked(view: HomeView, closer: CloserLook, column: int, *, each: int) -> Block:
    """The models that earned most over the span, and those that burned most, ``each`` so many."""
    days = f"{view.span:d} days" if view.span > 1 else "the day"
    labels = (
        Label(f"Models over {days}"),
        Label("settled", right=True),
        Label("payouts", right=True, drop=1),
    )
    every = closer.paid.ranked[view.span]
    if not every:
        note: Parts = (("Nothing settled in that time.", "muted"),)
        return Block("ranked", labels[:1], note=note, column=column)
    best, rest = every[:each], every[each:]
    rows = tuple(_model(view, one) for one in (*best, *rest[-each:]))
    return Block("ranked", labels, rows, column=column)


def _model(view: HomeView, one: Ranked) -> Entry:
    cells = (
        Cell(marked(one.model.name)),
        signed_cell(one.nmr, view.decimals),
        Cell(f"{one.rounds:,}", "muted"),
    )
    copied = f"{said(one.model.name)} {exact(one.nmr)} NMR"
    return Entry(f"model {one.model.id}", cells, ways.model(one.model), copied)


# What is next


def coming(view: HomeView, closer: CloserLook, column: int, width: int, *, most: int) -> Block:
    """What the next seven days bring, in ``most`` lines at most."""
    labels = (Label("Next 7 days"), Label(""), Label("NMR", right=True))
    every = closer.coming
    if not every:
        note: Parts = (("Nothing closes, comes free or is due.", "muted"),)
        return Block("coming", labels[:1], note=note, column=column)
    shown = every if len(every) <= most else every[: most - 1]
    dates = Dates.of((one.at for one in shown), view.now)
    more = len(every) - len(shown)
    rest: Parts = ((f"… {more} more", "muted"),) if more else ()
    rows = tuple(_coming(view, one, dates, width) for one in shown)
    return Block("coming", labels, rows, note=rest, column=column)


def _coming(view: HomeView, one: Coming, dates: Dates, width: int) -> Entry:
    amount = Cell()
    if one.nmr is not None:
        amount = sum_cell(one.nmr, view.decimals)
    room = max(1, width - _AROUND_SENTENCE)
    text, when = _happens(one), dates.moment(one.at)
    cells = (Cell(when), Cell(shorten(text, room)), amount)
    key = f"coming {one.kind} {one.at:%d %H:%M} {one.tournament} {one.model_id}"
    copied = f"{when} {text}" + (f" {exact(one.nmr.known)} NMR" if one.nmr is not None else "")
    return Entry(key, cells, ways.coming(one), copied)


_AROUND_SENTENCE = 24
"""Cells that the time, an amount and the gaps take."""


def _happens(one: Coming) -> str:
    if one.kind is ComingKind.CLOSE and one.tournament is not None:
        return f"{one.tournament.label} closes, round {one.round}"
    if one.kind is ComingKind.UNLOCK:
        return "positions come free"
    if one.kind is ComingKind.RELEASE:
        return f"release of {said(one.name)} returns"
    if one.kind is ComingKind.INCREASE:
        return f"increase of {said(one.name)} counts"
    what = one.change.kind.value.replace("-", " ") if one.change is not None else "change"
    return f"change due: {what} {said(one.name)}"


# Risk


def risk(view: HomeView, closer: CloserLook, column: int) -> Block:
    """What the running rounds could lose together, and what that comes from."""
    labels = (Label("Risk"), Label("NMR", right=True), Label("share", right=True, drop=1))
    figures = closer.risk
    note: Parts
    if figures is None:
        note = (("Computed by a sync. r asks Numerai.", "muted"),)
        return Block("risk", labels[:1], note=note, column=column)
    rows = [_at_risk(view, figures), *_worst(view, figures, closer.restated)]
    rows += [_riskiest(view, figures, one) for one in figures.worst(_RISKIEST)]
    rows += _concentrated(view, figures)
    why = figures.why or ("The ledger has changed since." if figures.stale else "")
    note = ((why, "stale" if figures.stale else "muted"),) if why else ()
    return Block("risk", labels, tuple(rows), note=note, column=column)


def _at_risk(view: HomeView, figures: RiskFigures) -> Entry:
    lacks = LACKING if figures.unknown else ""
    cells = (Cell("at risk"), Cell(nmr(figures.at_risk, view.decimals), hang=lacks), Cell())
    return Entry("risk", cells, ways.risk(), f"at risk {exact(figures.at_risk)} NMR")


def _worst(view: HomeView, figures: RiskFigures, restated: RiskRestated | None) -> list[Entry]:
    outlook = figures.outlook
    if outlook is None:
        return []
    rows = [_outlook(view, "worst", "worst 5% on average", outlook.shortfall, figures)]
    if restated is not None:
        rows.append(_outlook(view, "restated", "under the targets", restated.shortfall, restated))
    return rows


def _outlook(
    view: HomeView, key: str, word: str, amount: NMR, of: RiskFigures | RiskRestated
) -> Entry:
    cell = estimate(Cell(payout(amount, view.decimals), gain_or_burn(amount)))
    share = Cell(_share(amount, of.at_risk), "muted")
    return Entry(key, (Cell(word), cell, share), ways.risk(), f"{word} {exact(amount)} NMR")


def _share(part: NMR, whole: NMR) -> str:
    return percent(abs(part).over(abs(whole))) if whole else ABSENT


def _riskiest(view: HomeView, figures: RiskFigures, one: ModelRisk) -> Entry:
    loss = one.shortfall or ZERO
    whole = figures.outlook.shortfall if figures.outlook is not None else ZERO
    cells = (
        Cell(f" {marked(one.name)}"),
        estimate(Cell(payout(loss, view.decimals), gain_or_burn(loss))),
        Cell(_share(loss, whole) if whole < ZERO else "", "muted"),
    )
    model = Model(one.model_id, one.name, one.tournament)
    copied = f"{said(one.name)} {exact(loss)} NMR"
    return Entry(f"risk {one.model_id}", cells, ways.model(model), copied)


def _concentrated(view: HomeView, figures: RiskFigures) -> list[Entry]:
    """The largest model, and each tournament, of all that is at risk."""
    largest = max(figures.models, key=lambda one: one.at_risk, default=None)
    parts: list[tuple[str, ModelRisk | TournamentRisk, ways.Way]] = []
    if largest is not None and largest.at_risk:
        parts.append((f"most on {said(largest.name)}", largest, ways.risk(largest.model_id)))
    parts += [
        (f"in {one.tournament.label}", one, ways.risk(tournament=one.tournament))
        for one in figures.tournaments
    ]
    return [
        Entry(
            f"share {word}",
            (
                Cell(word),
                Cell(nmr(part.at_risk, view.decimals)),
                Cell(percent(part.share, 0), "muted"),
            ),
            way,
            f"{word} {exact(part.at_risk)} NMR",
        )
        for word, part, way in parts
    ]
