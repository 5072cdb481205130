"""What became of changes that were done by hand, where something else is seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.domain.names import said
from ledger.domain.queue.change import Change
from ledger.reports.notices.notice import Notice, NoticeKind


def undone(changes: Iterable[tuple[Change, str]]) -> Iterator[Notice]:
    """Of ``changes`` that were marked as done, with what chain or round show instead of each: the
    old setting goes on until somebody looks."""
    for change, shown in changes:
        yield Notice(
            f"undone:{change.id}",
            NoticeKind.UNDONE,
            change.tournament,
            (change.model_name,),
            None,
            f"{said(change.model_name)} ({change.tournament.label}): {shown}",
            change.nmr,
            (change.model_id,),
            change=change.id,
        )
