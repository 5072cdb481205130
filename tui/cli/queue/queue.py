"""``queue``: stake changes for scripts, and their execution for cron and systemd timers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ledger.domain import typed as amounts
from ledger.domain.model import Tournament
from ledger.domain.queue.change import FUNDS, SETTINGS, WITH_AMOUNT, ChangeKind, ChangeState
from ledger.domain.stakes.strategy import Channel
from ledger.errors import ChangeError
from tui.cli import completing
from tui.cli.account.syncing import stopping
from tui.cli.arguments import json_option, tournament_option
from tui.cli.groups import Group
from tui.cli.missing_output import line_json
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import INCOMPLETE, echo_json, report_error
from tui.cli.queue import queue_options as typed
from tui.cli.queue import queue_output as show

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.nmr import NMR
    from ledger.domain.queue.change import Change
    from ledger.domain.queue.run import RunReport
    from ledger.reports.queue.confirmation import Confirmation

KINDS = [kind.value for kind in ChangeKind]
STATES = [state.value for state in ChangeState]
CHANNELS = [channel.value for channel in Channel if channel is not Channel.NUMERAI]
INTERRUPTED = 130

change_id = click.argument(
    "change_id", metavar="ID", type=click.IntRange(1), shell_complete=completing.changes
)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def queue(context: click.Context) -> None:
    """Stake changes, from draft to what became of them.

    Without a command it lists what may still happen, as `queue list --open` does.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_, states=(), open_only=True, as_json=False)


@queue.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    metavar="STATE",
    help=f"Only changes in this state; may be repeated: {', '.join(STATES)}.",
)
@click.option("--open", "open_only", is_flag=True, help="Only what may still happen.")
@json_option
@click.pass_obj
def list_(
    global_options: GlobalOptions, states: tuple[str, ...], open_only: bool, as_json: bool
) -> None:
    """All changes, in the order in which they are sent. From the ledger, without network."""
    with opened(global_options) as book:
        lines = sorted(
            (
                line
                for line in book.queue.report().lines
                if (not states or line.change.state.value in states)
                and (line.change.state.open or not open_only)
            ),
            key=lambda line: (line.change.position, line.change.id),
        )
    if as_json:
        echo_json({"changes": [show.change_json(line) for line in lines]})
    elif lines:
        show.echo_lines(lines)
    else:
        click.echo("No changes.")


@queue.command()
@tournament_option(required=True)
@click.option(
    "--model",
    metavar="NAME",
    help="The model's name or id; a deposit or withdrawal has none.",
    shell_complete=completing.models,
)
@click.option(
    "--kind",
    required=True,
    type=click.Choice(KINDS),
    metavar="KIND",
    help=f"What to do: {', '.join(KINDS)}.",
)
@click.option(
    "--nmr",
    type=typed.amount,
    metavar="NMR",
    help="How much, for an increase, decrease, deposit or withdrawal.",
)
@typed.setting_options
@typed.condition_options
@json_option
@click.pass_obj
def add(
    global_options: GlobalOptions,
    /,
    *,
    tournament: Tournament,
    model: str | None,
    kind: str,
    nmr: NMR | None,
    as_json: bool,
    **when: Any,
) -> None:
    """Draft a change; prints its number. Nothing is sent before it is confirmed.

    A set-... change is for atomic staking and takes --per-round, --mode, --enabled or --disabled;
    what is left out stays as it is.
    """
    change_kind = ChangeKind(kind)
    setting = typed.setting(when)
    _check_parts(change_kind, model, nmr, any(value is not None for value in setting.values()))
    with opened(global_options) as book:
        conditions = typed.conditions(when)
        channel = Channel(when["channel"]) if when["channel"] else None
        if change_kind in FUNDS and nmr is not None:
            change = book.queue.strategies.add_funds(
                tournament, change_kind, nmr, conditions=conditions, channel=channel
            )
        elif change_kind in SETTINGS:
            model_id = typed.model_id(book, tournament, model or "")
            change = book.queue.strategies.add(
                model_id, change_kind, **setting, conditions=conditions, channel=channel
            )
        else:
            model_id = typed.model_id(book, tournament, model or "")
            change = book.queue.add(model_id, change_kind, nmr, conditions)
        if as_json:
            echo_json(show.change_json(book.queue.history(change.id).line))
        else:
            click.echo(change.id)


def _check_parts(kind: ChangeKind, model: str | None, nmr: NMR | None, setting: bool) -> None:
    """Whether a change of this kind was given what it needs, and nothing else."""
    rules = (
        ("--nmr", nmr is not None, kind in WITH_AMOUNT),
        ("--model", model is not None, kind not in FUNDS),
        ("--per-round, --mode, --enabled or --disabled", setting, kind in SETTINGS),
    )
    for option, there, needed in rules:
        if there is not needed:
            rule = "takes no" if there else "needs"
            raise click.UsageError(f"A change of kind {kind} {rule} {option}.")


@queue.command()
@change_id
@json_option
@click.pass_obj
def done(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """Say that a confirmed change was carried out by hand.

    On the V3 Stakes page of Numerai's website.
    """
    with opened(global_options) as book:
        _echo_change(book, book.queue.strategies.mark_done(change_id), as_json)


@queue.command()
@change_id
@click.argument("way", type=click.Choice(CHANNELS))
@json_option
@click.pass_obj
def way(global_options: GlobalOptions, change_id: int, way: str, as_json: bool) -> None:
    """Carry an atomic change out another way.

    One that was confirmed has to be confirmed again.
    """
    with opened(global_options) as book:
        _echo_change(book, book.queue.strategies.choose(change_id, Channel(way)), as_json)


@queue.command()
@click.argument(
    "ids",
    nargs=-1,
    metavar="ID...",
    type=click.IntRange(1),
    shell_complete=completing.changes,
)
@click.option("--all", "everything", is_flag=True, help="Every draft.")
@click.option(
    "--typed",
    "phrase",
    metavar="TEXT",
    help="The model's name, of several their number and total, such as '3 120.5', or the exact "
    "total, where the config wants it typed (limits.confirm_by_typing_above).",
)
@json_option
@click.pass_obj
def confirm(
    global_options: GlobalOptions,
    ids: tuple[int, ...],
    *,
    everything: bool,
    phrase: str | None,
    as_json: bool,
) -> None:
    """Say yes to drafts: the next run sends those that are due.

    All of them, or none.

    Where they move more than the config lets pass on a yes alone, the model's name has to be
    typed, of several models their number and total: on a terminal it is asked for, elsewhere
    --typed gives it.
    """
    if bool(ids) is everything:
        raise click.UsageError("Name the changes to confirm, or give --all.")
    with opened(global_options) as book:
        if everything:
            lines = book.queue.report().lines
            drafts = [line.change for line in lines if line.change.state is ChangeState.DRAFT]
            ids = tuple(change.id for change in sorted(drafts, key=_order))
        confirmation = book.queue.confirmation(ids)
        _must_be_typed(confirmation, phrase, book.config.display.decimals)
        confirmed = book.queue.confirm_all(ids, shown=confirmation)
        if as_json:
            echo_json({"changes": show.changes_json(book, confirmed)})
            return
        for change, text in zip(confirmed, show.restated(confirmation), strict=False):
            click.echo(f"{change.id} {change.state}: {text}")
        click.echo(f"{len(confirmed)} confirmed, {confirmation.moved or 'no amounts'}.")
        for limit in confirmation.touched:
            click.echo(limit)


def _must_be_typed(confirmation: Confirmation, text: str | None, decimals: int) -> None:
    """Ask for what has to be typed where it is not given; the exact total is as good.

    Raises:
        click.UsageError: it has to be typed, and is missing or another one.
    """
    phrase = None if confirmation.problems else confirmation.phrase(decimals)
    if phrase is None:
        return
    if text is None and sys.stdin.isatty():
        for sentence in show.restated(confirmation):
            click.echo(sentence, err=True)
        click.echo(f"In all: {confirmation.moved}.", err=True)
        text = click.prompt(f"To confirm, type {phrase.text}", err=True, type=str)
    if text is None:
        raise click.UsageError(
            f"Together they move {confirmation.total} NMR, more than a yes alone confirms "
            f"(limits.confirm_by_typing_above): say --typed '{phrase.text}', or the total."
        )
    if not phrase.matches(text) and not _is_total(text, confirmation):
        raise click.UsageError(f"“{text}” is not “{phrase.text}”. Nothing was confirmed.")


def _is_total(text: str, confirmation: Confirmation) -> bool:
    try:
        return amounts.amount(text) == confirmation.total
    except ChangeError:
        return False


@queue.command()
@change_id
@json_option
@click.pass_obj
def cancel(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """Drop a change that was not sent."""
    with opened(global_options) as book:
        _echo_change(book, book.queue.cancel(change_id), as_json)


@queue.command()
@change_id
@click.option("--nmr", type=typed.amount, metavar="NMR", help="Another amount.")
@typed.condition_options
@json_option
@click.pass_obj
def edit(
    global_options: GlobalOptions, /, *, change_id: int, nmr: NMR | None, as_json: bool, **when: Any
) -> None:
    """Alter a change that was not sent.

    "none" takes a condition away. A change that was confirmed is a draft again and has to be
    confirmed again.
    """
    if nmr is None and all(value is None for value in when.values()):
        raise click.UsageError("Say what to alter: --nmr or a condition.")
    with opened(global_options) as book:
        before = book.queue.history(change_id).line.change.conditions
        changed = book.queue.edit(change_id, nmr=nmr, conditions=typed.conditions(when, before))
        _echo_change(book, changed, as_json)


@queue.command()
@change_id
@click.option("--before", type=click.IntRange(1), metavar="ID", help="Right before this one.")
@json_option
@click.pass_obj
def move(global_options: GlobalOptions, change_id: int, before: int | None, as_json: bool) -> None:
    """Give a change another place in the queue.

    Before another one, or behind all.
    """
    with opened(global_options) as book:
        _echo_change(book, book.queue.place(change_id, before=before), as_json)


@queue.command()
@change_id
@json_option
@click.pass_obj
def retry(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """Draft once more what Numerai refused; prints its number."""
    with opened(global_options) as book:
        change = book.queue.retry(change_id)
        if as_json:
            echo_json(show.change_json(book.queue.history(change.id).line))
        else:
            click.echo(change.id)


@queue.command()
@json_option
@click.pass_obj
def run(global_options: GlobalOptions, as_json: bool) -> int:
    """Send what is due and print what was done; for cron and timers.

    Waits for nothing. Ends with 0 when all that was sent was accepted, 1 when something was
    refused, is not known or another process is at it, 3 when Numerai can't be reached, 4 when
    something that was due could not be prepared, or Numerai does not tell something that was not
    acknowledged yet (doctor --acknowledge).
    """
    with opened(global_options) as book:
        with stopping() as stop:
            report = book.queue.run(stop=stop)
        missing = book.missing()
        if as_json:
            lines = [line_json(line) for line in missing.lines]
            echo_json(show.run_json(book, report) | {"missing_facts": lines})
        else:
            show.echo_run(book, report)
    for halt in report.halts:
        report_error(halt.error)
    incomplete = bool(report.unprepared) or missing.incomplete
    return _exit_code(report) or (INCOMPLETE if incomplete else 0)


@queue.command()
@click.argument(
    "ids",
    nargs=-1,
    metavar="[ID]...",
    type=click.IntRange(1),
    shell_complete=completing.changes,
)
@json_option
@click.pass_obj
def reconcile(global_options: GlobalOptions, ids: tuple[int, ...], as_json: bool) -> int:
    """Find out what became of changes whose answer was lost.

    Looks in the account; without ID for all of them. Ends with 1 when one of them is still not
    known.
    """
    with opened(global_options) as book:
        book.queue.recover()
        if not ids:
            unknown = [line.change for line in book.queue.report().lines]
            ids = tuple(
                change.id
                for change in sorted(unknown, key=_order)
                if change.state is ChangeState.UNKNOWN
            )
        reconciled = [book.queue.reconcile(change_id) for change_id in ids]
        if as_json:
            echo_json({"changes": show.changes_json(book, reconciled)})
        elif reconciled:
            show.echo_changes(book, reconciled)
        else:
            click.echo("No answer was lost.")
    return int(any(change.state is ChangeState.UNKNOWN for change in reconciled))


@queue.command()
@change_id
@click.argument("verdict", type=click.Choice(["arrived", "missing"]))
@json_option
@click.pass_obj
def judge(global_options: GlobalOptions, change_id: int, verdict: str, as_json: bool) -> None:
    """Say what became of a change where reconciling can't.

    `queue log` has the evidence.
    """
    with opened(global_options) as book:
        judged = book.queue.judge(change_id, arrived=verdict == "arrived")
        _echo_change(book, judged, as_json)


@queue.command()
@change_id
@json_option
@click.pass_obj
def log(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """Everything a change went through.

    Times, reasons, requests, answers, and the account as it was.
    """
    with opened(global_options) as book:
        history = book.queue.history(change_id)
    if as_json:
        echo_json(show.history_json(history))
    else:
        show.echo_history(history)


def _echo_change(book: Book, change: Change, as_json: bool) -> None:
    if as_json:
        echo_json(show.change_json(book.queue.history(change.id).line))
    else:
        show.echo_changes(book, [change])


def _order(change: Change) -> tuple[int, int]:
    return change.position, change.id


def _exit_code(report: RunReport) -> int:
    if report.halts:
        return report.halts[0].error.exit_code
    if report.stopped:
        return INTERRUPTED
    done = {ChangeState.ACCEPTED}
    return int(any(change.state not in done for change in report.sent))
