"""Changes of the queue as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain.model import System
from tui.cli.output import Column, echo_table, text_or_none, time_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.book import Book
    from ledger.domain.nmr import NMR
    from ledger.domain.queue.change import AccountSnapshot, Change, ChangeEvent, Conditions
    from ledger.domain.queue.run import RunReport
    from ledger.domain.stakes.strategy import ModelSetting
    from ledger.reports.queue.confirmation import Confirmation
    from ledger.reports.queue.queue import ChangeHistory, QueueLine


def change_json(line: QueueLine, why: str | None = None) -> dict[str, Any]:
    """One change; ``reason`` is why it stands where it does, ``wanted`` why it was asked for."""
    change = line.change
    return {
        "id": change.id,
        "tournament": int(change.tournament),
        "model": change.model_name,
        "model_id": change.model_id,
        "system": change.system.value,
        "kind": change.kind.value,
        "nmr": text_or_none(change.nmr),
        "state": change.state.value,
        "conditions": conditions_json(change.conditions),
        "reason": why or line.why,
        "wanted": line.wanted,
        "uncertain": line.uncertain,
        "created": time_or_none(change.created),
        "updated": time_or_none(change.updated),
        **_strategy_json(change),
    }


def _strategy_json(change: Change) -> dict[str, Any]:
    """What a change of atomic staking says besides."""
    if change.system is not System.ATOMIC:
        return {}
    return {
        "channel": change.channel.value,
        "setting": setting_json(change.setting),
        "setting_before": setting_json(change.base),
    }


def setting_json(setting: ModelSetting | None) -> dict[str, Any] | None:
    """How a strategy stakes on a model."""
    if setting is None:
        return None
    return {
        "per_round": str(setting.per_round),
        "mode": setting.mode.value,
        "enabled": setting.enabled,
    }


def changes_json(book: Book, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Several changes as they are now."""
    return [change_json(book.queue.history(change.id).line) for change in changes]


def history_json(history: ChangeHistory) -> dict[str, Any]:
    """One change with everything it went through, oldest first."""
    return {
        "change": change_json(history.line),
        "events": [_event_json(event) for event in history.events],
    }


def run_json(book: Book, report: RunReport) -> dict[str, Any]:
    """What a run of the queue did."""
    return {
        "found": changes_json(book, report.reconciled),
        "sent": changes_json(book, report.sent),
        "held": [
            change_json(book.queue.history(held.change.id).line, held.why) for held in report.held
        ],
        "left": changes_json(book, report.left),
        "halts": [
            {
                "tournament": None if halt.tournament is None else int(halt.tournament),
                "what": halt.error.what,
                "advice": halt.error.advice,
            }
            for halt in report.halts
        ],
        "stopped": report.stopped,
        "unprepared": [held.change.id for held in report.unprepared],
        "returned": [
            change_json(book.queue.history(held.change.id).line, held.why)
            for held in report.returned
        ],
    }


def restated(confirmation: Confirmation) -> Iterator[str]:
    """What a yes is given to: the fields of each change on a line, its sentence on the next."""
    from ledger.reports.words import headline

    for fields, sentence in zip(confirmation.fields, confirmation.sentences, strict=True):
        yield f"{headline(fields)}\n    {sentence}"


def echo_lines(lines: Sequence[QueueLine]) -> None:
    """Changes as a table, in the order given."""
    columns = [
        Column("#", right=True),
        Column("State"),
        Column("Change"),
        Column("NMR", right=True),
        Column("Model", name=True),
        Column("Tournament", rank=3),
        Column("Conditions", rank=1),
        Column("Why", rank=2),
    ]
    rows = [
        (
            str(line.change.id),
            line.change.state.value,
            line.change.kind.value,
            _amount(line.change),
            line.name,
            line.change.tournament.label,
            ", ".join(line.conditions),
            " ".join((line.uncertain or line.why).split()),
        )
        for line in lines
    ]
    echo_table(columns, rows)


def _amount(change: Change) -> str:
    """What a change moves or sets: ``2.5``, or ``0.5/r`` for NMR per round."""
    if change.setting is not None:
        return f"{change.setting.per_round}/r" if change.setting.enabled else "off"
    return "" if change.nmr is None else str(change.nmr)


def echo_changes(book: Book, changes: Iterable[Change]) -> None:
    """One line for each change: its number, where it stands, what it is, and why."""
    for change in changes:
        line = book.queue.history(change.id).line
        click.echo(f"{change.id} {line.change.state}: {line.sentence}. {line.why}".rstrip())


def echo_run(book: Book, report: RunReport) -> None:
    """What a run of the queue did; silence is for runs that found nothing to do."""
    echo_changes(book, (*report.reconciled, *report.sent))
    for held in report.held:
        click.echo(f"{held.change.id} waiting: {held.why}")
    for held in report.returned:
        click.echo(f"{held.change.id} draft again: {held.why}")
    for change in report.left:
        click.echo(f"{change.id} left {change.state}: the run ended before its turn.")
    if not (report.reconciled or report.sent or report.held or report.left or report.returned):
        click.echo("Nothing is queued.")


def echo_history(history: ChangeHistory) -> None:
    """Everything a change went through, oldest first."""
    line = history.line
    waits = f", {', '.join(line.conditions)}" if line.conditions else ""
    click.echo(f"Change {line.change.id}: {line.sentence}{waits}.")
    for event in history.events:
        click.echo(f"{time_or_none(event.at)}  {event.state.value:<9}  {event.reason}")
        for name in ("request", "answer", "attempt"):
            if text := getattr(event, name):
                click.echo(f"    {name}: {text}")
        for name, snapshot in (("before", event.before), ("after", event.after)):
            if snapshot is not None:
                click.echo(f"    {name}: {_account_words(snapshot)}")


def _account_words(snapshot: AccountSnapshot) -> str:
    pending = "no pending change" if snapshot.pending_known else "pending change not known"
    if snapshot.pending_kind is not None:
        due = f" due {time_or_none(snapshot.pending_due)}" if snapshot.pending_due else ""
        pending = f"{snapshot.pending_kind} of {snapshot.pending_amount} NMR pending{due}"
    return (
        f"{_amount_words(snapshot.settled)} staked, {pending}, "
        f"{_amount_words(snapshot.available)} in the Numerai wallet, "
        f"{_amount_words(snapshot.held)} held"
    )


def _amount_words(nmr: NMR | None) -> str:
    return "unknown NMR" if nmr is None else f"{nmr} NMR"


def conditions_json(conditions: Conditions) -> dict[str, Any]:
    """What a change waits for."""
    return {
        "not_before": time_or_none(conditions.not_before),
        "not_before_round": conditions.not_before_round,
        "after_change": conditions.after_change,
        "when_release_gone": conditions.when_release_gone,
        "when_free": text_or_none(conditions.when_free),
    }


def _event_json(event: ChangeEvent) -> dict[str, Any]:
    return {
        "at": time_or_none(event.at),
        "state": event.state.value,
        "reason": event.reason,
        "attempt": event.attempt,
        "request": event.request,
        "answer": event.answer,
        "before": _account_json(event.before),
        "after": _account_json(event.after),
    }


def _account_json(snapshot: AccountSnapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    pending = snapshot.pending_kind and {
        "kind": snapshot.pending_kind,
        "nmr": text_or_none(snapshot.pending_amount),
        "due": time_or_none(snapshot.pending_due),
    }
    return {
        "taken": time_or_none(snapshot.taken),
        "available": text_or_none(snapshot.available),
        "held": text_or_none(snapshot.held),
        "settled": text_or_none(snapshot.settled),
        "take_profit": snapshot.take_profit,
        "pending": pending,
        "pending_known": snapshot.pending_known,
        "scheduled": snapshot.scheduled,
    }
