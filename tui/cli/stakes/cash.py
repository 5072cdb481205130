"""``cash``: when an amount of NMR can be had, by which way, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain import typed
from ledger.errors import ChangeError
from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, echo_json, echo_table, text_or_none, time_or_none
from tui.cli.targets.plan_output import step_json

if TYPE_CHECKING:
    from ledger.domain.queue.change import Change
    from ledger.domain.stakes.cash import CashAnswer, CashRoute


@click.command()
@click.argument("amount")
@click.option("--draft", "key", metavar="WAY", help="Put the drafts of this way into the queue.")
@json_option
@click.pass_obj
def cash(global_options: GlobalOptions, /, *, amount: str, key: str | None, as_json: bool) -> None:
    """When AMOUNT NMR can be had, by which way, at what cost.

    What is free, waiting, releases, settings that stake less. From the ledger, without network;
    payouts to come are left out.
    """
    nmr = typed.positive(amount)
    drafts: tuple[Change, ...] = ()
    with opened(global_options) as book:
        answer = book.targets.cash.routes(nmr)
        if key is not None:
            drafts = book.targets.cash.enqueue(nmr, _chosen(answer, key))
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_json(answer, drafts))
    else:
        _echo(answer, drafts, decimals)


def _chosen(answer: CashAnswer, key: str) -> CashRoute:
    route = answer.route(key)
    if route is None:
        listed = ", ".join(entry.key for entry in answer.routes)
        raise ChangeError(f"“{key}” is no way to that amount.", f"There are: {listed}.")
    return route


def _json(answer: CashAnswer, drafts: tuple[Change, ...]) -> dict[str, Any]:
    return {
        "nmr": str(answer.asked),
        "free": [{"place": part.place, "nmr": text_or_none(part.nmr)} for part in answer.free],
        "ways": [
            {
                "way": route.key,
                "at": time_or_none(route.at),
                "nmr": str(route.nmr),
                "sentence": route.sentence,
                "costs": list(route.costs),
                "steps": []
                if route.plan is None
                else [step_json(step) for step in route.plan.steps],
            }
            for route in answer.routes
        ],
        "drafts": [draft.id for draft in drafts],
    }


def _echo(answer: CashAnswer, drafts: tuple[Change, ...], decimals: int) -> None:
    from tui import format as show

    free = (f"{part.place} {show.nmr(part.nmr, decimals) or show.UNKNOWN}" for part in answer.free)
    click.echo(f"Free now: {', '.join(free)} NMR.")
    echo_table(
        [Column("Way"), Column("When"), Column("NMR", right=True), Column("What is done")],
        [
            [
                route.key,
                "never" if route.at is None else show.full(route.at),
                show.nmr(route.nmr, decimals),
                route.sentence,
            ]
            for route in answer.routes
        ],
    )
    for route in answer.routes:
        for sentence in route.costs:
            click.echo(f"{route.key}: {sentence}")
    if drafts:
        listed = ", ".join(str(draft.id) for draft in drafts)
        click.echo(f"Drafts in the queue: {listed}. Nothing is sent before `queue confirm`.")
