"""Putting a payout policy in force, and taking it out, each after a Yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import App

from ledger.domain.model import Tournament
from ledger.domain.policy import Replay
from ledger.domain.targets.plan import Step
from ledger.errors import ChangeError
from ledger.reports.policy.matrix import PolicyReport
from tui.format import count
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import book_of, must_write, read
from tui.screens.policy.dialogs import Beginning, BeginningDialog
from tui.screens.policy.words import BURNS, drafts, names_of, occasions, past, rows_words

TRIED = 60
"""Settled rounds the question looks back."""

UNASKED = (
    "Nothing is executed unasked: drafts wait in the queue until you confirm them there, within "
    "the same limits as any other change."
)


async def switch_on(app: App[Any], tournament: Tournament) -> None:
    """Ask from when on, restate everything, and put the edited policy in force after a Yes.

    Raises:
        ReadOnly: nothing may be changed.
        ChangeError: the policy can't be meant or gives nothing away.
    """
    book = book_of(app)
    policies = book.policy
    await must_write(book)
    await read(lambda: policies.preview(tournament))
    report = await read(lambda: policies.report(tournament))
    start: Beginning | None = await app.push_screen_wait(BeginningDialog(report))
    if start is None:
        return
    since, name = start.since, start.name
    steps = await read(lambda: policies.preview(tournament, since))
    replay = await read(lambda: _tried(app, tournament))
    question = on_question(report, start, steps, replay, book.config.display.decimals)
    if not await app.push_screen_wait(ConfirmDialog(question)):
        return
    queued = await read(lambda: policies.switch_on(tournament, since, name))
    app.post_message(BookChanged())
    waiting = f"; {count(len(queued), 'draft')} in the queue" if queued else ""
    app.notify(f"In force from round {since} on{waiting}. Nothing is sent yet.", timeout=6)


def _tried(app: App[Any], tournament: Tournament) -> Replay | None:
    """Runs in a thread. ``None`` where there is no past to try it on."""
    try:
        return book_of(app).policy.replay(tournament, TRIED)
    except ChangeError:
        return None


def on_question(
    report: PolicyReport,
    start: Beginning,
    steps: Sequence[Step],
    replay: Replay | None,
    decimals: int,
) -> Question:
    """What switching on is, restated."""
    active, policy = report.active, report.policy
    named = f", saved with “{start.name}”" if start.name else ""
    sentences = [
        rows_words(policy, names_of(report)),
        f"{BURNS[policy.burns]} {occasions(policy)}",
        drafts(steps),
        past(replay, decimals),
        UNASKED,
    ]
    if active is not None and active.on:
        sentences.insert(1, "It takes the place of the policy that is in force until then.")
    return Question(
        title=f"Switch on · {report.tournament.label}",
        fields=(
            ("Change", "switch the policy on"),
            ("Tournament", report.tournament.label),
            ("From", f"round {start.since}"),
        ),
        statement=(
            f"{report.tournament.label}: payouts from round {start.since} on are allocated "
            f"like this{named}."
        ),
        sentences=tuple(sentences),
        ask="Switch it on?",
        yes="Yes, switch it on",
        no="No",
    )


async def switch_off(app: App[Any], tournament: Tournament) -> None:
    """Leave payouts where they are again, after a Yes.

    Raises:
        ReadOnly: nothing may be changed.
        ChangeError: nothing is switched on.
    """
    book = book_of(app)
    policies = book.policy
    await must_write(book)
    report = await read(lambda: policies.report(tournament))
    upcoming = any(one.on and one.since > report.next_round for one in report.versions)
    if not upcoming and (report.active is None or not report.active.on):
        raise ChangeError("No policy is in force, so there is nothing to switch off.")
    question = Question(
        title=f"Switch off · {tournament.label}",
        fields=(
            ("Change", "switch the policy off"),
            ("Tournament", tournament.label),
            ("From", f"round {report.next_round}"),
        ),
        statement=(
            f"{tournament.label}: payouts from round {report.next_round} on stay where they are."
        ),
        sentences=(
            "What accrued so far is kept, and what is in the queue already stays there.",
            "The percentages stay in the editor; switched on again, they hold from then on.",
        ),
        ask="Switch it off?",
        yes="Yes, switch it off",
        no="No",
    )
    if await app.push_screen_wait(ConfirmDialog(question)):
        await read(lambda: policies.switch_off(tournament, report.next_round))
        app.post_message(BookChanged())
        app.notify(f"Switched off from round {report.next_round} on.", timeout=5)
