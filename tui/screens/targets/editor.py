"""The editor of targets: what every stake of a tournament should become."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.target import with_mode
from ledger.errors import LedgerError
from tui import keys
from tui.messages import JobFailed
from tui.screens.models.opening import open_rounds
from tui.screens.targets import editor_atomic as per_round
from tui.screens.targets.editor_atomic import PerRound
from tui.screens.targets.editor_columns import about, balance, columns, totals, verdict
from tui.screens.targets.edits import Edit, Edits
from tui.screens.targets.pane import TargetsPane
from tui.theme import Parts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid
from tui.widgets.tables.keyed_grid import KeyedGrid
from tui.widgets.typed_line import TypedLine

BEGINS = frozenset("0123456789.+-=%")
"""Characters that begin a target."""

HINT = "Type a target: 40 · 25% · +3 · -2.5 · max · drain"
NO_MATCH = "No model matches the filter. Escape drops it."
NO_MODELS = "No models in this tournament."


class AllocationEditor(TargetsPane[Allocation]):
    """One row for each model of a tournament."""

    MODE = "targets"
    TRAIL = ("Stakes", "Targets")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.TARGETS,)
    ALL_TOURNAMENTS = False
    HELP = (
        "What every stake should become. Type on a row: 40 or =40 is NMR, 25% a share of the "
        "tournament's stakes, +3 and -2.5 change what will be there once the pending change is "
        "done, max takes all NMR no other model wants, drain releases everything, an empty "
        "text leaves the stake as it is. Enter keeps what was typed and goes on, Escape drops "
        "it.\n\n"
        "“After” is the stake once the pending change is done; “how” says when the target is "
        "reached. Below the table: what the targets ask for against stakes, Numerai wallet and "
        "releases, and what is missing until when.\n\n"
        "Where staking is atomic, 0.5/r is NMR in each round; everything else means what the "
        "model holds once all rounds that run at a time hold it (20 or 60 scoring days: 24 or 64 "
        "rounds, from the rounds themselves). “Per round” is what it takes now, “becomes” what "
        "the target makes of it. M switches between constant (each round takes the per-round "
        "stake) and compound (each round takes the newest claim).\n\n"
        "w spreads NMR by a rule and shows the outcome before you take it; it leaves models "
        "locked with L alone. o keeps targets under a name and brings them back.\n\n"
        "Targets are on disk with every edit, and nothing is sent from here: p shows the plan, "
        "which can be queued. O opens the model's rounds, Escape goes back."
    )
    BINDINGS = keys.bindings(keys.TARGETS)
    DEFAULT_CSS = """
    AllocationEditor {
        #totals { height: 6; padding: 0 2; border-top: solid $panel; }
        &.atomic #totals { height: 8; }
        &.atomic #about { height: 4; }
        #balance { height: 2; }
        #verdict { height: 1; }
        #about { height: 2; }
    }
    """

    def __init__(
        self, tournament: Tournament, model_id: str | None = None, first: Collection[str] = ()
    ) -> None:
        """Begin on the row of ``model_id``; the models ``first``, by id, stand above all others."""
        super().__init__()
        self._first = first
        self.tournament = tournament
        self._marked = model_id
        self._edits = Edits(self.app, self._written, self._refused)
        self._commands: dict[str, Callable[[], object]] = {}
        self._loaded: tuple[Allocation | None, PerRound | None] = (None, None)

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield KeyedGrid[AllocationLine](
                row_key=lambda line: line.model_id, empty=NO_MODELS, take=self._take_key
            )
            yield TypedLine(HINT)
            with Vertical(id="totals"):
                yield Note(id="balance")
                yield Note(id="verdict")
                yield Note(id="about")

    def load(self) -> Allocation:
        tournament = self.tournament or Tournament.CLASSIC
        report = self.book.targets.allocation(tournament)
        atomic = report.system is System.ATOMIC
        settings = per_round.read_per_round(self.book.stakes.atomic, tournament) if atomic else None
        self._loaded = (report, settings)
        return report

    @property
    def per_round(self) -> PerRound | None:
        """What stands behind the targets on screen where staking is atomic."""
        report, settings = self._loaded
        return settings if report is self.report else None

    def refilter(self) -> None:
        """Another tournament has other targets; a text only hides rows."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self.reload()
        else:
            super().refilter()

    def show(self, report: Allocation) -> None:
        lines = [line for line in report.lines if self.matches(line.name)]
        lines.sort(key=lambda line: line.model_id not in self._first)
        grid, decimals, now = self._table, self.book.config.display.decimals, self.book.now()
        grid.set_empty(NO_MATCH if report.lines else NO_MODELS)
        settings = self.per_round
        shown = columns(report, decimals, self.size.width)
        sums = totals(report, decimals)
        if settings is not None:
            shown = per_round.columns(report, settings, decimals)
            sums |= per_round.totals(report, settings, decimals)
        self.set_class(settings is not None, "atomic")
        self._typing.suggest(HINT if settings is None else per_round.HINT)
        grid.show(lines, columns=shown, totals=sums if lines else None)
        self._mark_first()
        self.query_one("#balance", Note).show(balance(report, decimals))
        self.query_one("#verdict", Note).show(verdict(report, decimals, now))
        self._explain(grid.selected)

    def caption(self) -> Parts:
        name = self.report.name if self.report is not None else None
        words: Parts = ((f"from “{name}”", "muted"),) if name else ()
        lines = self.report.lines if self.report is not None else ()
        here = sum(line.model_id in self._first for line in lines)
        there = len(self._first)
        some = f"{here}" if here == there else f"{here} of {there}"
        return ((f"{some} marked, on top  ", "pending"), *words) if there else words

    def actions(self) -> list[keys.Action]:
        """Digits are amounts here, so the modes have no keys."""
        words = {"choose": ("edit", "Type a target for the model marked.")}
        return [
            replace(action, label=words[action.id][0], help=words[action.id][1])
            if action.id in words
            else action
            for action in super().actions()
            if not action.call.startswith("mode(")
        ]

    @property
    def _table(self) -> Grid[AllocationLine]:
        return self.query_one(Grid)

    @property
    def _typing(self) -> TypedLine:
        return self.query_one(TypedLine)

    def _mark_first(self) -> None:
        for index, line in enumerate(self._table.rows):
            if line.model_id == self._marked:
                self._marked = None
                self._table.move_to(index)

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[AllocationLine]) -> None:
        """Say what the row means."""
        self._explain(event.row)

    def _explain(self, line: AllocationLine | None) -> None:
        settings, place = self.per_round, self.query_one("#about", Note)
        if line is None or self.report is None:
            place.show("")
        elif settings is None:
            place.show(about(line, self.report.plan.ways(line.model_id), self.book.now()))
        else:
            place.show(per_round.about(line, self.report, settings))

    # Typing

    def _take_key(self, key: str, character: str | None) -> bool:
        """A key on the table; whether it meant anything."""
        if self._typing.is_open:
            return self._take_typed(key, character)
        command = self._commands.get(key)
        if command is not None:
            command()
        elif character is not None and character in BEGINS:
            self._begin(character, caret=0 if character == "%" else 1)
        else:
            return False
        return True

    def _take_typed(self, key: str, character: str | None) -> bool:
        steps = {"enter": 1, "down": 1, "up": -1}
        if key in steps:
            self._keep(steps[key])
        elif key == "escape":
            self._typing.close()
        else:
            return self._typing.press(key, character)
        return True

    def remap(self) -> None:
        super().remap()
        self._commands = self._commands_by_key()

    def _commands_by_key(self) -> dict[str, Callable[[], object]]:
        """What is done to the row marked or moves the mark, at once and in order."""
        owners = {keys.TARGETS: self, keys.TABLE: self._table}
        return keys.commands(owners, self.remapped, self._edit_there)

    @on(Grid.Chosen)
    def _edit_there(self) -> None:
        """Edit the target there is."""
        line = self._table.selected
        if line is not None:
            self._begin(line.text)

    def _begin(self, text: str, caret: int | None = None) -> None:
        line = self._table.selected
        if line is not None:
            self._typing.open(line.model_id, f"Target of {said(line.name)}:", text, caret=caret)

    def _keep(self, step: int) -> None:
        """Write what was typed, and go on with the next row meanwhile."""
        model_id, text = self._typing.key, self._typing.value.strip()
        self._typing.close()
        self._table.move_to(self._table.cursor + step)
        if model_id is not None:
            self._set(model_id, text)

    # Editing

    def _set(self, model_id: str, text: str) -> None:
        self._edit(lambda t: self.book.targets.set(t, model_id, text), model_id, text)

    def _edit(
        self, write: Callable[[Tournament], object], model_id: str | None = None, text: str = ""
    ) -> None:
        tournament = self.tournament
        if tournament is not None:
            self._edits.add(Edit(lambda: write(tournament), model_id, text))

    def _written(self) -> None:
        if self.is_attached:
            self.reload()

    def _refused(self, edit: Edit, error: LedgerError) -> None:
        """Say it beside the field, which is open again unless something else is typed by now."""
        rows = self._table.rows if self.is_attached else []
        index = next((at for at, row in enumerate(rows) if row.model_id == edit.model_id), None)
        if index is None or self._typing.is_open or self.app.screen is not self:
            self.app.post_message(JobFailed(error))
            return
        self._table.move_to(index)
        self._begin(edit.text, caret=len(edit.text))
        self._typing.object_to(error.what)

    def _set_selected(self, text: str) -> None:
        line = self._table.selected
        if line is not None:
            self._set(line.model_id, text)

    def action_drain_target(self) -> None:
        """Release everything from the model."""
        self._set_selected("drain")

    def action_max_target(self) -> None:
        """Give the model all NMR no other one wants."""
        self._set_selected("max")

    def action_clear_target(self) -> None:
        """Leave the model as it is, its mode too."""
        line = self._table.selected
        if line is not None:
            self._set(line.model_id, "")

    def action_clear_targets(self) -> None:
        """Leave all models as they are."""
        self._edit(self.book.targets.clear)

    def action_mode(self) -> None:
        """Want the other mode, with the target there is or the present per-round stake."""
        line, settings = self._table.selected, self.per_round
        if line is None or settings is None:
            self.notify("Modes belong to atomic staking; this tournament is continuous.")
            return
        now = settings.now(line)
        text = line.text or (f"{now}/r" if now else "")
        mode = settings.switched(line)
        if not text:
            self.notify("Type what it should stake per round first, such as 0.5/r.", timeout=4)
            return
        new_mode = None if mode is settings.mode(line) else mode
        self._set(line.model_id, with_mode(text, new_mode))

    def action_lock(self) -> None:
        """Make weights leave the model alone, or not any more."""
        line = self._table.selected
        if line is not None:
            self._edit(lambda t: self.book.targets.switch_lock(t, line.model_id))

    def action_way(self) -> None:
        """Take the next way around the pending release of the model marked."""
        line = self._table.selected
        if line is not None:
            self._edit(lambda t: self.book.targets.next_option(t, line.model_id))

    def action_undo_target(self) -> None:
        """Take the last edit back."""
        if self._edits.busy or (self.report and self.report.can_undo):
            self._edit(self.book.targets.undo)
        else:
            self.notify("There is no edit to take back.", timeout=2)

    def action_redo_target(self) -> None:
        """Make the edit taken back again."""
        if self._edits.busy or (self.report and self.report.can_redo):
            self._edit(self.book.targets.redo)
        else:
            self.notify("There is no edit to make again.", timeout=2)

    # Dialogs

    def action_weights(self) -> None:
        """Spread NMR by a rule, previewed before it applies."""
        from tui.screens.targets.suggest_dialog import SuggestDialog

        if self.report is not None and self._table.rows:
            self.app.push_screen(SuggestDialog(self.book, self.report), self._apply)

    def _apply(self, amounts: dict[str, NMR] | None) -> None:
        if amounts:
            texts = {model_id: str(amount) for model_id, amount in amounts.items()}
            self._edit(lambda t: self.book.targets.set_all(t, texts))

    def action_target_sets(self) -> None:
        """Load, save, copy or delete named targets."""
        from tui.screens.targets.sets_dialog import TargetSetsDialog

        if self.report is not None:
            dialog = TargetSetsDialog(self.book, self.report.tournament, self.report.name)
            self.app.push_screen(dialog, lambda _: self._written())

    def action_open(self) -> None:
        """The rounds of the model marked."""
        line = self._table.selected
        if line is not None and self.report is not None:
            open_rounds(self, self.report.tournament, (line.model_id, line.name))

    def action_plan(self) -> None:
        """Show what it takes to get there."""
        from tui.screens.targets.plan import PlanPane

        if self.report is not None:
            tournament = self.report.tournament
            self.open(lambda: PlanPane(tournament), lambda _: self._written())
