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
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
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
    place, separator, percent = text.rpartition("=")
    if not separator or not place:
        raise click.BadParameter(f"{text!r} is not DEST=PERCENT, such as wallet=25.")
    return place, percent


@click.group(cls=Group)
def policy() -> None:
    """Where payouts go, by percent.

    To models, the Numerai wallet, or a pool.
    """


@policy.command("show")
@tournament_option
@json_option
@click.pass_obj
def show_(global_options: GlobalOptions, tournament: Tournament | None, as_json: bool) -> None:
    """The policy being edited, and what payouts came to.

    And what is in force. Without network.
    """
    with opened(global_options) as book:
        _echo_report(book, book.policy.report(_tournament(book, tournament)), as_json=as_json)


@policy.command("set")
@tournament_option
@click.option("--from", "source", metavar="MODEL|others", help="Whose payouts.")
@click.option(
    "--to",
    "shares",
    type=_share,
    multiple=True,
    metavar="DEST=PERCENT",
    help="Where they go: a model, wallet (the Numerai wallet), or pool:NAME. May be repeated; what "
    "is left of 100 "
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
    global_options: GlobalOptions,
    /,
    *,
    tournament: Tournament | None,
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
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        before = book.policy.report(number).policy
        if source is not None:
            _set_row(book, number, source, dict(shares))
        report = book.policy.set_rules(
            number,
            burns=before.burns if burns is None else BurnRule(burns),
            threshold=_rule(threshold, before.threshold),
            every=_rule(every, before.every),
        )
        _echo_report(book, report, as_json=as_json)


def _rule(typed: T | str | None, before: T | None) -> T | None:
    """What was typed; "none" takes it away, nothing keeps what was there before."""
    if typed is None:
        return before
    return None if isinstance(typed, str) else typed


def _set_row(book: Book, tournament: Tournament, source: str, shares: dict[str, str]) -> None:
    """A row as typed; a mistake in it is one of usage."""
    try:
        book.policy.set_row(tournament, source, shares)
    except ChangeError as error:
        raise click.UsageError(f"{error.what} {error.advice or ''}".strip()) from None


@policy.command()
@tournament_option
@click.option("--from", "source", metavar="MODEL|others", help="This row only.  [default: all]")
@json_option
@click.pass_obj
def clear(
    global_options: GlobalOptions, tournament: Tournament | None, source: str | None, as_json: bool
) -> None:
    """Take rows out of the policy being edited.

    What is in force stays.
    """
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        if source is None:
            report = book.policy.keep(Policy(number))
        else:
            report = book.policy.clear_row(number, _source(book, number, source))
        _echo_report(book, report, as_json=as_json)


def _source(book: Book, tournament: Tournament, text: str) -> str | None:
    try:
        return book.policy.source(tournament, text)
    except ChangeError as error:
        raise click.UsageError(f"{error.what} {error.advice or ''}".strip()) from None


@policy.command()
@tournament_option
@since_option
@click.option("--name", metavar="NAME", help="What the history calls it.")
@json_option
@click.pass_obj
def on(
    global_options: GlobalOptions,
    tournament: Tournament | None,
    since: int | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Put the edited policy in force. Every sync then adds the changes it implies as drafts;
    nothing is sent that was not confirmed."""
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        drafts = book.policy.switch_on(number, since, name)
        version = book.policy.report(number).versions[-1]
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
def off(
    global_options: GlobalOptions, tournament: Tournament | None, since: int | None, as_json: bool
) -> None:
    """Leave payouts where they land from now on. Drafts in the queue stay."""
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        book.policy.switch_off(number, since)
        version = book.policy.report(number).versions[-1]
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
def simulate(
    global_options: GlobalOptions, tournament: Tournament | None, last: int, as_json: bool
) -> None:
    """The past with and without the edited policy. Without network; nothing is kept."""
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        replay = book.policy.replay(number, last)
        names = show.names_of(book.policy.report(number))
        decimals = book.config.display.decimals
    if as_json:
        echo_json(show.replay_json(number, replay, names))
    else:
        show.echo_replay(replay, names, decimals)


@policy.command()
@tournament_option
@json_option
@click.pass_obj
def history(global_options: GlobalOptions, tournament: Tournament | None, as_json: bool) -> None:
    """Every policy that was put in force, oldest first."""
    with opened(global_options) as book:
        number = _tournament(book, tournament)
        report = book.policy.report(number)
    names = show.names_of(report)
    if as_json:
        versions = [show.version_json(version, names) for version in report.versions]
        echo_json({"tournament": int(number), "versions": versions})
    else:
        show.echo_history(report, names)


def _tournament(book: Book, typed: Tournament | None) -> Tournament:
    """The tournament meant: the one given, else the only one with a policy or with models."""
    return typed or arguments.the_only(
        book.policy.tournaments() or book.tournaments(), none=NEVER_SYNCED
    )


def _echo_report(book: Book, report: PolicyReport, *, as_json: bool) -> None:
    if as_json:
        echo_json(show.policy_json(report))
    else:
        show.echo_policy(report, book.config.display.decimals)
