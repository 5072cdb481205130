"""``slots``: which predictor sits in which slot, for hands and for upload scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.names import said
from ledger.rules import naming
from tui.cli import completing
from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.missing_output import missing_json
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, done, echo_json, echo_table, text_or_none, time_or_none
from tui.cli.printing import print_verbatim
from tui.cli.sinks import force_option, may_replace, sparing
from tui.cli.slots.slot_options import agreed, closed_option, meant, round_option, tournament_option
from tui.cli.slots.slots_shuffle import shuffle

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.model import Tournament
    from ledger.domain.slots.predictor import Assignment, AssignmentStep
    from ledger.reports.slots.predictors import NextRound, PredictorGrid
    from ledger.reports.slots.slots import SlotCell

EMPTY = "-"
"""A slot that is empty on purpose."""


@click.group(cls=Group)
def slots() -> None:
    """Which of your predictors sits in which slot, round by round."""


slots.add_command(shuffle)


@slots.command("show")
@tournament_option
@click.option(
    "--last",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="Only the newest N rounds.",
)
@json_option
@click.pass_obj
def show_(
    global_options: GlobalOptions, tournament: Tournament | None, last: int, as_json: bool
) -> None:
    """Rounds by slots, newest first, with what was submitted. From the ledger, without network."""
    with opened(global_options) as book:
        grid = book.slots.predictors.grid(book.slots.report(meant(book, tournament), last))
    if as_json:
        echo_json(_grid_json(grid))
    else:
        _echo_grid(grid)


@slots.command()
@click.argument("slot", shell_complete=completing.models)
@click.argument("predictor", shell_complete=completing.predictors)
@round_option
@closed_option
@tournament_option
@json_option
@click.pass_obj
def assign(
    global_options: GlobalOptions,
    /,
    *,
    slot: str,
    predictor: str,
    number: int | None,
    closed: bool,
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Put PREDICTOR into SLOT; - leaves the slot empty."""
    with opened(global_options) as book:
        where = meant(book, tournament)
        log = book.slots.predictors
        chosen = number or log.next_number(where)
        predictor_id = None if predictor == EMPTY else log.find(predictor).id
        row = {log.slot(where, slot): predictor_id}
        step = agreed(lambda yes: log.assign(where, chosen, row, closed=yes), closed)
        _echo_step(book, where, step, as_json)


@slots.command()
@click.argument("slot", shell_complete=completing.models)
@click.argument("other", shell_complete=completing.models)
@round_option
@closed_option
@tournament_option
@json_option
@click.pass_obj
def swap(
    global_options: GlobalOptions,
    /,
    *,
    slot: str,
    other: str,
    number: int | None,
    closed: bool,
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Let two slots change places."""
    with opened(global_options) as book:
        where = meant(book, tournament)
        log = book.slots.predictors
        chosen = number or log.next_number(where)
        first, second = log.slot(where, slot), log.slot(where, other)
        step = agreed(lambda yes: log.swap(where, chosen, first, second, closed=yes), closed)
        _echo_step(book, where, step, as_json)


@slots.command()
@closed_option
@tournament_option
@json_option
@click.pass_obj
def undo(
    global_options: GlobalOptions, closed: bool, tournament: Tournament | None, as_json: bool
) -> None:
    """Take the last change of the log back."""
    with opened(global_options) as book:
        where = meant(book, tournament)
        step = agreed(lambda yes: book.slots.predictors.undo(where, closed=yes), closed)
        _echo_step(book, where, step, as_json)


@slots.command("next")
@tournament_option
@json_option
@click.pass_obj
def next_(global_options: GlobalOptions, tournament: Tournament | None, as_json: bool) -> None:
    """What to upload where for the next submission.

    The assignment of the round it goes into.
    """
    with opened(global_options) as book:
        upcoming = book.slots.predictors.next(meant(book, tournament))
    if as_json:
        echo_json(_next_json(upcoming))
    else:
        click.echo(f"Round {upcoming.round}, closes {upcoming.closes:%Y-%m-%d %H:%M} UTC.")
        columns = [
            Column("Slot", name=True),
            Column("Predictor"),
            Column("Source"),
            Column("Id", rank=1),
        ]
        echo_table(
            columns,
            [
                (
                    slot.slot,
                    slot.predictor or EMPTY,
                    slot.source.value if slot.source else "never said",
                    slot.model_id,
                )
                for slot in upcoming.slots
            ],
        )


@slots.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--round-column", metavar="NAME", help="What FILE calls the round.")
@click.option("--slot-column", metavar="NAME", help="What FILE calls the slot, its model.")
@click.option("--predictor-column", metavar="NAME", help="What FILE calls your own model.")
@closed_option
@tournament_option
@json_option
@click.pass_obj
def import_(
    global_options: GlobalOptions,
    *,
    file: Path,
    round_column: str | None,
    slot_column: str | None,
    predictor_column: str | None,
    closed: bool,
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Say all that FILE says, or nothing if something is wrong.

    CSV, long or wide, or JSON. For a CSV of another program say how it calls its columns; further
    ones are left alone.
    """
    from ledger.slots.csv_files import Columns, Form, form_of

    names = {"round": round_column, "slot": slot_column, "predictor": predictor_column}
    mapped = {field: name for field, name in names.items() if name is not None}
    if mapped and form_of(file) is Form.JSON:
        raise click.UsageError("A JSON file has no columns to name.")
    columns = Columns(**mapped) if mapped else None
    with opened(global_options) as book:
        where = meant(book, tournament)
        log = book.slots.predictors
        done = agreed(lambda yes: log.import_file(where, file, closed=yes, columns=columns), closed)
        changed = len(done.step.edits) if done.step else 0
        if as_json:
            echo_json({"said": done.said, "changed": changed, "new_predictors": list(done.new)})
            return
        click.echo(f"{done.said} assignments read, {changed} changed.")
        if done.new:
            click.echo(f"New predictors: {', '.join(done.new)}.")


@slots.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["long", "wide", "json"]),
    help="By default JSON for *.json, else long CSV.",
)
@force_option
@tournament_option
@json_option
@click.pass_obj
def export(
    global_options: GlobalOptions,
    /,
    *,
    file: Path,
    form: str | None,
    force: bool,
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Write the log into FILE; - prints it."""
    from ledger.slots.csv_files import Form, form_of

    with opened(global_options) as book:
        where = meant(book, tournament)
        chosen = Form(form) if form else form_of(file)
        assignments = len(book.slots.predictors.log(where).said)
        if str(file) == "-":
            print_verbatim(book.slots.predictors.export(where, chosen))
            return
        with sparing():
            replace = may_replace(file, force=force)
            book.slots.predictors.export_file(where, file, chosen, replace=replace)
    if as_json:
        echo_json({"file": str(file), "format": chosen.value, "assignments": assignments})
    else:
        done(f"{assignments} assignments written to {file}.")


@slots.command()
@click.argument("slot", shell_complete=completing.models)
@round_option
@tournament_option
@json_option
@click.pass_obj
def history(
    global_options: GlobalOptions,
    slot: str,
    number: int | None,
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Everything that was ever said of SLOT in one round."""
    from ledger.domain.slots.predictor import AssignmentPlace

    with opened(global_options) as book:
        where = meant(book, tournament)
        log = book.slots.predictors
        place = AssignmentPlace(number or log.next_number(where), log.slot(where, slot))
        names = {one.id: one.name for one in log.all()}
        steps = log.history(where, place)
    entries = [_step_json(step, names) for step in steps]
    if as_json:
        echo_json({"round": place.round, "slot": slot, "steps": entries})
        return
    columns = [Column("At"), Column("Before"), Column("After"), Column("What")]
    rows = [(entry["at"], entry["before"], entry["after"], entry["what"]) for entry in entries]
    echo_table(columns, [[text or "nothing said" for text in row] for row in rows])


def _step_json(step: AssignmentStep, names: dict[int, str]) -> dict[str, Any]:
    (edit,) = step.edits
    return {
        "at": time_or_none(step.at),
        "before": _held(edit.before, names),
        "after": _held(edit.after, names),
        "what": step.what,
    }


def _held(assignment: Assignment | None, names: dict[int, str]) -> str | None:
    if assignment is None:
        return None
    return EMPTY if assignment.predictor_id is None else names[assignment.predictor_id]


def _echo_step(
    book: Book, tournament: Tournament, step: AssignmentStep | None, as_json: bool
) -> None:
    """What has changed, and what the rounds it touched hold now."""
    edits = step.edits if step else ()
    rounds = sorted({edit.place.round for edit in edits})
    held = book.slots.predictors.assignments(tournament, rounds)
    names = {one.id: one.name for one in book.slots.predictors.all()}
    called = naming.within(book.models())
    rows = [
        {
            "round": edit.place.round,
            "slot": called.get(edit.place.slot_id, edit.place.slot_id),
            "model_id": edit.place.slot_id,
            "predictor": _held(held[edit.place.round].get(edit.place.slot_id), names),
        }
        for edit in edits
    ]
    if as_json:
        echo_json({"what": step.what if step else None, "changed": rows})
    elif not rows:
        click.echo("Nothing to change.")
    else:
        for row in rows:
            name = row["predictor"] or "nothing said"
            click.echo(f"Round {row['round']}, {said(str(row['slot']))}: {name}")


def _next_json(upcoming: NextRound) -> dict[str, Any]:
    return {
        "tournament": int(upcoming.tournament),
        "round": upcoming.round,
        "closes": time_or_none(upcoming.closes),
        "slots": [
            {
                "slot": slot.slot,
                "model_id": slot.model_id,
                "predictor": slot.predictor,
                "source": text_or_none(slot.source),
            }
            for slot in upcoming.slots
        ],
    }


def _grid_json(grid: PredictorGrid) -> dict[str, Any]:
    names = {one.id: one.name for one in grid.predictors}
    return {
        "tournament": int(grid.tournament),
        "next": grid.next,
        "missing_facts": missing_json(
            grid.missing, str(int(grid.tournament)), *(slot.model_id for slot in grid.slots)
        ),
        "rounds": [
            {
                "round": row.round,
                "closed": row.closed,
                "slots": [
                    {
                        "slot": slot.name,
                        "model_id": slot.model_id,
                        "predictor": names.get(cell.assignment.predictor_id or 0)
                        if cell.assignment
                        else None,
                        "source": text_or_none(cell.assignment and cell.assignment.source),
                        "submission": text_or_none(cell.slot and cell.slot.state),
                        "at_risk": text_or_none(cell.slot and cell.slot.at_risk),
                    }
                    for slot, cell in zip(grid.slots, row.cells, strict=True)
                ],
            }
            for row in grid.rounds
        ],
    }


def _echo_grid(grid: PredictorGrid) -> None:
    from tui.format import assignment_text

    names = {one.id: one.name for one in grid.predictors}
    columns = [Column("Round", right=True), *(Column(slot.name) for slot in grid.slots)]
    rows = [
        (
            f"{row.round}{'' if row.closed else '*'}",
            *(
                f"{_sign(cell.slot)} {assignment_text(cell.assignment, names)}"
                for cell in row.cells
            ),
        )
        for row in grid.rounds
    ]
    echo_table(columns, rows)
    click.echo("* open, = carried over, - empty on purpose; ✓ in time, ! late, ✗ missed, … awaited")
    if any(slot.unknown for slot in grid.slots):
        click.echo("? Numerai does not tell whether there was a submission")


def _sign(cell: SlotCell | None) -> str:
    from tui.format import submission

    if cell is None:
        return " "
    return "?" if cell.state is None else submission(cell.state, word=False)
