"""``slots shuffle``: generate an assignment, with what it does to exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain.slots.assignment import ShuffleKind, SlotChoice
from ledger.domain.slots.shuffle import MATCH_LAST, ShuffleRequest
from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.slots.slot_options import agreed, closed_option, meant, round_option, tournament_option

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.model import Tournament
    from ledger.domain.slots.shuffle import ShufflePreview


@click.command("shuffle")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ShuffleKind]),
    default=ShuffleKind.RANDOM.value,
    show_default=True,
    help="How.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar="S",
    help="The same seed and round give the same assignment everywhere.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    metavar="K",
    help="So many rounds from the first on.",
)
@click.option(
    "--only",
    type=click.Choice([one.value for one in SlotChoice]),
    default=SlotChoice.ALL.value,
    show_default=True,
    help="Slots that take part.",
)
@click.option("--slots", metavar="A,B,...", help="These slots; by default those the log knows.")
@click.option("--predictors", metavar="A,B,...", help="These; by default all but retired ones.")
@click.option("--pin-slots", metavar="A,B,...", help="These keep their predictor.")
@click.option("--pin-predictors", metavar="A,B,...", help="These keep their slots.")
@click.option("--seats", metavar="NAME=N,...", help="Slots a predictor may fill, if not one.")
@click.option(
    "--last",
    type=click.IntRange(1),
    default=MATCH_LAST,
    show_default=True,
    metavar="N",
    help="Rounds whose scores a stake-matched assignment goes by.",
)
@click.option("--dry-run", is_flag=True, help="Only show it.")
@round_option
@closed_option
@tournament_option
@json_option
@click.pass_obj
def shuffle(
    global_options: GlobalOptions,
    /,
    *,
    tournament: Tournament | None,
    dry_run: bool,
    closed: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Generate who sits where, and keep it.

    Shows what that does to exposure.
    """
    with opened(global_options) as book:
        where = meant(book, tournament)
        shown = book.slots.shuffling.propose(where, _request(book, where, parameters))
        if not dry_run:
            agreed(lambda yes: book.slots.shuffling.accept(shown, closed=yes), closed)
    if as_json:
        echo_json(_json(shown) | {"kept": not dry_run})
    else:
        _echo(shown)
        click.echo("Nothing was kept." if dry_run else "Kept.")


def _request(book: Book, where: Tournament, parameters: dict[str, Any]) -> ShuffleRequest:
    log = book.slots.predictors

    def slots(text: str | None) -> frozenset[str]:
        return frozenset(log.slot(where, name) for name in _names(text))

    def predictor_ids(text: str | None) -> frozenset[int]:
        return frozenset(log.find(name).id for name in _names(text))

    return ShuffleRequest(
        kind=ShuffleKind(parameters["kind"]),
        seed=parameters["seed"],
        rounds=parameters["rounds"],
        first=parameters["number"],
        only=SlotChoice(parameters["only"]),
        slots=slots(parameters["slots"]) or None,
        predictors=predictor_ids(parameters["predictors"]) or None,
        pinned_slots=slots(parameters["pin_slots"]),
        pinned_predictors=predictor_ids(parameters["pin_predictors"]),
        capacities=dict(_seats(book, pair) for pair in _names(parameters["seats"])),
        last=parameters["last"],
    )


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _seats(book: Book, pair: str) -> tuple[int, int]:
    name, _, number = pair.rpartition("=")
    if not name or not (number.isascii() and number.isdecimal()):
        raise click.BadParameter(f"{pair!r} is not like lgbm_a=2.", param_hint="--seats")
    return book.slots.predictors.find(name).id, int(number)


def _json(shown: ShufflePreview) -> dict[str, Any]:
    exposure = shown.exposure
    return {
        "kind": shown.request.kind.value,
        "seed": shown.request.seed,
        "rounds": [
            {
                "round": proposal.round,
                "basis": proposal.basis,
                "changed": len(proposal.changed),
                "slots": [
                    {
                        "slot": name,
                        "model_id": slot_id,
                        "predictor": _name(shown, proposal.assignments.get(slot_id)),
                    }
                    for slot_id, name in shown.slots.items()
                ],
            }
            for proposal in shown.proposals
        ],
        "exposure": [
            {
                "predictor": shown.names[line.predictor_id],
                "before": str(line.before),
                "after": str(line.after),
            }
            for line in exposure.lines
        ],
        "gap": {"before": str(exposure.gap_before), "after": str(exposure.gap_after)},
        "unequal": {
            "before": f"{exposure.unequal_before:.6f}",
            "after": f"{exposure.unequal_after:.6f}",
        },
    }


def _name(shown: ShufflePreview, predictor_id: int | None) -> str | None:
    return None if predictor_id is None else shown.names[predictor_id]


def _echo(shown: ShufflePreview) -> None:
    from tui import format as show

    click.echo(shown.proposals[0].basis)
    columns = [Column("Round", right=True), *(Column(name) for name in shown.slots.values())]
    rows = [
        (
            str(made.round),
            *(_name(shown, made.assignments.get(slot)) or "-" for slot in shown.slots),
        )
        for made in shown.proposals
    ]
    echo_table(columns, rows)
    click.echo()
    echo_table(
        [
            Column("Predictor"),
            Column("NMR x rounds before", right=True),
            Column("after", right=True),
        ],
        [
            (shown.names[line.predictor_id], show.nmr(line.before), show.nmr(line.after))
            for line in shown.exposure.lines
        ],
    )
    before, after = shown.exposure.unequal_before, shown.exposure.unequal_after
    click.echo(f"Unequal by {show.percent(before)} before, {show.percent(after)} after.")
