"""What the commands about slots share: which tournament, which round, and a yes to closed ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from ledger.domain.model import Tournament
from ledger.errors import RoundClosed
from tui.cli import arguments

if TYPE_CHECKING:
    from ledger.book import Book

T = TypeVar("T")

tournament_option = arguments.tournament_option("; by default the first with models.")

round_option = click.option(
    "--round",
    "number",
    type=click.IntRange(1),
    metavar="N",
    help="Another round than the one the next submission goes into.",
)

closed_option = click.option(
    "--closed",
    is_flag=True,
    help="Also where submissions are closed; the history keeps the old value.",
)


def meant(book: Book, typed: Tournament | None) -> Tournament:
    """The tournament given, or the first the account has models in."""
    return typed or next(iter(book.tournaments()), Tournament.CLASSIC)


def agreed(call: Callable[[bool], T], closed: bool) -> T:
    """``call``, asked about closed rounds on a terminal; ``closed`` is a yes beforehand.

    Raises:
        RoundClosed: there is nobody to ask, or the answer was no.
    """
    try:
        return call(closed)
    except RoundClosed as error:
        if not sys.stdin.isatty():
            raise RoundClosed(error.rounds, error.what, "Give --closed if that is meant.") from None
        if not click.confirm(f"{error.what} Change it all the same?", default=False, err=True):
            raise click.Abort from None
        return call(True)
