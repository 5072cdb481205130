"""``predictors``: the user's own models, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.arguments import json_option
from tui.cli.options import Given, opened
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.slots.slot_options import meant, tournament_option

if TYPE_CHECKING:
    from ledger.domain.slots.attribution import Earnings, Record
    from ledger.domain.slots.predictor import Predictor
    from ledger.reports.slots.predictor_scores import PredictorScores


@click.group()
def predictors() -> None:
    """Your own trained models, wherever they sit."""


@predictors.command("list")
@click.option("--all", "everything", is_flag=True, help="Retired ones too.")
@json_option
@click.pass_obj
def list_(given: Given, everything: bool, as_json: bool) -> None:
    """Names, notes and colours."""
    with opened(given) as book:
        found = [one for one in book.predictors.all() if everything or not one.retired]
    if as_json:
        echo_json({"predictors": [_json(one) for one in found]})
    elif found:
        columns = [Column("Predictor"), Column("Colour"), Column("State"), Column("Notes", rank=1)]
        rows = [
            (one.name, one.colour or "", "retired" if one.retired else "", one.notes)
            for one in found
        ]
        echo_table(columns, rows)
    else:
        click.echo("No predictors yet: `numstake-tui predictors add NAME`.")


@predictors.command()
@click.argument("name")
@click.option("--notes", default="", help="What it is.")
@click.option("--colour", metavar="#RRGGBB", help="How it is drawn in the grid.")
@json_option
@click.pass_obj
def add(given: Given, name: str, notes: str, colour: str | None, as_json: bool) -> None:
    """Add one."""
    with opened(given) as book:
        _tell(book.predictors.add(name, notes=notes, colour=colour), "added", as_json)


@predictors.command()
@click.argument("name")
@click.argument("new_name")
@json_option
@click.pass_obj
def rename(given: Given, name: str, new_name: str, as_json: bool) -> None:
    """Call NAME something else; its record stays with it."""
    with opened(given) as book:
        _tell(book.predictors.rename(name, new_name), "is the name now", as_json)


@predictors.command()
@click.argument("name")
@click.option("--back", is_flag=True, help="Offer it again.")
@json_option
@click.pass_obj
def retire(given: Given, name: str, back: bool, as_json: bool) -> None:
    """Offer NAME no more; its record stays."""
    with opened(given) as book:
        done = book.predictors.retire(name, retired=not back)
        _tell(done, "is back" if back else "retired", as_json)


@predictors.command()
@click.argument("name")
@click.option("--notes", help="What it is.")
@click.option("--colour", metavar="#RRGGBB", help="How it is drawn; an empty text for none.")
@json_option
@click.pass_obj
def describe(given: Given, name: str, notes: str | None, colour: str | None, as_json: bool) -> None:
    """Give NAME other notes or another colour."""
    with opened(given) as book:
        _tell(book.predictors.describe(name, notes=notes, colour=colour), "described", as_json)


@predictors.command()
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the newest N rounds.")
@tournament_option
@json_option
@click.pass_obj
def scores(given: Given, last: int | None, tournament: str | None, as_json: bool) -> None:
    """Every predictor's own record, beside the same figures of the slots."""
    with opened(given) as book:
        found = book.shuffling.scores(meant(book, tournament), last=last)
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_scores_json(found))
    else:
        _echo_scores(found, decimals)


def _scores_json(found: PredictorScores) -> dict[str, Any]:
    return {
        "tournament": int(found.tournament),
        "score": found.score,
        "rounds": found.rounds,
        "predictors": [
            {"predictor": line.predictor.name}
            | _record_json(line.record)
            | {
                "correlations": {name: _figure(one) for name, one in line.correlations.items()},
                "scores": {number: str(value) for number, value in line.record.scores},
            }
            for line in found.predictors
        ],
        "slots": [
            {"slot": line.name, "model_id": line.model_id, "held": list(line.held)}
            | _record_json(line.record)
            for line in found.slots
        ],
        "unassigned": _earnings_json(found.unassigned),
    }


def _record_json(record: Record[int] | Record[str]) -> dict[str, Any]:
    return {
        "rounds": len(record.scores),
        "mean": _figure(record.mean),
        "sd": _figure(record.sd),
        "sharpe": _figure(record.sharpe),
        "max_drawdown": _figure(record.max_drawdown),
        "rank": record.rank,
    } | _earnings_json(record.earnings)


def _earnings_json(found: Earnings) -> dict[str, Any]:
    return {
        "payouts": str(found.payouts),
        "burns": str(found.burns),
        "net": str(found.net),
        "pending": str(found.pending),
        "exposure": str(found.exposure),
        "rate": _figure(found.rate),
    }


def _figure(value: Any) -> str | None:
    """A score or ratio with eight decimals, as text like all numbers here."""
    return None if value is None else f"{value:.8f}"


def _echo_scores(found: PredictorScores, decimals: int) -> None:
    from tui import format as show

    columns = [
        Column("Rank", right=True),
        Column("Name"),
        Column("Rounds", right=True, rank=2),
        Column("Mean", right=True),
        Column("Sd", right=True, rank=2),
        Column("Sharpe", right=True),
        Column("Drawdown", right=True, rank=3),
        Column("Net NMR", right=True),
        Column("Exposure", right=True, rank=1),
        Column("Per NMR", right=True, rank=1),
    ]

    def row(name: str, record: Record[int] | Record[str]) -> tuple[str, ...]:
        earned = record.earnings
        return (
            "" if record.rank is None else str(record.rank),
            name,
            str(len(record.scores)),
            show.score(record.mean),
            show.score(record.sd).strip("+"),
            show.number(record.sharpe, 2),
            show.score(record.max_drawdown).strip("+ "),
            show.payout(earned.net, decimals),
            show.nmr(earned.exposure, decimals),
            show.percent(earned.rate, 3, signed=True),
        )

    click.echo(f"Predictors, {found.rounds} rounds with scores")
    echo_table(columns, [row(line.predictor.name, line.record) for line in found.predictors])
    click.echo("\nSlots, the same rounds")
    echo_table(columns, [row(line.name, line.record) for line in found.slots])
    rest = show.payout(found.unassigned.net, decimals)
    click.echo(f"Slots without a known predictor: {rest} NMR.")


def _tell(one: Predictor, what: str, as_json: bool) -> None:
    if as_json:
        echo_json(_json(one))
    else:
        click.echo(f"{one.name} {what}.")


def _json(one: Predictor) -> dict[str, Any]:
    return {
        "name": one.name,
        "notes": one.notes,
        "colour": one.colour,
        "retired": one.retired,
    }
