"""Earnings and explanations as JSON and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.earnings.paid_rounds import Unit
from ledger.domain.nmr import ZERO
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.reports.records.yearly import cents
from tui.cli.missing_output import amount_text, missing_json
from tui.cli.output import Column, echo_table, text_or_none, time_or_none
from tui.cli.tables import by_sign

if TYPE_CHECKING:
    from ledger.domain.earnings.explanation import Explanation, Term
    from ledger.domain.earnings.returns import Committed
    from ledger.domain.knowledge import MissingFacts
    from ledger.reports.earnings.earnings import EarningsGroup, EarningsReport, Paid


_FIAT_DECIMALS = 2


def cells_json(
    performances: Iterable[Performance], names: Mapping[str, str], missing: MissingFacts
) -> dict[str, Any]:
    """Every payout on its own, newest round first, written as it comes."""
    sums = _Sums()

    def cells() -> Iterator[dict[str, Any]]:
        for cell in performances:
            sums.add(cell)
            yield _cell_json(names[cell.model_id], cell)

    return {
        "rounds": cells(),
        "totals": lambda: {state: str(total) for state, total in sums.by_state.items()},
        "missing_facts": lambda: missing_json(missing, *sorted(sums.subjects)),
    }


class _Sums:
    """What payouts come to by state, in NMR, and the models and tournaments they are of."""

    def __init__(self) -> None:
        self.by_state = {PayoutState.SETTLED.value: ZERO, PayoutState.PENDING.value: ZERO}
        self.subjects: set[str] = set()

    def add(self, cell: Performance) -> None:
        """One more."""
        self.subjects |= {str(int(cell.tournament)), cell.model_id}
        if cell.payout is not None:
            self.by_state[cell.state.value] += cell.payout


def _cell_json(name: str, cell: Performance) -> dict[str, Any]:
    return {
        "tournament": int(cell.tournament),
        "round": cell.round,
        "model": name,
        "model_id": cell.model_id,
        "at_risk": text_or_none(cell.at_risk),
        "payout": text_or_none(cell.payout),
        "state": cell.state.value,
        "factor": plain(cell.factor),
        "clip": plain(cell.clip),
        "scores": [
            {
                "name": score.name,
                "value": plain(score.value),
                "multiplier": plain(score.multiplier),
            }
            for score in cell.scores
        ],
        "resolves": time_or_none(cell.resolves),
    }


def plain(value: Decimal | None) -> str | None:
    """A decimal number as text without an exponent or zeros at its end."""
    if value is None:
        return None
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def echo_cells(
    performances: Sequence[Performance], names: Mapping[str, str], decimals: int
) -> None:
    """The same as a table, and the sums."""
    from tui import format as show

    columns = [
        Column("Round", right=True),
        Column("Tournament"),
        Column("Model", name=True),
        Column("At risk", right=True, rank=1),
        Column("Payout", right=True, tone=by_sign),
        Column("State"),
        Column("Resolves", rank=2),
    ]
    rows = [
        (
            str(cell.round),
            cell.tournament.label,
            names[cell.model_id],
            amount_text(cell.at_risk, decimals),
            "" if cell.payout is None else show.payout(cell.payout, decimals),
            cell.state.value,
            f"{cell.resolves:%Y-%m-%d}" if cell.resolves else "",
        )
        for cell in performances
    ]
    echo_table(columns, rows)
    sums = _Sums()
    for cell in performances:
        sums.add(cell)
    settled, pending = sums.by_state.values()
    click.echo(
        f"Settled {show.payout(settled, decimals)} NMR, "
        f"unsettled ~{show.payout(pending, decimals)} NMR."
    )
    if any(cell.at_risk is None for cell in performances):
        click.echo("? Numerai does not tell what was at risk.")


def sums_json(report: EarningsReport, returns: Mapping[str, Committed]) -> dict[str, Any]:
    """Lines with a cell for each model that was paid something, and totals both ways."""
    return {
        "by": str(report.view.by),
        "unit": _unit(report),
        "groups": [_group_json(group, report, returns) for group in report.groups],
        "models": [
            {"model": model.name, "model_id": model.id, **_paid_json(report, paid)}
            for model, paid in zip(report.models, report.totals, strict=True)
        ],
        "totals": _paid_json(report, report.paid),
        "rounds": report.rounds,
        "rounds_without_price": report.unpriced,
        "pending_price": report.newest
        and {"date": report.newest.day.isoformat(), "price": plain(report.newest.price)},
        "missing_facts": missing_json(
            report.missing,
            "",
            *sorted({str(int(model.tournament)) for model in report.models}),
            *(model.id for model in report.models),
        ),
        "interpolated": report.view.unit is Unit.FIAT and report.view.interpolate,
    }


def _unit(report: EarningsReport) -> str:
    return report.view.currency if report.view.unit is Unit.FIAT else "NMR"


def _paid_json(report: EarningsReport, paid: Paid) -> dict[str, str | None]:
    """Sums; in a currency to the cent, with the NMR that has no price."""
    if report.view.unit is not Unit.FIAT:
        return {"settled": plain(paid.settled), "pending": plain(paid.pending)}
    return {
        "settled": str(cents(paid.settled)),
        "pending": str(cents(paid.pending)),
        "nmr_without_price": plain(paid.unpriced),
    }


def _group_json(
    group: EarningsGroup, report: EarningsReport, returns: Mapping[str, Committed]
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "group": group.label,
        "tournaments": [int(one) for one in group.tournaments],
        "rounds": list(group.rounds),
        "state": "pending" if group.running else "settled",
        "resolves": time_or_none(group.resolves),
        **_paid_json(report, group.paid),
    }
    if group.cells.settled or group.cells.pending or group.cells.unpriced:
        cells = ((model, group.cells[index]) for index, model in enumerate(report.models))
        document["models"] = [
            {"model": model.name, "model_id": model.id, **_paid_json(report, paid)}
            for model, paid in cells
            if paid.settled or paid.pending or paid.unpriced
        ]
    if group.model is not None:
        document["model_id"] = group.model.id
        document["returns"] = _returns_json(group, returns.get(group.key))
    return document


def _returns_json(group: EarningsGroup, committed: Committed | None) -> dict[str, Any]:
    """Fractions: as Numerai reports them, and on committed NMR."""
    names = ("three_months", "one_year", "all_time")
    reported = group.model.returns if group.model is not None else None
    return {
        "numerai": {name: plain(getattr(reported, name, None)) for name in names},
        "on_committed": {name: _rounded(getattr(committed, name, None)) for name in names},
        "rounds_without_stake": committed.unknown if committed is not None else 0,
    }


def _rounded(value: Decimal | None) -> str | None:
    return None if value is None else plain(round(value, 9))


def _returns(group: EarningsGroup, committed: Committed | None) -> tuple[str, str]:
    """Of a year, as Numerai reports it, and on committed NMR."""
    from tui import format as show

    reported = group.model.returns if group.model is not None else None
    return (
        show.percent(reported.one_year if reported is not None else None, signed=True),
        show.percent(committed.one_year if committed is not None else None, signed=True),
    )


def echo_sums(report: EarningsReport, returns: Mapping[str, Committed], decimals: int) -> None:
    """The lines with their sums, models with their returns; burns by sign and word."""
    from tui import format as show

    places = _FIAT_DECIMALS if report.view.unit is Unit.FIAT else decimals

    def amount(value: Decimal) -> str:
        return show.number(value, places, signed=True)

    columns = [
        Column(str(report.view.by).capitalize()),
        Column("Rounds", right=True, rank=2),
        Column("Settled", right=True, tone=by_sign),
        Column("Unsettled", right=True, rank=1, tone=by_sign),
        Column(f"Total {_unit(report)}", right=True, tone=by_sign),
        Column(""),
        Column("Resolves", rank=3),
    ]
    rows: list[tuple[str, ...]] = [
        (
            group.label,
            str(len(group.rounds)),
            amount(group.paid.settled),
            amount(group.paid.pending) if group.running else "",
            ("~" if group.paid.pending else "") + amount(group.paid.total),
            "burn" if group.paid.total < 0 else "",
            f"{group.resolves:%Y-%m-%d}" if group.resolves else "",
        )
        for group in report.groups
    ]
    if returns:
        columns += [
            Column("Numerai 1y", right=True, rank=4, tone=by_sign),
            Column("On committed", right=True, rank=4, tone=by_sign),
        ]
        rows = [
            (*row, *_returns(group, returns.get(group.key)))
            for row, group in zip(rows, report.groups, strict=True)
        ]
    if report.unpriced:
        columns.append(Column("NMR without a price", right=True))
        lacking = (group.paid.unpriced for group in report.groups)
        rows = [
            (*row, show.number(nmr, decimals) if nmr else "")
            for row, nmr in zip(rows, lacking, strict=True)
        ]
    echo_table(columns, rows)
    _echo_totals(report, amount)


def _echo_totals(report: EarningsReport, amount: Callable[[Decimal], str]) -> None:
    from tui import format as show

    unit = _unit(report)
    settled, pending = amount(report.paid.settled), amount(report.paid.pending)
    click.echo(f"Settled {settled} {unit}, unsettled ~{pending} {unit}.")
    if report.newest is not None and report.paid.pending:
        price = show.number(report.newest.price, _FIAT_DECIMALS)
        click.echo(f"Unsettled payouts at the newest price, {price} {unit} on {report.newest.day}.")
    if report.unpriced:
        lacking, rounds = show.number(report.paid.unpriced, 3), show.count(report.unpriced, "round")
        click.echo(
            f"{lacking} NMR in {rounds} have no price and are not in it; "
            "`numstake-tui prices import FILE` takes prices, --interpolate fills them in."
        )


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """A payout taken apart."""
    check = explanation.check and {
        "difference": str(explanation.check.difference),
        "tolerance": str(explanation.check.tolerance),
        "agrees": explanation.check.agrees,
    }
    band = explanation.band and {
        "now": plain(explanation.band.now),
        "low": plain(explanation.band.low),
        "high": plain(explanation.band.high),
        "rounds_seen": explanation.band.sample,
    }
    return {
        "tournament": int(explanation.tournament),
        "round": explanation.round,
        "model": explanation.model_name,
        "model_id": explanation.model_id,
        "at_risk": text_or_none(explanation.at_risk),
        "scores": [_term_json(term) for term in explanation.terms],
        "weighted": plain(explanation.weighted),
        "factor": plain(explanation.factor),
        "clip": plain(explanation.clip),
        "clipped": explanation.clipped,
        "rate": plain(explanation.rate),
        "computed": text_or_none(explanation.computed),
        "payout": text_or_none(explanation.paid),
        "source": text_or_none(explanation.source),
        "check": check,
        "state": explanation.state.value,
        "opens": time_or_none(explanation.opens),
        "resolves": time_or_none(explanation.resolves),
        "missing": list(explanation.missing),
        "band": band,
    }


def _term_json(term: Term) -> dict[str, Any]:
    return {
        "name": term.name,
        "value": plain(term.value),
        "multiplier": plain(term.multiplier),
        "product": plain(term.product),
        "day": term.day,
        "days": term.days,
        "provisional": term.provisional,
    }
