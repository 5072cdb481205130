"""``targets`` and ``plan``: what stakes should become, and the changes that lead there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.domain.model import System, Tournament
from ledger.domain.targets.plan import OptionKind
from ledger.errors import ChangeError
from ledger.rules import naming
from tui.cli import arguments, completing
from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import echo_json
from tui.cli.printing import print_verbatim
from tui.cli.queue.queue_options import model_id
from tui.cli.targets import plan_output as show

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.targets.allocation import Allocation

tournament_option = arguments.tournament_option("; by default the only continuous one.")


@click.group(cls=Group)
def targets() -> None:
    """What stakes should become, as edited in the app."""


@targets.command("show")
@tournament_option
@json_option
@click.pass_obj
def show_(global_options: GlobalOptions, tournament: Tournament | None, as_json: bool) -> None:
    """The edited targets beside the stakes. From the ledger, without network."""
    with opened(global_options) as book:
        allocation = book.targets.allocation(_tournament(book, tournament))
        decimals = book.config.display.decimals
        sets = book.targets.names()
    if as_json:
        echo_json(show.allocation_json(allocation) | {"sets": list(sets)})
    else:
        show.echo_allocation(allocation, decimals)


@targets.command("set")
@click.argument(
    "edits",
    nargs=-1,
    required=True,
    metavar="NAME | MODEL=AMOUNT...",
    shell_complete=completing.targets,
)
@arguments.tournament_option("; by default the one of the models.")
@json_option
@click.pass_obj
def set_(
    global_options: GlobalOptions,
    edits: tuple[str, ...],
    tournament: Tournament | None,
    as_json: bool,
) -> None:
    """Say what stakes should become, or take a saved set.

    \b
    alder=40       40 NMR
    alder=+3       3 NMR more than now
    birch=25%      of all there is
    cedar=max      what no other model wants
    dune=0.5/r     NMR per round, where staking is atomic
    elm=drain      release everything
    fir=           no target any more

    Models that are not named keep their targets. All of it is one edit to undo in the app.
    Nothing is queued: `plan` shows what it would take.
    """
    with opened(global_options) as book:
        if len(edits) == 1 and "=" not in edits[0]:
            chosen = book.targets.read(edits[0])
            book.targets.load(chosen.tournament, chosen.name)
            number = chosen.tournament
        else:
            number = _keep(book, edits, tournament)
        _echo_allocation(book, book.targets.allocation(number), as_json)


def _keep(book: Book, edits: tuple[str, ...], number: Tournament | None) -> Tournament:
    """Keep targets written as MODEL=AMOUNT; their tournament."""
    models = [model for model in book.models() if number in (None, model.tournament)]
    texts: dict[str, str] = {}
    tournaments: set[Tournament] = set()
    for edit in edits:
        name, sign, text = edit.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{edit!r} is not MODEL=AMOUNT, such as alder=40.")
        try:
            model = naming.the_one(name, models)
        except ChangeError as error:
            raise click.BadParameter(str(error)) from None
        if model.id in texts:
            raise click.BadParameter(f"{name} is there twice.")
        texts[model.id] = text
        tournaments.add(model.tournament)
    if len(tournaments) > 1:
        labels = " and ".join(sorted(one.label for one in tournaments))
        raise click.UsageError(f"These models are of {labels}: give those of one at a time.")
    (number,) = tournaments
    book.targets.set_all(number, texts)
    return number


@targets.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def import_(global_options: GlobalOptions, file: Path, as_json: bool) -> None:
    """Make the targets in a TOML file the edited ones.

    It says for which tournament they are.
    """
    with opened(global_options) as book:
        _echo_allocation(book, book.targets.allocation(book.targets.import_file(file)), as_json)


@targets.command()
@tournament_option
@json_option
@click.pass_obj
def export(global_options: GlobalOptions, tournament: Tournament | None, as_json: bool) -> None:
    """Print the edited targets as TOML, for `targets import`."""
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        text = book.targets.export(number)
    if as_json:
        echo_json({"tournament": int(number), "toml": text})
    else:
        print_verbatim(text)


CHEAPEST = "cheapest"


def _ways(
    _: click.Context, __: click.Parameter, texts: tuple[str, ...]
) -> dict[str, OptionKind | None]:
    """``MODEL=WAY`` by model; ``None`` is the cheapest."""
    ways = {CHEAPEST: None, **{kind.value: kind for kind in OptionKind}}
    chosen: dict[str, OptionKind | None] = {}
    for text in texts:
        model, way = text.rpartition("=")[::2]
        if not model or way not in ways:
            raise click.BadParameter(f"{text!r} is not MODEL=WAY; ways: {', '.join(ways)}.")
        if model in chosen:
            raise click.BadParameter(f"{model} is there twice.")
        chosen[model] = ways[way]
    return chosen


@click.command()
@tournament_option
@click.option(
    "--targets",
    "source",
    metavar="NAME|FILE",
    shell_complete=completing.targets,
    help="Plan these instead of the edited targets, which stay as they are.",
)
@click.option(
    "--simulate",
    "rounds",
    type=click.IntRange(1, 1000),
    metavar="ROUNDS",
    help="Also show the account over the coming rounds.",
)
@click.option(
    "--option",
    "ways",
    metavar="MODEL=WAY",
    multiple=True,
    callback=_ways,
    help="Go this way around a model's pending release: wait, cancel or keep; cheapest where "
    "another one is kept. May be repeated.",
)
@json_option
@click.pass_obj
def plan(
    global_options: GlobalOptions,
    /,
    *,
    tournament: Tournament | None,
    source: str | None,
    rounds: int | None,
    ways: dict[str, OptionKind | None],
    as_json: bool,
) -> None:
    """The changes that lead from the stakes to the targets.

    With dates and reasons. From the ledger, without network; nothing is queued or kept.
    """
    with opened(global_options) as book:
        chosen = None if source is None else book.targets.read(source)
        if chosen is not None and tournament is None:
            number = chosen.tournament
        else:
            number = _tournament(book, tournament)
        if chosen is not None and chosen.tournament is not number:
            raise click.UsageError(
                f"The targets {chosen.name} are for tournament {int(chosen.tournament)}."
            )
        options = {
            model_id(book, int(number), name, hint="--option"): way for name, way in ways.items()
        }
        allocation = book.targets.allocation(number, chosen, options)
        simulation = (
            None if rounds is None else book.targets.simulation(number, rounds, chosen, options)
        )
        decimals = book.config.display.decimals
    if as_json:
        echo_json(show.plan_json(allocation, simulation))
    else:
        show.echo_plan(allocation, simulation, decimals)


def _tournament(book: Book, typed: Tournament | None) -> Tournament:
    """The tournament meant: the one given, or the only continuous one of the account."""
    if typed is not None:
        return typed
    lines = book.portfolio().lines
    return arguments.the_only(
        sorted({line.tournament for line in lines if line.system is System.CONTINUOUS}),
        none="No tournament here is on continuous staking: give --tournament.",
    )


def _echo_allocation(book: Book, allocation: Allocation, as_json: bool) -> None:
    if as_json:
        echo_json(show.allocation_json(allocation))
    else:
        show.echo_allocation(allocation, book.config.display.decimals)
