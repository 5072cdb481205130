"""Options that several commands have, and what is read from them.

What the app itself is started with is in :mod:`tui.cli.options`, which does without ``click``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from ledger.domain.model import Tournament
from ledger.domain.records.price import checked_currency
from ledger.errors import PriceError

TOURNAMENTS = ", ".join(f"{int(tournament)} {tournament.label}" for tournament in Tournament)
"""The numbers of all tournaments, for a line of help."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def tournament_option(
    default: str = ".", *, before: str = "", metavar: str = "N", required: bool = False
) -> Callable[[Any], Any]:
    """``--tournament``; ``before`` and ``default`` stand around the numbers in its help."""
    return click.option(
        "--tournament",
        type=click.Choice([str(int(tournament)) for tournament in Tournament]),
        required=required,
        metavar=metavar,
        help=f"{before}{TOURNAMENTS}{default}",
    )


def money(text: str) -> str:
    """A currency, in capital letters."""
    try:
        return checked_currency(text)
    except PriceError as error:
        raise click.BadParameter(str(error)) from None


def optional(number: str | None) -> Tournament | None:
    """The tournament of that number, if one was given."""
    return None if number is None else Tournament(int(number))


def the_only(tournaments: Sequence[Tournament], *, none: str) -> Tournament:
    """The only one there is.

    Raises:
        click.UsageError: there are several, or none, which ``none`` says.
    """
    if not tournaments:
        raise click.UsageError(none)
    if len(tournaments) > 1:
        numbers = ", ".join(f"{int(entry)} {entry.label}" for entry in tournaments)
        raise click.UsageError(f"Say which --tournament is meant: {numbers}.")
    return tournaments[0]
