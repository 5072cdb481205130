"""``project``: where positions and per-round settings lead over the rounds to come."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.sums import Sum
from ledger.errors import ChangeError
from ledger.rules import naming
from tui.cli import completing
from tui.cli.arguments import json_option, tournament_option
from tui.cli.missing_output import amount_text, missing_json, total_json, total_text
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table, text_or_none, time_or_none
from tui.format import full, nmr

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.stakes.projection import ModelPoint, ProjectedRound, Projection
    from ledger.domain.stakes.strategy import ModelSetting

OFF, HISTORY = "off", "history"
_MOST_PERCENT = Decimal(100)


def _expected(text: str) -> Decimal | str:
    """``off``, ``history``, or a percentage of the stake per position."""
    if text in {OFF, HISTORY}:
        return text
    try:
        return typed.rate(text, _MOST_PERCENT).scaleb(-2)
    except ChangeError as error:
        what = f"{text!r} is neither off, history nor a percentage."
        raise click.BadParameter(f"{what} {error.advice}") from None


@click.command()
@tournament_option("; by default the only atomic one.")
@click.option("--rounds", type=click.IntRange(1, 1000), metavar="N", help="How many rounds ahead.")
@click.option(
    "--targets",
    "name",
    metavar="NAME",
    help="As if these saved targets were set now.",
    shell_complete=completing.targets,
)
@click.option("--edited", is_flag=True, help="As if the targets in the editor were set now.")
@click.option(
    "--payouts",
    type=_expected,
    default=OFF,
    show_default=True,
    metavar="off|history|PERCENT",
    help="What every position is expected to pay on its stake.",
)
@json_option
@click.pass_obj
def project(
    global_options: GlobalOptions,
    /,
    *,
    tournament: Tournament | None,
    rounds: int | None,
    name: str | None,
    edited: bool,
    payouts: Decimal | str,
    as_json: bool,
) -> None:
    """Where an allocation strategy leads over coming rounds.

    Locked, idle and total NMR. From the ledger, without network. Nothing is queued.
    """
    if name and edited:
        raise click.UsageError("Give --targets or --edited, not both.")
    with opened(global_options) as book:
        where = _tournament(book, tournament, name)
        settings, deposit = (
            _settings_and_deposit(book, where, name) if name or edited else (None, ZERO)
        )
        projection = book.stakes.atomic.projection(
            where,
            rounds=rounds,
            settings=settings,
            deposit=deposit,
            rate=payouts if isinstance(payouts, Decimal) else None,
            from_history=payouts == HISTORY,
        )
        names = naming.within(book.models())
        missing = missing_json(book.missing().facts, "", str(int(where)))
        decimals = book.config.display.decimals
    if as_json:
        echo_json(projection_json(where, projection, names) | {"missing_facts": missing})
    else:
        _echo(where, projection, decimals)


def _tournament(book: Book, number: Tournament | None, name: str | None) -> Tournament:
    if number is not None:
        return number
    if name is not None:
        return book.targets.read(name).tournament
    atomic = book.stakes.atomic.tournaments()
    if len(atomic) != 1:
        labels = ", ".join(f"{int(one)} {one.label}" for one in atomic) or "none"
        raise click.UsageError(f"Say which with --tournament; on atomic staking: {labels}.")
    return atomic[0]


def _settings_and_deposit(
    book: Book, tournament: Tournament, name: str | None
) -> tuple[dict[str, ModelSetting], NMR]:
    """Settings by model id and the deposit that the plan for the targets would make."""
    targets = book.targets.read(name) if name else None
    steps = book.targets.allocation(tournament, targets).plan.steps
    settings = {step.model.id: step.setting for step in steps if step.setting is not None}
    moved = [
        step.nmr if step.kind is ChangeKind.DEPOSIT else -step.nmr
        for step in steps
        if step.kind in {ChangeKind.DEPOSIT, ChangeKind.WITHDRAW} and step.nmr is not None
    ]
    return settings, NMR.total(moved)


def projection_json(
    tournament: Tournament, projection: Projection, names: dict[str, str]
) -> dict[str, Any]:
    """Amounts in NMR, times in UTC; ``start`` is the present."""
    runs_out = projection.runs_out
    return {
        "tournament": int(tournament),
        "start": _round_json(projection.start, names),
        "rounds": [_round_json(entry, names) for entry in projection.rounds],
        "reached": {str(share): time_or_none(at) for share, at in projection.reached.items()},
        "bands": [
            {
                "round": band.round,
                "at": time_or_none(band.at),
                "p5": str(band.low),
                "mean": str(band.mean),
                "p95": str(band.high),
            }
            for band in projection.bands
        ],
        "idle_known": projection.idle_known,
        "runs_out": runs_out
        and {
            "round": runs_out.round,
            "at": time_or_none(runs_out.at),
            "missing": str(runs_out.missing),
        },
    }


def _round_json(entry: ProjectedRound, names: dict[str, str]) -> dict[str, Any]:
    return {
        "round": entry.round,
        "at": time_or_none(entry.at),
        "locked": str(entry.locked),
        "claimable": str(entry.claimable),
        "idle": str(entry.idle),
        "wallet": text_or_none(entry.wallet),
        **total_json("total", Sum(entry.total, int(entry.wallet is None))),
        "missing": str(entry.missing),
        "models": [_model_json(key, names, point) for key, point in entry.models.items()],
    }


def _model_json(model_id: str, names: dict[str, str], point: ModelPoint) -> dict[str, Any]:
    return {
        "model_id": model_id,
        "model": names.get(model_id, model_id),
        "locked": str(point.locked),
        "positions": point.positions,
    }


def _echo(tournament: Tournament, projection: Projection, decimals: int) -> None:
    columns = [
        Column("Round"),
        Column("Staking closes"),
        Column("Locked", right=True),
        Column("Claimable", right=True, rank=2),
        Column("Idle", right=True),
        Column("Wallet", right=True, rank=3),
        Column("Total", right=True, rank=1),
        Column("Missing", right=True),
    ]
    rows = [
        (
            "now" if entry.round is None else str(entry.round),
            full(entry.at),
            nmr(entry.locked, decimals),
            nmr(entry.claimable, decimals),
            nmr(entry.idle, decimals),
            amount_text(entry.wallet, decimals),
            total_text(Sum(entry.total, int(entry.wallet is None)), decimals),
            nmr(entry.missing, decimals) if entry.missing else "",
        )
        for entry in (projection.start, *projection.rounds)
    ]
    echo_table(columns, rows)
    click.echo(f"{tournament.label}, payouts apart from what was asked for are left out.")
    for share, at in sorted(projection.reached.items()):
        click.echo(f"{share} % of the way: {full(at) if at else 'not within these rounds'}.")
    if projection.bands:
        last = projection.bands[-1]
        click.echo(
            f"Total after round {last.round}: {nmr(last.mean, decimals)} NMR on average, "
            f"{nmr(last.low, decimals)} to {nmr(last.high, decimals)} in nine of ten draws."
        )
    if projection.runs_out is not None:
        click.echo(
            f"Idle runs out at round {projection.runs_out.round}, {full(projection.runs_out.at)}: "
            f"{nmr(projection.runs_out.missing, decimals)} NMR is lacking in all."
        )
    if not projection.idle_known:
        click.echo("How much is idle is not known; it is taken to be just enough.")
