"""Options that several commands have, and what is read from them.

What the app itself is started with is in :mod:`tui.cli.options`, which does without ``click``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from ledger.domain.model import Tournament
from ledger.domain.nearest import did_you_mean
from ledger.domain.records.price import checked_currency
from ledger.errors import PriceError
from tui.cli import completing

TOURNAMENTS = ", ".join(f"{int(tournament)} {tournament.label}" for tournament in Tournament)
"""All tournaments by number and name, for a line of help."""


def tournament(text: str) -> Tournament:
    """A tournament by its number or its name, in any case."""
    names = {entry.name.lower(): entry for entry in Tournament}
    every = {str(int(entry)): entry for entry in Tournament} | names
    typed = text.strip().lower()
    if typed not in every:
        what = f"{text!r} is no tournament; there are {TOURNAMENTS}."
        raise click.BadParameter(f"{what} {did_you_mean(typed, names)}".rstrip())
    return every[typed]


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def tournament_option(
    default: str = ".", *, before: str = "", metavar: str = "NAME", required: bool = False
) -> Callable[[Any], Any]:
    """``--tournament``; ``before`` and ``default`` stand around all there are in its help."""
    return click.option(
        "--tournament",
        type=tournament,
        shell_complete=completing.tournaments,
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
