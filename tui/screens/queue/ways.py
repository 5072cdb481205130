"""How changes of a strategy go out, as it is chosen in their confirmation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.domain.model import System
from ledger.domain.queue.change import Change
from ledger.domain.stakes.strategy import Channel
from ledger.errors import ChangeError
from tui.screens.dialogs.confirm_dialog import Ways
from tui.screens.dialogs.flow import read

if TYPE_CHECKING:
    from ledger.book import Book

IN_WORDS = {
    Channel.BY_HAND: "you set it on the V3 Stakes page",
    Channel.UNSIGNED: "you sign its transaction elsewhere",
    Channel.SIGNED: "its transaction is signed here",
}

LABELS = {
    Channel.BY_HAND: "by hand",
    Channel.UNSIGNED: "signed elsewhere",
    Channel.SIGNED: "signed here",
}
"""The ways as a confirmation offers them, in this order."""

_BY_LABEL = {label: channel for channel, label in LABELS.items()}


async def ways_for(
    book: Book, changes: Sequence[Change], sentences: Mapping[Channel, str]
) -> Ways | None:
    """The ways of those of ``changes`` that are a strategy's, if all of these go the same way now;
    ``sentences`` say what each way means."""
    atomic = [change for change in changes if change.system is System.ATOMIC]
    channels = {change.channel for change in atomic}
    if len(channels) != 1:
        return None
    (chosen,) = channels

    def trouble_with(way: str) -> str | None:
        channel = _BY_LABEL[way]
        found = (book.queue.trouble_with(channel, change) for change in _one_each(atomic))
        return next((trouble for trouble in found if trouble is not None), None)

    return Ways(
        sentences={label: sentences[channel] for channel, label in LABELS.items()},
        chosen=LABELS[chosen],
        trouble_with=trouble_with,
        trouble=await read(lambda: trouble_with(LABELS[chosen])),
    )


def _one_each(changes: Sequence[Change]) -> list[Change]:
    """One change of each tournament: what stands against a way is the same for all of one."""
    return list({change.tournament: change for change in changes}.values())


async def take_way(book: Book, changes: Sequence[Change], way: str) -> list[Change]:
    """``changes`` as they are once those of a strategy go ``way``; "" leaves all as they are."""
    channel = _BY_LABEL.get(way)
    taken = []
    for change in changes:
        if channel and change.system is System.ATOMIC and change.channel is not channel:
            taken.append(await read(_chosen(book, change.id, channel)))
        else:
            taken.append(change)
    return taken


def _chosen(book: Book, change_id: int, channel: Channel) -> Callable[[], Change]:
    return lambda: book.queue.strategies.choose(change_id, channel)


async def check_way(book: Book, change: Change) -> None:
    """Go on only where nothing is known against the way a change goes.

    Raises:
        ChangeError: something is.
    """
    trouble = await read(lambda: book.queue.trouble_with(change.channel, change))
    if trouble is not None:
        raise ChangeError(trouble, "W takes another way.")
