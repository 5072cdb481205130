"""Pages many panes open: a model's rounds, the modes narrowed to it, and the risk of all."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ledger.domain.names import said
from tui.screens.dialogs.flow import host_of
from tui.screens.going import Going

if TYPE_CHECKING:
    from ledger.domain.model import Tournament

ROUNDS = "rounds"
"""The page with all rounds of one model."""

RISK = "risk"
"""The page on what the running rounds could lose together."""


def open_rounds(
    page: Going,
    tournament: Tournament,
    model: tuple[str, str],
    numbers: Collection[int] | None = None,
) -> None:
    """Over ``page``, show the rounds of ``model`` (id, name); those of ``numbers`` only, if there
    are any."""
    model_id, name = model

    def make() -> Going:
        rounds = host_of(page.app).new_pane(ROUNDS)
        rounds.narrow(model_id, tournament, said(name), numbers)
        return rounds

    page.open(make)


def open_mode_of(page: Going, mode: str, tournament: Tournament, model: tuple[str, str]) -> None:
    """Over ``page``, show a mode with nothing but what is about ``model`` (id, name)."""
    model_id, name = model

    def make() -> Going:
        pane = host_of(page.app).new_pane(mode)
        pane.narrow(model_id, tournament, f"{mode.capitalize()} of {said(name)}")
        return pane

    page.open(make)


def open_risk(page: Going) -> None:
    """Over ``page``, show what the running rounds could lose together."""
    page.open(lambda: host_of(page.app).new_pane(RISK))
