"""The keys that begin a stake change, for any mode whose table has a model in every row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from tui import keys
from tui.format import count
from tui.screens.pane import Pane
from tui.theme import Parts
from tui.widgets.tables.grid import Cell, Column

Report = TypeVar("Report")
Line = TypeVar("Line", bound="StakedModel")

SIGN = "*"
"""Stands beside a model that is marked."""

_MARKS = "mark"
"""The key of the column of these signs."""

_PER_ROUND = {
    "increase": "+",
    "decrease": "-",
    "drain": "off",
    "take-profit-on": "",
    "take-profit-off": "",
}
"""What stands in the amount at first where a kind of change means another stake per round."""


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


class Staking(Pane[Report]):
    """A mode with the group ``keys.STAKING``.

    Models that are marked are where NMR moves to, and whose targets come first; everything else is
    done to the row under the cursor alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._marked: dict[str, str] = {}
        """Names by model id, in the order they were marked."""

    def staked_model(self) -> StakedModel | None:
        """The model of the row under the cursor."""
        raise NotImplementedError

    # Marks

    def action_mark_model(self) -> None:
        """Mark the model, or take its mark away, and go on to the next."""
        model = self.staked_model()
        if model is None or self.grid is None:
            return
        marked = {key: name for key, name in self._marked.items() if key != model.model_id}
        if model.model_id not in self._marked:
            marked[model.model_id] = model.name
        self._mark(marked)
        self.grid.action_down()

    def action_back(self) -> None:
        """Drop the filter, then the marks."""
        if self._marked and not self.filter_text:
            self._mark({})
        else:
            super().action_back()

    def caption(self) -> Parts:
        """How many models are marked, and what for."""
        if not self._marked:
            return ()
        key = keys.shown_key(keys.BY_ID["move"], self.remapped)
        what = f", {key} moves NMR to them" if self.has_class("-wide") else ""
        return ((f"{len(self._marked)} marked{what}", "pending"),)

    def with_marks(self, columns: Sequence[Column[Line]]) -> list[Column[Line]]:
        """``columns`` behind that of the marks, while there are any."""
        own = [column for column in columns if column.key != _MARKS]
        if not self._marked:
            return own
        marked = self._marked
        return [Column(_MARKS, " ", lambda line: _sign(line, marked), fixed=True), *own]

    def keep_marks(self, lines: Sequence[StakedModel]) -> None:
        """Forget the marks of models that are not in ``lines`` any more."""
        there = {line.model_id for line in lines}
        self._marked = {key: name for key, name in self._marked.items() if key in there}

    def _mark(self, marked: dict[str, str]) -> None:
        self._marked = marked
        if self.grid is not None:
            self.grid.set_columns(self.with_marks(self.grid.columns))
        self.recaption()

    # Changes

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
            start_release_edit(self.app, model.model_id, self._alone(model))

    def action_take_profit(self) -> None:
        """Switch where its earnings go."""
        model = self.staked_model()
        on = model is not None and bool(model.take_profit)
        self._start("take-profit-off" if on else "take-profit-on")

    def action_move(self) -> None:
        """Move NMR from the model to others: to those that are marked, at first."""
        from tui.screens.targets.move_dialog import start_move

        model = self.staked_model()
        if model is not None:
            to = [name for key, name in self._marked.items() if key != model.model_id]
            start_move(self.app, (model.model_id, model.name, model.tournament), to)

    def action_targets(self) -> None:
        """Edit what the stakes of the model's tournament should become: of those that are marked
        first of all, in their tournament if none of them is in the model's."""
        from tui.screens.targets.editor import AllocationEditor

        model = self.staked_model()
        if model is None:
            return
        marked, rows = tuple(self._marked), self.grid.rows if self.grid is not None else ()
        there: list[StakedModel] = [row for row in rows if row.model_id in marked]
        same = [row for row in there if row.tournament is model.tournament]
        first = next(iter(same or there), model)
        tournament, model_id = first.tournament, first.model_id
        self.open(lambda: AllocationEditor(tournament, model_id, marked))

    def action_positions(self) -> None:
        """List every round the model is staked in."""
        from tui.screens.stakes.positions import PositionsPane

        model = self.staked_model()
        if model is None:
            return
        if model.system is System.CONTINUOUS:
            self.notify(f"{said(model.name)} is on continuous staking: it has one standing stake.")
            return
        about = (model.tournament, model.model_id, model.name)
        self.open(lambda: PositionsPane(*about))

    def action_strategy(self) -> None:
        """Say which system the model's tournament is on, why, and all about its strategy."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.stakes.strategy_dialog import show_strategy

        model = self.staked_model()
        if model is not None:
            tournament = model.tournament
            follow(self.app, lambda: show_strategy(self.app, tournament), group="strategy")

    def action_open(self) -> None:
        """The model's rounds."""
        from tui.screens.models.opening import open_rounds

        model = self.staked_model()
        if model is not None:
            open_rounds(self, model.tournament, (model.model_id, model.name))

    def action_its_payouts(self) -> None:
        """What the model was paid."""
        self._open_of_model("earnings")

    def action_its_predictors(self) -> None:
        """Who sat in it, round by round."""
        self._open_of_model("slots")

    def action_its_changes(self) -> None:
        """What was asked of it, and what became of that."""
        self._open_of_model("queue")

    def _open_of_model(self, mode: str) -> None:
        from tui.screens.models.opening import open_mode_of

        model = self.staked_model()
        if model is not None:
            open_mode_of(self, mode, model.tournament, (model.model_id, model.name))

    def _start(self, kind: str) -> None:
        """``kind``: the value of a ``ChangeKind``, which is loaded with the dialogs only."""
        from ledger.domain.queue.change import ChangeKind
        from tui.screens.queue.changing import start_change

        model = self.staked_model()
        if model is None:
            return
        start = _PER_ROUND.get(kind)
        if model.system is System.ATOMIC and start is not None:
            from tui.screens.stakes.per_round_dialog import start_per_round

            profit = kind.startswith("take-profit")
            start_per_round(self.app, model.model_id, start, self._alone(model), profit=profit)
            return
        start_change(self.app, model.model_id, ChangeKind(kind), self._alone(model))

    def _alone(self, model: StakedModel) -> str:
        """That others are marked, and nothing is asked for them."""
        others = [key for key in self._marked if key != model.model_id]
        if not others:
            return ""
        key = keys.shown_key(keys.BY_ID["targets"], self.remapped)
        marked = count(len(others), "other model")
        return f"This is for {said(model.name)} alone; {key} sets targets of the {marked} marked."


def _sign(line: StakedModel, marked: Collection[str]) -> Cell:
    return Cell(SIGN if line.model_id in marked else " ", "title")
