"""``move``: NMR from one model to others, as drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.errors import ChangeError
from ledger.rules import naming
from tui.cli import completing
from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import echo_json, time_or_none
from tui.cli.targets.plan_output import step_json

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.queue.change import Change
    from ledger.domain.targets.move import MovePlan


@click.command()
@click.argument("amount")
@click.argument("source", metavar="FROM", shell_complete=completing.models)
@click.argument(
    "to", nargs=-1, required=True, metavar="TO[=SHARE]...", shell_complete=completing.models
)
@click.option(
    "--at-once",
    is_flag=True,
    help="Let free NMR go to the others now, instead of waiting for what leaves FROM.",
)
@click.option("--dry-run", is_flag=True, help="Say what it comes to, and queue nothing.")
@json_option
@click.pass_obj
def move(
    global_options: GlobalOptions,
    /,
    *,
    amount: str,
    source: str,
    to: tuple[str, ...],
    at_once: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Move NMR from one model to one or several.

    AMOUNT is NMR, a percentage such as 25%, or all. A SHARE is NMR or a percentage; models without
    one get equal parts of the rest. The steps become drafts: nothing is sent before it is
    confirmed.
    """
    with opened(global_options) as book:
        planned = book.targets.moves.plan(
            _source(book, source), amount, ", ".join(to), at_once=at_once
        )
        drafts = () if dry_run else book.targets.moves.enqueue(planned)
    if as_json:
        echo_json(_json(planned, drafts))
    else:
        _echo(planned, drafts)


def _source(book: Book, name: str) -> str:
    try:
        return naming.the_one(name, book.targets.moves.models()).id
    except ChangeError as error:
        raise click.BadParameter(str(error), param_hint="FROM") from None


def _json(planned: MovePlan, drafts: tuple[Change, ...]) -> dict[str, Any]:
    return {
        "from": planned.move.source,
        "nmr": str(planned.move.nmr),
        "to": [{"model_id": key, "nmr": str(share)} for key, share in planned.move.shares],
        "at_once": planned.move.at_once,
        "statement": planned.statement,
        "complete": time_or_none(planned.complete),
        "stages": [
            {"at": time_or_none(stage.at), "sentence": stage.sentence} for stage in planned.stages
        ],
        "costs": list(planned.costs),
        "warnings": list(planned.plan.warnings),
        "steps": [step_json(step) for step in planned.plan.steps],
        "drafts": [draft.id for draft in drafts],
    }


def _echo(planned: MovePlan, drafts: tuple[Change, ...]) -> None:
    from tui import format as show

    click.echo(planned.statement)
    for stage in planned.stages:
        click.echo(f"  {show.full(stage.at)}  {stage.sentence}")
    for sentence in planned.costs:
        click.echo(sentence)
    for warning in planned.plan.warnings:
        click.echo(warning, err=True)
    if drafts:
        listed = ", ".join(str(draft.id) for draft in drafts)
        click.echo(f"Drafts in the queue: {listed}. Nothing is sent before `queue confirm`.")
    else:
        click.echo("Nothing was queued.")
