"""Where enter on a line of the first page goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ledger.reports.home.places import Spot
from tui.screens.dialogs.flow import follow, host_of
from tui.screens.models.opening import RISK, open_rounds

if TYPE_CHECKING:
    from ledger.domain.earnings.paid_rounds import Grouping
    from ledger.domain.model import Model, Tournament
    from ledger.reports.home.coming import Coming
    from ledger.reports.notices.notice import Notice
    from tui.screens.earnings.earnings import EarningsPane
    from tui.screens.going import Going
    from tui.screens.pane import Pane

Way = Callable[["Going"], None]
"""Opens what a line is about over the page it stands on."""

_MODES = {
    Spot.STAKED: "stakes",
    Spot.LOCKED: "unlocks",
    Spot.IDLE: "stakes",
    Spot.CLAIMABLE: "unlocks",
    Spot.WALLET: "stakes",
    Spot.MOVING: "stakes",
    Spot.OWNER: "stakes",
}
"""Where what is in a place is told one by one."""


def _open(
    page: Going,
    mode: str,
    row: Callable[[Any], bool] | None = None,
    *,
    tournament: Tournament | None = None,
    prepare: Callable[[Going], None] = lambda _: None,
) -> None:
    def make() -> Going:
        opened = host_of(page.app).new_pane(mode)
        if row is not None:
            opened.seek(row, tournament=tournament)
        prepare(opened)
        return opened

    page.open(make)


def mode(name: str) -> Way:
    """A mode with all that is in it."""
    return lambda page: _open(page, name)


def spot(place: Spot) -> Way:
    """What is in one place."""
    return mode(_MODES[place])


def model(about: Model) -> Way:
    """The rounds of one model."""
    return lambda page: open_rounds(page, about.tournament, (about.id, about.name))


def notice(about: Notice) -> Way:
    """What a notice is about."""

    def go(page: Going) -> None:
        from tui.screens.notices.destinations import go_to

        host = host_of(page.app)
        follow(host, lambda: go_to(host, about), group="notice")

    return go


def period(by: Grouping | str, label: str | None) -> Way:
    """Earnings by day, week, month or year, with the cursor on the line ``label``."""

    def prepare(page: Going) -> None:
        from ledger.domain.earnings.paid_rounds import Grouping

        cast("EarningsPane", page).begin_by(Grouping(by))

    def is_it(group: Any) -> bool:
        return bool(group.key == label)

    return lambda page: _open(page, "earnings", is_it if label else None, prepare=prepare)


def coming(about: Coming) -> Way:
    """What a line of the next days is about."""
    from ledger.reports.home.coming import ComingKind

    def is_round(row: Any) -> bool:
        return bool(row.round == about.round)

    def is_model(row: Any) -> bool:
        return bool(row.model_id == about.model_id)

    def is_day(row: Any) -> bool:
        return any(entry.at.date() == about.day for entry in row.entries)

    def is_release(row: Any) -> bool:
        return any(entry.model_id == about.model_id for entry in row.entries)

    def is_change(row: Any) -> bool:
        return about.change is not None and bool(row.change.id == about.change.id)

    ways: dict[ComingKind, tuple[str, Callable[[Any], bool]]] = {
        ComingKind.CLOSE: ("slots", is_round),
        ComingKind.UNLOCK: ("unlocks", is_day),
        ComingKind.RELEASE: ("unlocks", is_release),
        ComingKind.INCREASE: ("stakes", is_model),
        ComingKind.CHANGE: ("queue", is_change),
    }
    name, row = ways[about.kind]
    return lambda page: _open(page, name, row, tournament=about.tournament)


def risk(model_id: str = "", tournament: Tournament | None = None) -> Way:
    """What is known of risk, of all or of one tournament, with the cursor on one model's row."""

    def prepare(page: Going) -> None:
        cast("Pane[Any]", page).tournament = tournament

    def is_model(row: Any) -> bool:
        return bool(row.model_id == model_id)

    return lambda page: _open(page, RISK, is_model if model_id else None, prepare=prepare)
