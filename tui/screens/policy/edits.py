"""Edits of a payout policy: what can be taken back, and rows copied to others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.policy import ITSELF, Destination, DestinationKind, Policy, PolicyRow
from tui.screens.targets.edits import Edit

if TYPE_CHECKING:
    from ledger.policy.policies import PolicyBook
    from ledger.reports.policy.matrix import PolicyReport

MOST = 200
"""Edits of a tournament that can be taken back."""


@dataclass(frozen=True)
class ShareEdit(Edit):
    """A percentage typed on a cell; ``row`` and ``column`` are the cell's keys."""

    row: str = ""
    column: str = ""


class Trail:
    """The policies before and after each edit, while the editor is open.

    Writing methods run in the thread of the edits, one after the other.
    """

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._past: dict[Tournament, list[Policy]] = {}
        self._future: dict[Tournament, list[Policy]] = {}

    def write(self, tournament: Tournament, change: Callable[[PolicyReport], PolicyReport]) -> None:
        """Make an edit of what there is.

        Raises:
            LedgerError: it is refused; nothing was kept.
        """
        before = self._policies.report(tournament)
        after = change(before)
        if after.policy != before.policy:
            self._past.setdefault(tournament, []).append(before.policy)
            del self._past[tournament][:-MOST]
            self._future[tournament] = []

    def can_undo(self, tournament: Tournament) -> bool:
        """Whether an edit can be taken back."""
        return bool(self._past.get(tournament))

    def can_redo(self, tournament: Tournament) -> bool:
        """Whether one that was taken back can be made again."""
        return bool(self._future.get(tournament))

    def undo(self, tournament: Tournament) -> None:
        """Take the last edit back, if there is one."""
        self._step(tournament, self._past, self._future)

    def redo(self, tournament: Tournament) -> None:
        """Make the edit taken back again, if there is one."""
        self._step(tournament, self._future, self._past)

    def _step(
        self,
        tournament: Tournament,
        source: dict[Tournament, list[Policy]],
        target: dict[Tournament, list[Policy]],
    ) -> None:
        if source.get(tournament):
            now = self._policies.report(tournament).policy
            self._policies.keep(source[tournament][-1])
            source[tournament].pop()
            target.setdefault(tournament, []).append(now)


def with_copied(
    policy: Policy, shares: Mapping[Destination, Decimal], sources: Iterable[str | None]
) -> Policy:
    """The policy with ``shares`` for each of ``sources``, all others (``None``) last."""
    rows = {row.source: row for row in policy.rows}
    rows |= {source: PolicyRow(source, _for(source, shares)) for source in sources}
    ordered = sorted(rows.values(), key=lambda row: (row.source is None, row.source or ""))
    return replace(policy, rows=tuple(ordered))


def _for(source: str | None, shares: Mapping[Destination, Decimal]) -> dict[Destination, Decimal]:
    """What another row gives to this very model it keeps itself."""
    own = Destination(DestinationKind.MODEL, source or "")
    kept: dict[Destination, Decimal] = {}
    for place, part in shares.items():
        to = ITSELF if place == own else place
        kept[to] = kept.get(to, Decimal(0)) + part
    return kept
