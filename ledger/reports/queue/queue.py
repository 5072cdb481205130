"""Changes on their way, with what each of them waits for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.clock import from_iso
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, System
from ledger.domain.queue.change import (
    CONFIRMED,
    DONE,
    TAKE_PROFIT,
    UNSENT,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
)
from ledger.domain.stakes.strategy import Channel
from ledger.reports import words
from ledger.rules import naming
from ledger.rules.queue.certainty import uncertain


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One change on the model ``name``. ``sentence`` says it in words, ``fields`` one by one,
    ``next_action`` what happens or is needed next, ``last_answer`` is Numerai's last word on it.
    ``wanted`` tells why it was wanted, ``why`` why it stands where it does: what it waits for, why
    it was refused; before that, why it was wanted. ``result`` says in words what came of it,
    nothing until Numerai has taken it. ``conditions`` says in parts of a sentence what it has to
    wait for. ``uncertain``: why it can't be confirmed or sent now, because Numerai does not tell
    what it rests on."""

    change: Change
    name: str
    sentence: str
    fields: words.Fields
    next_action: str
    last_answer: str | None
    why: str = ""
    conditions: tuple[str, ...] = ()
    uncertain: str | None = None
    wanted: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class QueueReport:
    """All changes.

    ``lines`` are newest first, ``counts`` how many are in each state. ``missing`` is what Numerai
    did not tell.
    """

    lines: tuple[QueueLine, ...]
    counts: dict[ChangeState, int]
    missing: MissingFacts = NOTHING_MISSING


@dataclass(frozen=True, slots=True)
class ChangeHistory:
    """One change, as its ``line``, with the ``events`` it went through, oldest first."""

    line: QueueLine
    events: tuple[ChangeEvent, ...]


_NEXT = {
    ChangeState.DRAFT: "Confirm it (c) to send it, or cancel it (x).",
    ChangeState.QUEUED: "Confirmed; goes out with the next run of the queue.",
    ChangeState.WAITING: "Goes out with the first run of the queue that finds it due.",
    ChangeState.SENDING: "On its way to Numerai.",
    ChangeState.ACCEPTED: "Numerai took it; settles when a sync shows it done.",
    ChangeState.SETTLED: "Done.",
    ChangeState.REFUSED: "Nothing was changed. Retry it (T) if you still want it.",
    ChangeState.UNKNOWN: "Its answer was lost; it is not sent again. Look it up (U) or judge (V).",
    ChangeState.CANCELLED: "Nothing happens any more.",
}
"""What comes next for a change, by its state."""


_CARRY = {
    Channel.BY_HAND: "Confirmed; w shows what to set on the V3 Stakes page, and marks it as done.",
    Channel.UNSIGNED: "Confirmed; w shows the transaction to sign, and takes the signed one.",
    Channel.SIGNED: "Confirmed; w asks for your passphrase, and sends it.",
}
"""What is left to be done by hand for a confirmed change, by its channel."""

_ON_CHAIN = {
    ChangeState.DRAFT: "Confirm it (c) to carry it out, or cancel it (x).",
    ChangeState.SENDING: "On its way to the chain.",
    ChangeState.ACCEPTED: "In a block; settles when a sync shows it done.",
    ChangeState.UNKNOWN: (
        "Not known to be in a block; it is not sent again. Look it up (U) or judge (V)."
    ),
}
"""What differs for changes of a strategy, which never go to Numerai."""


def _next(change: Change) -> str:
    if change.system is not System.ATOMIC:
        return _NEXT[change.state]
    if change.state in CONFIRMED:
        return _CARRY[change.channel]
    if change.state is ChangeState.ACCEPTED and change.channel is Channel.BY_HAND:
        return "Marked as done; settles when a sync shows it."
    return _ON_CHAIN.get(change.state, _NEXT[change.state])


_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""A time as the ledger keeps it in an answer."""

_STILL_WANTED = frozenset({ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.SENDING})


def build_line(
    change: Change,
    events: Iterable[ChangeEvent],
    missing: MissingFacts = NOTHING_MISSING,
    models: Iterable[Model] = (),
) -> QueueLine:
    """One change with its history, oldest event first; ``models`` are all there are."""
    events, models = tuple(events), tuple(models)
    known_as = naming.renamed(change, models)
    answers = [event.answer for event in events if event.answer]
    return QueueLine(
        change=change,
        name=naming.names(models).get(change.model_id, change.model_name),
        sentence=words.order(known_as),
        fields=words.fields_of(known_as),
        next_action=_next(change),
        last_answer=answers[-1] if answers else None,
        why=_why(change, events),
        conditions=words.conditions(change.conditions),
        uncertain=uncertain(
            change.kind, change.model_id, change.tournament, missing, name=known_as.model_name
        )
        if change.state in UNSENT
        else None,
        wanted=change.reason,
        result=_result(change, answers),
    )


def _result(change: Change, answers: Sequence[str]) -> str:
    """What came of a change, as it is said where Numerai's own words would say little."""
    if change.state not in DONE:
        return ""
    if change.kind in TAKE_PROFIT:
        return f"take profit {'on' if change.kind is ChangeKind.TAKE_PROFIT_ON else 'off'}"
    return _with_dates(answers[-1]) if answers else ""


def _with_dates(answer: str) -> str:
    """An answer with its times as people write them."""

    def in_words(time: re.Match[str]) -> str:
        with suppress(ValueError, OverflowError):
            return words.moment(from_iso(time[0]))
        return time[0]

    return _TIME.sub(in_words, answer)


def _why(change: Change, events: tuple[ChangeEvent, ...]) -> str:
    """The event that brought the change where it is, with Numerai's words to it."""
    if change.state in _STILL_WANTED or not events:
        return change.reason
    arrivals = [event for event in events if event.state is change.state] or [events[-1]]
    event = arrivals[0 if change.state is ChangeState.ACCEPTED else -1]
    return f"{event.reason} {_with_dates(event.answer or '')}".strip()


def build_queue(
    changes: Iterable[tuple[Change, tuple[ChangeEvent, ...]]],
    missing: MissingFacts = NOTHING_MISSING,
    models: Iterable[Model] = (),
) -> QueueReport:
    """All changes, in the order given."""
    models = tuple(models)
    lines = tuple(build_line(change, events, missing, models) for change, events in changes)
    counts = Counter(line.change.state for line in lines)
    kept = {state: counts[state] for state in ChangeState if counts[state]}
    return QueueReport(lines, kept, missing)


def build_history(
    change: Change,
    events: tuple[ChangeEvent, ...],
    missing: MissingFacts = NOTHING_MISSING,
    models: Iterable[Model] = (),
) -> ChangeHistory:
    """One change in full."""
    return ChangeHistory(build_line(change, events, missing, models), events)
