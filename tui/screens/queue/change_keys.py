"""The keys that begin a stake change, for any mode whose table has a model in every row."""

from __future__ import annotations

from typing import Protocol

from textual.screen import Screen

from ledger.domain.model import System, Tournament
from ledger.domain.names import said


class StakedModel(Protocol):
    """What a row tells about its model; report lines do."""

    @property
    def model_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def tournament(self) -> Tournament: ...

    @property
    def system(self) -> System: ...

    @property
    def take_profit(self) -> bool | None: ...


class Staking(Screen[None]):
    """Mixed into a mode with the group ``keys.STAKING``."""

    def staked_model(self) -> StakedModel | None:
        """The model of the row marked."""
        raise NotImplementedError

    def action_increase(self) -> None:
        """Put more NMR on the model."""
        self._start("increase")

    def action_decrease(self) -> None:
        """Release some of its NMR."""
        self._start("decrease")

    def action_drain(self) -> None:
        """Release all of it."""
        self._start("drain")

    def action_cancel_release(self) -> None:
        """Call back a release that is pending at Numerai."""
        self._start("cancel-release")

    def action_edit_release(self) -> None:
        """Another amount for a release that is pending."""
        from tui.screens.stakes.release_dialog import start_release_edit

        model = self.staked_model()
        if model is not None:
            start_release_edit(self.app, model.model_id)

    def action_take_profit(self) -> None:
        """Switch where its earnings go."""
        model = self.staked_model()
        on = model is not None and bool(model.take_profit)
        self._start("take-profit-off" if on else "take-profit-on")

    def action_move(self) -> None:
        """Move NMR from the model to others."""
        from tui.screens.targets.move_dialog import start_move

        model = self.staked_model()
        if model is not None:
            start_move(self.app, (model.model_id, model.name, model.tournament))

    async def action_targets(self) -> None:
        """Edit what the stakes of the model's tournament should become."""
        from tui.screens.targets.editor import open_editor

        model = self.staked_model()
        if model is not None:
            await open_editor(self.app, model.tournament, model.model_id)

    def action_positions(self) -> None:
        """List every round the model is staked in."""
        from tui.screens.stakes.positions import PositionsPane

        model = self.staked_model()
        if model is None:
            return
        if model.system is System.CONTINUOUS:
            self.notify(f"{said(model.name)} is on continuous staking: it has one standing stake.")
            return
        above = self.__class__.__name__.removesuffix("Pane")
        pane = PositionsPane(model.tournament, model.model_id, model.name, above)
        self.app.push_screen(pane)

    def action_strategy(self) -> None:
        """Say which system the model's tournament is on, why, and all about its strategy."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.stakes.strategy_dialog import show_strategy

        model = self.staked_model()
        if model is not None:
            tournament = model.tournament
            follow(self.app, lambda: show_strategy(self.app, tournament), group="strategy")

    def _start(self, kind: str) -> None:
        """``kind``: the value of a ``ChangeKind``, which is loaded with the dialogs only."""
        from ledger.domain.queue.change import ChangeKind
        from tui.screens.queue.changing import start_change

        model = self.staked_model()
        if model is not None:
            start_change(self.app, model.model_id, ChangeKind(kind))
