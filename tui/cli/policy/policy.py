"""``policy``: where payouts go, by percent; the same edits the app shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from ledger.domain.model import Tournament
from ledger.domain.policy import BurnRule, Policy
from ledger.errors import ChangeError
from tui.cli import arguments
from tui.cli.account.reports import NEVER_SYNCED
from tui.cli.arguments import json_option
from tui.cli.options import Given, opened
from tui.cli.output import echo_json
from tui.cli.policy import policy_output as show
from tui.cli.queue import queue_options as typed
from tui.cli.queue.queue_output import changes_json

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.nmr import NMR
    from ledger.reports.policy.matrix import PolicyReport

T = TypeVar("T")

tournament_option = arguments.tournament_option("; by default the only one with a policy.")
since_option = click.option(
    "--since",
    type=click.IntRange(1),
    metavar="ROUND",
    help="From this round on.  [default: the oldest round that has not resolved]",
)


def _share(text: str) -> tuple[str, str]:
    """``DEST=PERCENT``."""
    place, given, percent = text.rpartition("=")
    if not given or not place:
        raise click.BadParameter(f"{text!r} is not DEST=PERCENT, such as wallet=25.")
    return place, percent


@click.group()
def policy() -> None:
    """Where payouts go, by percent: to models, the wallet, or a pool."""


@policy.command("show")
@tournament_option
@json_option
@click.pass_obj
def show_(given: Given, tournament: str | None, as_json: bool) -> None:
    """The policy being edited, what is in force, and what payouts came to. Without network."""
    with opened(given) as book:
        _tell(book, book.policies.report(_tournament(book, tournament)), as_json=as_json)


@policy.command("set")
@tournament_option
@click.option("--from", "source", metavar="MODEL|others", help="Whose payouts.")
@click.option(
    "--to",
    "shares",
    type=_share,
    multiple=True,
    metavar="DEST=PERCENT",
    help="Where they go: a model, wallet, or pool:NAME. May be repeated; what is left of 100 "
    "stays with the model itself.",
)
@click.option(
    "--burns",
    type=click.Choice([rule.value for rule in BurnRule]),
    help="Burns are made up for by later payouts of their model, or shared out like payouts.",
)
@click.option(
    "--threshold",
    type=typed.or_none(typed.amount),
    metavar="NMR|none",
    help="Amounts become changes when they reach this.",
)
@click.option(
    "--every",
    type=typed.or_none(typed.number),
    metavar="ROUNDS|none",
    help="Amounts become changes whenever so many rounds have settled.",
)
@json_option
@click.pass_obj
def set_(
    given: Given,
    /,
    *,
    tournament: str | None,
    source: str | None,
    shares: tuple[tuple[str, str], ...],
    burns: str | None,
    threshold: NMR | str | None,
    every: int | str | None,
    as_json: bool,
) -> None:
    """Edit the policy: one row as a whole, and the rules. Nothing comes into force by this."""
    rules = (burns, threshold, every)
    if source is None and (shares or all(rule is None for rule in rules)):
        raise click.UsageError("Say whose payouts with --from, or give a rule.")
    if len(dict(shares)) < len(shares):
        raise click.UsageError("A destination is there twice.")
    with opened(given) as book:
        number = _tournament(book, tournament)
        before = book.policies.report(number).policy
        if source is not None:
            _set_row(book, number, source, dict(shares))
        report = book.policies.set_rules(
            number,
            burns=before.burns if burns is None else BurnRule(burns),
            threshold=_rule(threshold, before.threshold),
            every=_rule(every, before.every),
        )
        _tell(book, report, as_json=as_json)


def _rule(given: T | str | None, before: T | None) -> T | None:
    """What was typed; "none" takes it away, nothing keeps what was there before."""
    if given is None:
        return before
    return None if isinstance(given, str) else given


def _set_row(book: Book, tournament: Tournament, source: str, shares: dict[str, str]) -> None:
    """A row as typed; a mistake in it is one of usage."""
    try:
        book.policies.set_row(tournament, source, shares)
    except ChangeError as error:
        raise click.UsageError(f"{error.what} {error.advice or ''}".strip()) from None


@policy.command()
@tournament_option
@click.option("--from", "source", metavar="MODEL|others", help="This row only.  [default: all]")
@json_option
@click.pass_obj
def clear(given: Given, tournament: str | None, source: str | None, as_json: bool) -> None:
    """Take rows out of the policy being edited; what is in force stays."""
    with opened(given) as book:
        number = _tournament(book, tournament)
        if source is None:
            found = book.policies.keep(Policy(number))
        else:
            found = book.policies.clear_row(number, _source(book, number, source))
        _tell(book, found, as_json=as_json)


def _source(book: Book, tournament: Tournament, text: str) -> str | None:
    try:
        return book.policies.source(tournament, text)
    except ChangeError as error:
        raise click.UsageError(f"{error.what} {error.advice or ''}".strip()) from None


@policy.command()
@tournament_option
@since_option
@click.option("--name", metavar="NAME", help="What the history calls it.")
@json_option
@click.pass_obj
def on(
    given: Given, tournament: str | None, since: int | None, name: str | None, as_json: bool
) -> None:
    """Put the edited policy in force. Every sync then adds the changes it implies as drafts;
    nothing is sent that was not confirmed."""
    with opened(given) as book:
        number = _tournament(book, tournament)
        drafts = book.policies.switch_on(number, since, name)
        version = book.policies.report(number).versions[-1]
        if as_json:
            changes = changes_json(book, drafts)
            echo_json({"version": show.version_json(version), "drafts": changes})
            return
        click.echo(
            f"{number.label}: this policy holds for payouts from round {version.since} on. Each "
            "sync adds what it implies to the queue, as drafts that wait for your yes."
        )
        for draft in drafts:
            click.echo(f"{draft.id} {draft.state}: {draft.reason}")


@policy.command()
@tournament_option
@since_option
@json_option
@click.pass_obj
def off(given: Given, tournament: str | None, since: int | None, as_json: bool) -> None:
    """Leave payouts where they land from now on. Drafts in the queue stay."""
    with opened(given) as book:
        number = _tournament(book, tournament)
        book.policies.switch_off(number, since)
        version = book.policies.report(number).versions[-1]
    if as_json:
        echo_json({"version": show.version_json(version), "drafts": []})
    else:
        click.echo(
            f"{number.label}: payouts stay where they land from round {version.since} on. What "
            "accrued is kept; drafts in the queue, take profit and modes stay as they are."
        )


@policy.command()
@tournament_option
@click.option(
    "--last",
    type=click.IntRange(1),
    default=60,
    show_default=True,
    metavar="N",
    help="The newest N rounds that have settled.",
)
@json_option
@click.pass_obj
def simulate(given: Given, tournament: str | None, last: int, as_json: bool) -> None:
    """The past with and without the edited policy. Without network; nothing is kept."""
    with opened(given) as book:
        number = _tournament(book, tournament)
        found = book.policies.replay(number, last)
        names = show.names_of(book.policies.report(number))
        decimals = book.config.display.decimals
    if as_json:
        echo_json(show.replay_json(number, found, names))
    else:
        show.echo_replay(found, names, decimals)


@policy.command()
@tournament_option
@json_option
@click.pass_obj
def history(given: Given, tournament: str | None, as_json: bool) -> None:
    """Every policy that was put in force, oldest first."""
    with opened(given) as book:
        number = _tournament(book, tournament)
        report = book.policies.report(number)
    names = show.names_of(report)
    if as_json:
        versions = [show.version_json(version, names) for version in report.versions]
        echo_json({"tournament": int(number), "versions": versions})
    else:
        show.echo_history(report, names)


def _tournament(book: Book, given: str | None) -> Tournament:
    """The tournament meant: the one given, else the only one with a policy or with models."""
    return arguments.optional(given) or arguments.the_only(
        book.policies.tournaments() or book.tournaments(), none=NEVER_SYNCED
    )


def _tell(book: Book, report: PolicyReport, *, as_json: bool) -> None:
    if as_json:
        echo_json(show.policy_json(report))
    else:
        show.echo_policy(report, book.config.display.decimals)
