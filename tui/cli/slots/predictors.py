"""``predictors``: the user's own models, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain.names import marked, shorten
from tui.cli import completing
from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.slots.slot_options import meant, tournament_option
from tui.cli.tables import by_sign

if TYPE_CHECKING:
    from ledger.domain.model import Tournament
    from ledger.domain.slots.attribution import Earnings, Record
    from ledger.domain.slots.predictor import Predictor
    from ledger.reports.slots.predictor_scores import PredictorScores


@click.group(cls=Group)
def predictors() -> None:
    """Your own trained models, wherever they sit."""


@predictors.command("list")
@click.option("--all", "everything", is_flag=True, help="Retired ones too.")
@json_option
@click.pass_obj
def list_(global_options: GlobalOptions, everything: bool, as_json: bool) -> None:
    """Names, notes and colours."""
    with opened(global_options) as book:
        listed = [
            predictor
            for predictor in book.slots.predictors.all()
            if everything or not predictor.retired
        ]
    if as_json:
        echo_json({"predictors": [_json(predictor) for predictor in listed]})
    elif listed:
        columns = [Column("Predictor"), Column("Colour"), Column("State"), Column("Notes", rank=1)]
        rows = [
            (
                predictor.name,
                predictor.colour or "",
                "retired" if predictor.retired else "",
                predictor.notes,
            )
            for predictor in listed
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
def add(
    global_options: GlobalOptions, name: str, notes: str, colour: str | None, as_json: bool
) -> None:
    """Add a predictor."""
    with opened(global_options) as book:
        _echo_predictor(
            book.slots.predictors.add(name, notes=notes, colour=colour), "added", as_json
        )


@predictors.command()
@click.argument("name", shell_complete=completing.predictors)
@click.argument("new_name")
@json_option
@click.pass_obj
def rename(global_options: GlobalOptions, name: str, new_name: str, as_json: bool) -> None:
    """Call NAME something else; its record stays with it."""
    with opened(global_options) as book:
        _echo_predictor(book.slots.predictors.rename(name, new_name), "is the name now", as_json)


@predictors.command()
@click.argument("name", shell_complete=completing.predictors)
@click.option("--back", is_flag=True, help="Offer it again.")
@json_option
@click.pass_obj
def retire(global_options: GlobalOptions, name: str, back: bool, as_json: bool) -> None:
    """Offer NAME no more; its record stays."""
    with opened(global_options) as book:
        done = book.slots.predictors.retire(name, retired=not back)
        _echo_predictor(done, "is back" if back else "retired", as_json)


@predictors.command()
@click.argument("name", shell_complete=completing.predictors)
@click.option("--notes", help="What it is.")
@click.option("--colour", metavar="#RRGGBB", help="How it is drawn; an empty text for none.")
@json_option
@click.pass_obj
def describe(
    global_options: GlobalOptions, name: str, notes: str | None, colour: str | None, as_json: bool
) -> None:
    """Give NAME other notes or another colour."""
    with opened(global_options) as book:
        _echo_predictor(
            book.slots.predictors.describe(name, notes=notes, colour=colour), "described", as_json
        )


@predictors.command()
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the newest N rounds.")
@tournament_option
@json_option
@click.pass_obj
def scores(
    global_options: GlobalOptions, last: int | None, tournament: Tournament | None, as_json: bool
) -> None:
    """Every predictor's own record, beside the slots' figures."""
    with opened(global_options) as book:
        predictor_scores = book.slots.shuffling.scores(meant(book, tournament), last=last)
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_scores_json(predictor_scores))
    else:
        _echo_scores(predictor_scores, decimals)


def _scores_json(scores: PredictorScores) -> dict[str, Any]:
    return {
        "tournament": int(scores.tournament),
        "score": scores.score,
        "rounds": scores.rounds,
        "predictors": [
            {"predictor": line.predictor.name}
            | _record_json(line.record)
            | {
                "correlations": {name: _figure(one) for name, one in line.correlations.items()},
                "scores": {number: str(value) for number, value in line.record.scores},
            }
            for line in scores.predictors
        ],
        "slots": [
            {"slot": line.name, "model_id": line.model_id, "held": list(line.held)}
            | _record_json(line.record)
            for line in scores.slots
        ],
        "unassigned": _earnings_json(scores.unassigned),
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


def _earnings_json(earnings: Earnings) -> dict[str, Any]:
    return {
        "payouts": str(earnings.payouts),
        "burns": str(earnings.burns),
        "net": str(earnings.net),
        "pending": str(earnings.pending),
        "exposure": str(earnings.exposure),
        "rate": _figure(earnings.rate),
    }


def _figure(value: Any) -> str | None:
    """A score or ratio with eight decimals, as text like all numbers here."""
    return None if value is None else f"{value:.8f}"


def _echo_scores(scores: PredictorScores, decimals: int) -> None:
    from tui import format as show

    columns = [
        Column("Rank", right=True),
        Column("Name"),
        Column("Rounds", right=True, rank=2),
        Column("Mean", right=True, tone=by_sign),
        Column("Sd", right=True, rank=2),
        Column("Sharpe", right=True),
        Column("Drawdown", right=True, rank=3),
        Column("Net NMR", right=True, tone=by_sign),
        Column("Exposure", right=True, rank=1),
        Column("Per NMR", right=True, rank=1),
    ]

    def row(name: str, record: Record[int] | Record[str]) -> tuple[str, ...]:
        earned = record.earnings
        return (
            "" if record.rank is None else str(record.rank),
            shorten(name),
            str(len(record.scores)),
            show.score(record.mean),
            show.score(record.sd).strip("+"),
            show.number(record.sharpe, 2),
            show.score(record.max_drawdown).strip("+ "),
            show.earned(earned.net, earned.pending, decimals),
            show.nmr(earned.exposure, decimals),
            show.percent(earned.rate, 3, signed=True),
        )

    click.echo(f"Predictors, {scores.rounds} rounds with scores")
    echo_table(columns, [row(line.predictor.name, line.record) for line in scores.predictors])
    click.echo("\nSlots, the same rounds")
    echo_table(columns, [row(marked(line.name), line.record) for line in scores.slots])
    rest = show.earned(scores.unassigned.net, scores.unassigned.pending, decimals)
    click.echo(f"Slots without a known predictor: {rest} NMR.")


def _echo_predictor(predictor: Predictor, what: str, as_json: bool) -> None:
    if as_json:
        echo_json(_json(predictor))
    else:
        click.echo(f"{predictor.name} {what}.")


def _json(predictor: Predictor) -> dict[str, Any]:
    return {
        "name": predictor.name,
        "notes": predictor.notes,
        "colour": predictor.colour,
        "retired": predictor.retired,
    }
