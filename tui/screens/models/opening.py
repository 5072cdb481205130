"""Pages about one model: its rounds, and the modes narrowed to it."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.domain.names import said
from tui.screens.dialogs.flow import host_of
from tui.screens.going import Going

if TYPE_CHECKING:
    from tui.screens.pane import Pane
    from tui.screens.queue.change_keys import StakedModel


def open_rounds(
    page: Going, model_id: str, name: str, numbers: Collection[int] | None = None
) -> Going:
    """Over ``page``, show the rounds of a model; those of ``numbers`` only, if there are any."""
    from tui.screens.models.rounds import RoundsPane

    return page.open(partial(RoundsPane, model_id, name, numbers))


def open_mode_of(page: Going, mode: str, model: StakedModel) -> None:
    """Over ``page``, show a mode with nothing but what is about ``model``."""
    model_id, tournament = model.model_id, model.tournament
    title = f"{mode.capitalize()} of {said(model.name)}"

    def make() -> Pane[Any]:
        pane = host_of(page.app).new_pane(mode)
        pane.narrow(model_id, tournament, title)
        return pane

    page.open(make)
