"""``positions``, ``unlocks`` and ``strategy``: atomic staking, for pipes and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.domain.names import said
from ledger.errors import ChangeError
from ledger.rules import naming
from tui.cli import completing
from tui.cli.arguments import json_option, tournament_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import done, echo_json
from tui.cli.queue.queue_options import amount
from tui.cli.sinks import check_free, force_option, write_sink
from tui.cli.stakes import positions_output, strategy_output, unlocks_output

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.model import Tournament
    from ledger.domain.nmr import NMR
    from ledger.reports.stakes.unlocks import UnlocksReport

model_option = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="Only this model; may be repeated.",
    shell_complete=completing.models,
)


def until(text: str) -> datetime:
    """A time in ISO-8601; a date alone means all of that day, UTC."""
    from datetime import timedelta

    from ledger.clock import from_iso

    try:
        at = from_iso(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date, such as 2026-12-24.") from None
    return at if len(text) > len("2026-12-24") else at + timedelta(days=1, microseconds=-1)


@click.command()
@tournament_option(".  [default: all]")
@model_option
@click.option("--all", "everything", is_flag=True, help="Also positions that are over.")
@json_option
@click.pass_obj
def positions(
    global_options: GlobalOptions,
    *,
    tournament: Tournament | None,
    models: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Atomic positions: what is locked, claimable and idle. From the ledger, without network."""
    with opened(global_options) as book:
        ids = _model_ids(book, models)
        report = book.stakes.atomic.positions(tournament)
        decimals = book.config.display.decimals
    if as_json:
        echo_json(positions_output.positions_json(report, ids, everything=everything))
    else:
        positions_output.echo_positions(report, ids, decimals, everything=everything)


@click.command()
@tournament_option(".  [default: all]")
@model_option
@click.option("--until", type=until, metavar="DATE", help="Only what comes free until then.")
@click.option(
    "--disabled",
    is_flag=True,
    help="As if every model were disabled now, so that nothing is staked again.",
)
@click.option(
    "--free", type=amount, metavar="NMR", help="Say when this much can be disposed of in all."
)
@click.option("--csv", type=click.Path(path_type=Path, dir_okay=False), help="Write a CSV file.")
@click.option(
    "--ics",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an iCalendar file; importing a later one updates the events.",
)
@force_option
@json_option
@click.pass_obj
def unlocks(
    global_options: GlobalOptions,
    *,
    tournament: Tournament | None,
    models: tuple[str, ...],
    until: datetime | None,
    disabled: bool,
    free: NMR | None,
    csv: Path | None,
    ics: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """When which NMR comes free, over both systems. From the ledger, without network."""
    from ledger.domain.stakes.unlock import UnlockView

    if csv is not None and ics is not None:
        raise click.UsageError("Give --csv or --ics, not both.")
    if target := csv or ics:
        check_free(target, force=force)
    with opened(global_options) as book:
        report = book.stakes.atomic.unlocks(UnlockView.DISABLED if disabled else UnlockView.STAYS)
        ids = _model_ids(book, models)
        decimals = book.config.display.decimals
    when = None if free is None else (free, report.when_free(free))
    shown = report.limited(
        tournament=tournament,
        model_ids=ids,
        until=until,
    )
    file = _export(shown, csv, ics, force=force)
    if as_json:
        echo_json(unlocks_output.unlocks_json(shown, when, file))
    elif file is not None:
        done(f"{len(shown.unlocks)} unlocks written to {file}.")
    elif when is not None:
        unlocks_output.echo_when_free(when, shown)
    else:
        unlocks_output.echo_unlocks(shown, decimals)


def _export(
    report: UnlocksReport, csv: Path | None, ics: Path | None, *, force: bool
) -> Path | None:
    from ledger.reports.stakes.unlock_files import unlocks_csv, unlocks_ics

    if csv is not None:
        write_sink(csv, unlocks_csv(report), force=force)
    if ics is not None:
        write_sink(ics, unlocks_ics(report), force=force)
    return csv or ics


def _model_ids(book: Book, names: Sequence[str]) -> frozenset[str] | None:
    """The ids of named models, ``None`` when no name is given."""
    if not names:
        return None
    models = book.models()
    try:
        return frozenset(naming.the_one(name, models).id for name in names)
    except ChangeError as error:
        raise click.UsageError(str(error)) from None


@click.group(cls=Group)
def strategy() -> None:
    """Allocation strategies: systems, settings and keys."""


@strategy.command("show")
@json_option
@click.pass_obj
def show_(global_options: GlobalOptions, as_json: bool) -> None:
    """Systems, contracts, settings and keys.

    Why a tournament is on its system, and each source's word on settings. Without network.
    """
    with opened(global_options) as book:
        report = book.stakes.atomic.strategy()
        notices = book.stakes.atomic.notices()
        decimals = book.config.display.decimals
    if as_json:
        echo_json(strategy_output.strategy_json(report, notices))
    else:
        strategy_output.echo_strategy(report, notices, decimals)


@strategy.command("learn-keys")
@click.option(
    "--since-block",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Where to begin looking for events of the strategies.",
)
@json_option
@click.pass_obj
def learn_keys(global_options: GlobalOptions, since_block: int, as_json: bool) -> None:
    """Find the models' keys on chain.

    An Ethereum endpoint has to be configured.
    """
    with opened(global_options) as book:
        learned = book.stakes.atomic.learn_keys(since_block=since_block)
        names = naming.within(book.models())
    if as_json:
        echo_json({"keys": [strategy_output.key_json(key) for key in learned]})
        return
    for key in learned:
        click.echo(f"{said(names.get(key.model_id, key.model_id))}: {key.key}")
    click.echo(f"{len(learned) or 'No'} new key{'' if len(learned) == 1 else 's'}.")
