"""``shuffle backtest``: would shuffling have helped?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.slots.shuffling import Shuffling
from tui.cli.account.syncing import showing, stopping
from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.sinks import check_free, force_option, write_sink
from tui.cli.slots.slot_options import meant, tournament_option

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.slots.backtest import Backtest, Distribution, ScoreTable, StakeBacktest

SHUFFLES = 10_000
STAKE_SHUFFLES = 50
"""Each of these is a whole run in exact arithmetic."""


@click.group(cls=Group)
def shuffle() -> None:
    """Whether moving predictors between slots helps.

    By your own data.
    """


@shuffle.command()
@click.option(
    "--csv",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Scores from FILE: a round column and one per model; no ledger.",
)
@click.option("--models", metavar="A,B,...", help="Only these.")
@click.option("--from", "first", type=int, metavar="N", help="From round N on.")
@click.option("--to", "last", type=int, metavar="N", help="Up to round N.")
@click.option(
    "--shuffles",
    type=click.IntRange(1),
    default=SHUFFLES,
    show_default=True,
    metavar="M",
    help="Random shuffles.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    metavar="S",
    help="The same seed gives the same figures.",
)
@click.option("--complete", is_flag=True, help="Only rounds in which no model is missing.")
@click.option("--by-slot", is_flag=True, help="Models are slots, not the predictors in them.")
@click.option("--nmr", "in_nmr", is_flag=True, help="Compare in NMR too, with rebalancing.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw both charts into FILE.",
)
@force_option
@tournament_option
@json_option
@click.pass_obj
def backtest(
    global_options: GlobalOptions,
    /,
    *,
    file: Path | None,
    svg: Path | None,
    force: bool,
    in_nmr: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Cumulative scores kept, shuffled and averaged.

    Of slots when every model keeps its slot, is shuffled every round, or all average.
    """
    if file is not None and in_nmr:
        raise click.UsageError("A table of scores knows no stakes: leave out --csv or --nmr.")
    if svg is not None:
        check_free(svg, force=force)
    stakes: StakeBacktest | None = None
    with stopping() as stop, showing(f"Shuffling {parameters['shuffles']:,} times"):
        parameters["stop"] = stop
        if file is not None:
            result = _run(Shuffling.read_table(file), parameters)
        else:
            with opened(global_options) as book:
                result, stakes = _of_ledger(book, parameters, in_nmr=in_nmr)
    if svg is not None:
        _draw(result, svg, force=force)
    if as_json:
        echo_json(result.figures() | ({"nmr": _stakes_json(stakes)} if stakes else {}))
    else:
        _echo(result)
        if stakes is not None:
            _echo_stakes(stakes)


def _of_ledger(
    book: Book, parameters: dict[str, Any], *, in_nmr: bool
) -> tuple[Backtest, StakeBacktest | None]:
    where, by_slot = meant(book, parameters["tournament"]), parameters["by_slot"]
    parameters["block"] = book.slots.shuffling.concurrent(where)
    result = _run(book.slots.shuffling.table(where, by_slot=by_slot), parameters)
    if not in_nmr:
        return result, None
    shuffles = min(parameters["shuffles"], STAKE_SHUFFLES)
    return result, book.slots.shuffling.stake_backtest(
        where, by_slot=by_slot, seed=parameters["seed"], shuffles=shuffles, stop=parameters["stop"]
    )


def _run(table: ScoreTable, parameters: dict[str, Any]) -> Backtest:
    names = parameters["models"]
    part = Shuffling.part(
        table,
        models=[name.strip() for name in names.split(",")] if names else None,
        first=parameters["first"],
        last=parameters["last"],
    )
    return Shuffling.backtest(
        part,
        shuffles=parameters["shuffles"],
        seed=parameters["seed"],
        complete=parameters["complete"],
        block=parameters.get("block"),
        stop=parameters["stop"],
    )


def _draw(backtest: Backtest, path: Path, *, force: bool) -> None:
    from tui.cli.slots.backtest_svg import drawing

    write_sink(path, drawing(backtest), force=force)


def _echo(backtest: Backtest) -> None:
    first, last = backtest.rounds[0], backtest.rounds[-1]
    click.echo(
        f"{len(backtest.rounds)} rounds, {first} to {last}; {len(backtest.models)} models; "
        f"{backtest.missing_cells} missing scores count as nothing."
    )
    columns = [
        Column("Keep"),
        Column("Final", right=True),
        Column("Mean", right=True),
        Column("Sd", right=True),
        Column("Drawdown", right=True),
        Column("Missing", right=True, rank=1),
    ]
    lines = sorted(backtest.keep.slots, key=lambda line: -line.final)
    rows = [
        (
            line.name,
            f"{line.final:+.4f}",
            f"{line.mean:+.5f}",
            f"{line.sd:.5f}",
            f"{line.max_drawdown:.4f}",
            str(line.missing),
        )
        for line in (*lines, backtest.average.line)
    ]
    echo_table(columns, rows)
    keep, mixed = backtest.keep, backtest.shuffle
    click.echo(
        f"\nSpread of final values between slots: {keep.spread_sd:.4f} when kept "
        f"(band {keep.band.low:.4f} to {keep.band.high:.4f})."
    )
    click.echo(f"Shuffled, {mixed.shuffles:,} times with seed {mixed.seed}:")
    names = ("Per slot", "Mean", "5 %", "50 %", "95 %")
    echo_table(
        [Column(name, right=bool(at)) for at, name in enumerate(names)],
        [
            _distribution("spread of final values", mixed.spread_sd),
            _distribution("sd per round", mixed.sd),
            _distribution("drawdown", mixed.max_drawdown),
        ],
    )
    click.echo(f"Mean final value over slots: {mixed.final_mean:+.4f}.")
    click.echo()
    for note in backtest.notes:
        click.echo(note)


def _distribution(name: str, figures: Distribution) -> tuple[str, ...]:
    return (
        name,
        *(f"{value:.4f}" for value in (figures.mean, figures.p5, figures.p50, figures.p95)),
    )


def _echo_stakes(backtest: StakeBacktest) -> None:
    from tui import format as show

    terms = "compounding" if backtest.compounding else "constant"
    click.echo(f"\nIn NMR, from {show.nmr(backtest.start)}, {terms} stakes:")
    columns = [Column("Policy"), *(Column(name, right=True) for name in _IN_NMR)]
    mixed = backtest.shuffle
    rows = [
        (
            "keep",
            *map(
                show.nmr, (backtest.keep.final, backtest.keep.drawdown, backtest.keep.worst_month)
            ),
        ),
        (
            f"rebalance every {backtest.every}",
            *map(
                show.nmr,
                (
                    backtest.rebalance.final,
                    backtest.rebalance.drawdown,
                    backtest.rebalance.worst_month,
                ),
            ),
        ),
        *(
            (
                f"shuffle, {name}",
                *(
                    show.nmr(getattr(spread, level))
                    for spread in (mixed.final, mixed.drawdown, mixed.worst_month)
                ),
            )
            for name, level in (("5 %", "p5"), ("50 %", "p50"), ("95 %", "p95"), ("mean", "mean"))
        ),
    ]
    echo_table(columns, rows)
    for note in backtest.notes:
        click.echo(note)


_IN_NMR = ("Final", "Drawdown", "Worst month")


def _stakes_json(backtest: StakeBacktest) -> dict[str, Any]:
    mixed = backtest.shuffle
    outcomes = {"keep": backtest.keep, "rebalance": backtest.rebalance}
    figures: dict[str, Any] = {
        name: {
            "final": str(outcome.final),
            "drawdown": str(outcome.drawdown),
            "worst_month": str(outcome.worst_month),
            "month": outcome.month,
            "spread_sd": str(outcome.spread),
        }
        for name, outcome in outcomes.items()
    }
    levels = ("mean", "p5", "p50", "p95")
    ranges = {
        "final": mixed.final,
        "drawdown": mixed.drawdown,
        "worst_month": mixed.worst_month,
        "spread_sd": mixed.spread,
    }
    figures["shuffle"] = {"shuffles": mixed.shuffles, "seed": mixed.seed} | {
        name: {level: str(getattr(outcome, level)) for level in levels}
        for name, outcome in ranges.items()
    }
    return {
        "start": str(backtest.start),
        "compounding": backtest.compounding,
        "every": backtest.every,
    } | figures
