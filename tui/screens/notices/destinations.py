"""Where enter on a notice goes: to the row that it is about, or to what else there is to see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from ledger.reports.notices.notice import Notice, NoticeKind
from tui import keys
from tui.format import full
from tui.screens.dialogs.flow import read
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.stakes.strategy_dialog import show_strategy

if TYPE_CHECKING:
    from tui.host import Host
    from tui.screens.going import Going

Way = Callable[["Host", Notice], Awaitable[None]]


async def go_to(app: Host, notice: Notice) -> None:
    """Show what ``notice`` is about."""
    await WAYS[notice.kind](app, notice)


def _open(
    app: Host,
    mode: str,
    row: Callable[[Any], bool],
    notice: Notice,
    *,
    column: str = "",
    prepare: Callable[[Going], None] = lambda _: None,
) -> None:
    """A mode as a page over the one in front, ``row`` marked."""

    def make() -> Going:
        page = app.new_pane(mode)
        page.seek(row, tournament=notice.tournament, column=column)
        prepare(page)
        return page

    cast("Going", app.pane).open(make)


def _column(notice: Notice) -> str:
    """The first of its models where models are columns."""
    return next(iter(notice.model_ids), "")


def _is_model(notice: Notice) -> Callable[[Any], bool]:
    """Tells the row of its first model; that of any in its tournament where it names none."""
    ids = notice.model_ids[:1]
    return lambda row: row.model_id in ids if ids else notice.tournament in {None, row.tournament}


async def _to_slot(app: Host, notice: Notice) -> None:
    _open(app, "slots", lambda row: row.round == notice.round, notice, column=_column(notice))


async def _to_payout(app: Host, notice: Notice) -> None:
    def is_it(group: Any) -> bool:
        return notice.round in group.rounds and notice.tournament in group.tournaments

    _open(app, "earnings", is_it, notice, column=_column(notice))


async def _to_unlock(app: Host, notice: Notice) -> None:
    about = (notice.tournament, notice.round)

    def is_it(row: Any) -> bool:
        return any((entry.tournament, entry.round) == about for entry in row.entries)

    _open(app, "unlocks", is_it, notice)


async def _to_stake(app: Host, notice: Notice) -> None:
    _open(app, "stakes", _is_model(notice), notice)


async def _to_strategy(app: Host, notice: Notice) -> None:
    await _to_stake(app, notice)
    if notice.tournament is not None:
        await show_strategy(app, notice.tournament)


async def _to_model(app: Host, notice: Notice) -> None:
    """With its detail, which says what of its figures is not told."""

    def with_detail(page: Going) -> None:
        page.opens_detail = True

    _open(app, "models", _is_model(notice), notice, prepare=with_detail)


async def _to_untold(app: Host, notice: Notice) -> None:
    if notice.model_ids:
        await _to_model(app, notice)
    else:
        await show_untold(app)


async def show_untold(app: Host) -> None:
    """Say all that Numerai does not tell."""
    missing = await read(app.book.missing)
    _say(
        app,
        "Not told",
        *(line.sentence for line in missing.lines),
        "“numstake-tui doctor --acknowledge all” takes note of it.",
    )


async def _to_disagreement(app: Host, notice: Notice) -> None:
    if notice.round is not None:
        await _to_payout(app, notice)
    elif notice.model_ids:
        await _to_strategy(app, notice)
    else:
        when = [f"Kept {full(notice.at)}."] if notice.at is not None else []
        _say(
            app,
            "Records",
            notice.sentence,
            *when,
            "“numstake-tui export csv” has it among all movements.",
        )


async def _to_sync(app: Host, notice: Notice) -> None:
    error = app.syncing.error
    key = keys.shown_key(keys.BY_ID["sync"], app.book.config.keys)
    after = [f"The last one failed. {error}"] if error is not None else []
    now = "A sync is running." if app.syncing.running else f"{key} asks Numerai now."
    _say(app, "Sync", notice.sentence, *after, now, "“numstake-tui doctor” looks for reasons.")


async def _to_key(app: Host, notice: Notice) -> None:
    _say(
        app,
        "API key",
        notice.sentence,
        "To have it, make a key with that scope on Numerai's website, then run “numstake-tui "
        "login”.",
    )


async def _to_clock(app: Host, notice: Notice) -> None:
    _say(app, "Clock", notice.sentence, f"By Numerai's clock it is {full(app.book.now())}.")


async def _to_settings(app: Host, _: Notice) -> None:
    app.open_settings()


async def _to_change(app: Host, notice: Notice) -> None:
    _open(app, "queue", lambda row: row.change.id == notice.change, notice)


def _say(app: Host, title: str, *paragraphs: str) -> None:
    app.push_screen(TextDialog(title, "\n\n".join(paragraphs)))


WAYS: dict[NoticeKind, Way] = {
    NoticeKind.SUBMISSION: _to_slot,
    NoticeKind.LATE: _to_slot,
    NoticeKind.BURN: _to_payout,
    NoticeKind.RELEASED: _to_stake,
    NoticeKind.RESOLUTION: _to_unlock,
    NoticeKind.CLAIM: _to_unlock,
    NoticeKind.IDLE: _to_strategy,
    NoticeKind.UNDONE: _to_change,
    NoticeKind.SCOPE: _to_key,
    NoticeKind.STALE: _to_sync,
    NoticeKind.GONE: _to_model,
    NoticeKind.MISSING: _to_untold,
    NoticeKind.CORRECTED: _to_payout,
    NoticeKind.DISAGREEMENT: _to_disagreement,
    NoticeKind.TROUBLE: _to_strategy,
    NoticeKind.CLOCK: _to_clock,
    NoticeKind.CONFIG: _to_settings,
}
"""The way for each kind; there is one for all of them."""
