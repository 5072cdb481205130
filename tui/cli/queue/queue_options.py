"""Values typed for a change: exact amounts, times and conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel
from ledger.errors import ChangeError
from ledger.rules import naming

if TYPE_CHECKING:
    from ledger.book import Book

NONE = "none"
"""Typed instead of a value, it takes the condition away."""


def amount(text: str) -> NMR:
    """NMR, exact to the wei and above zero."""
    try:
        return typed.positive(text)
    except ChangeError as error:
        raise click.BadParameter(str(error)) from None


def moment(text: str) -> datetime:
    """A time in ISO-8601; without a zone it is UTC."""
    from ledger.clock import from_iso

    try:
        return from_iso(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no ISO-8601 time, such as 2026-08-28T13:00:00Z."
        ) from None


def number(text: str) -> int:
    """A round's or a change's number."""
    whole = typed.whole(text)
    if not whole:
        raise click.BadParameter(f"{text!r} is no number.")
    return whole


def or_none(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """``convert``, but :data:`NONE` passes as it is."""
    return lambda text: NONE if text == NONE else convert(text)


def condition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a change waits for."""
    options = (
        click.option(
            "--not-before", type=or_none(moment), metavar="ISO", help="Not before this time."
        ),
        click.option(
            "--not-before-round",
            type=or_none(number),
            metavar="ROUND",
            help="Not before this round opens.",
        ),
        click.option(
            "--after",
            type=or_none(number),
            metavar="ID",
            help="After this change was accepted.",
        ),
        click.option(
            "--when-release-gone/--whatever-is-pending",
            default=None,
            help="When the model has no pending release any more.",
        ),
        click.option(
            "--when-free",
            type=or_none(amount),
            metavar="NMR",
            help="When this much NMR is in the Numerai wallet.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how a strategy is to stake on a model, and how that gets there."""
    options = (
        click.option(
            "--per-round", type=amount, metavar="NMR", help="NMR to stake in every round."
        ),
        click.option(
            "--mode",
            type=click.Choice([mode.value for mode in StakeMode]),
            help="What happens to settled claims.",
        ),
        click.option(
            "--enabled/--disabled", default=None, help="Whether new positions are opened."
        ),
        click.option(
            "--channel",
            type=click.Choice([way.value for way in Channel if way is not Channel.NUMERAI]),
            help="How it is carried out; the config says without it.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def setting(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parts of a setting that were typed, ``None`` for the others."""
    mode = parameters["mode"]
    return {
        "per_round": parameters["per_round"],
        "mode": None if mode is None else StakeMode(mode),
        "enabled": parameters["enabled"],
    }


def conditions(parameters: dict[str, Any], before: Conditions | None = None) -> Conditions:
    """The conditions typed, on top of those there were ``before``."""
    named = {
        "not_before": parameters["not_before"],
        "not_before_round": parameters["not_before_round"],
        "after_change": parameters["after"],
        "when_release_gone": parameters["when_release_gone"],
        "when_free": parameters["when_free"],
    }
    typed: dict[str, Any] = {
        name: None if value == NONE else value for name, value in named.items() if value is not None
    }
    return replace(before or Conditions(), **typed)


def model_id(book: Book, tournament: int, name: str, *, hint: str = "--model") -> str:
    """The id of a model by name, or by id, in one tournament."""
    own = [model for model in book.models() if int(model.tournament) == tournament]
    try:
        return naming.the_one(name, own).id
    except ChangeError as error:
        raise click.BadParameter(str(error), param_hint=hint) from None
