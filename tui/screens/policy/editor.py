"""Where payouts go: the editor of a tournament's payout policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from textual import on

from ledger.domain.model import Tournament
from ledger.domain.names import shorten
from ledger.domain.policy import DestinationKind, PolicyVersion
from ledger.errors import LedgerError
from ledger.reports.policy.matrix import PolicyColumn, PolicyLine, PolicyReport
from tui import keys
from tui.format import count
from tui.messages import JobFailed
from tui.screens.dialogs.flow import follow
from tui.screens.policy.columns import key_of, route
from tui.screens.policy.dialogs import HistoryDialog, Rules, RulesDialog
from tui.screens.policy.edits import ShareEdit, Trail, with_copied
from tui.screens.policy.matrix import FIND, PolicyMatrix
from tui.screens.policy.words import share
from tui.screens.targets.edits import Edit, Edits
from tui.widgets.tables.grid import Grid

BEGINS = frozenset("0123456789.")
"""Characters that begin a percentage."""

POOL, SHARE = "pool", "share"


class PolicyEditor(PolicyMatrix):
    """Percentages typed into the cells, rows copied, the policy tried and switched on."""

    HELP = (
        "Where the payouts of each model go, in percent: rows give, columns get. “All others” "
        "holds for every model without shares of its own; such rows are dim and have a ↑. Type 25 "
        "or 12.5 on a cell: Enter keeps it and goes on to the right, the arrows up and down keep "
        "it and go there, Escape drops it. “Itself” is what a row leaves of 100 % and stays with "
        "the model that earned it. The Numerai wallet's share is kept free, a pool's is set "
        "aside under a name. Columns begin with what is in force, then the smallest stake; of "
        "many models only those in use and the smallest have a column: f goes to any other by "
        "its name, a shows all.\n\n"
        "Space marks rows and Y copies the row under the cursor to them, without marks to “all "
        "others”; x gives a row up, u takes the last edit back. v shows what accrued in NMR "
        "instead: payouts of all rounds since the first policy, split to the last wei. e says "
        "what burns do and when an accrued amount becomes a change: at a threshold, or every so "
        "many rounds.\n\n"
        "Edits are on disk at once and change nothing by themselves. p tries the policy on past "
        "rounds. w puts it in force from a round on, after a question, W takes it out again; o "
        "lists the versions there were. As rounds settle, each sync adds drafts to the queue; "
        "nothing is sent before you confirm it there."
    )
    BINDINGS = keys.bindings(keys.PAYOUTS)

    def __init__(self, tournament: Tournament | None) -> None:
        super().__init__(tournament)
        self._edits = Edits(self.app, self._written, self._refused)
        self._trail = Trail(self.book.policy)
        self._commands: dict[str, Callable[[], object]] = {}
        self._cell: tuple[PolicyLine, PolicyColumn] | None = None
        """Where a percentage is being typed."""

    def actions(self) -> list[keys.Action]:
        """Digits are percentages here, so the modes have no keys."""
        words = {"choose": ("edit", "Type a percentage for the cell marked.")}
        return [
            replace(action, label=words[action.id][0], help=words[action.id][1])
            if action.id in words
            else action
            for action in super().actions()
            if not action.call.startswith("mode(")
        ]

    # Keys, in the order in which they come

    def take_key(self, key: str, character: str | None) -> bool:
        """A key on the table; whether it meant anything."""
        if self._typing.is_open:
            return self._take_typed(key, character)
        command = self._commands.get(key)
        if command is not None:
            command()
        elif character is not None and character in BEGINS:
            self._begin(character, caret=1)
        else:
            return False
        return True

    def _take_typed(self, key: str, character: str | None) -> bool:
        typing = self._typing
        if key == "escape":
            typing.close()
        elif key == "enter":
            {FIND: self._go, POOL: self._keep_pool, SHARE: self._keep}[typing.key or SHARE]()
        elif key in {"down", "up"} and typing.key == SHARE:
            self._keep(down=1 if key == "down" else -1)
        else:
            return typing.press(key, character)
        return True

    def remap(self) -> None:
        super().remap()
        self._commands = self._commands_by_key()

    def _commands_by_key(self) -> dict[str, Callable[[], object]]:
        """What is done to the cell marked or moves the mark, at once and in order."""
        owners = {keys.PAYOUTS: self, keys.TABLE: self._table}
        return keys.commands(owners, self.remapped, self._edit_there)

    # Typing a percentage

    @on(Grid.Chosen)
    def _edit_there(self) -> None:
        """Edit the percentage there is."""
        line, column = self._table.selected, self._column
        if line is not None and column is not None:
            percentage = line.shares.get(column.destination)
            self._begin(share(percentage).rstrip("%") if percentage else "")

    def _begin(self, text: str, caret: int | None = None) -> None:
        line, column = self._table.selected, self._column
        if line is None or column is None:
            return
        if self._accrued:
            key = keys.shown_key(keys.BY_ID["policy-view"], self.remapped)
            self.notify(f"These are amounts; {key} shows the percentages.", timeout=4)
        elif column.destination.kind is DestinationKind.MODEL and (
            column.destination.name == line.model_id
        ):
            self.notify("What a model keeps is what its row leaves of 100 %.", timeout=4)
        else:
            self._cell, self._searched = (line, column), self._searched | {column.destination.key}
            self._typing.open(SHARE, f"{route(line, column)}:", text, caret=caret)

    def _keep(self, down: int = 0) -> None:
        """Write what was typed, and go on with the next cell meanwhile."""
        text = self._typing.value.strip()
        self._typing.close()
        if down:
            self._table.move_to(self._table.cursor + down)
        else:
            self._table.action_right()
        if self._cell is not None:
            self._set(*self._cell, text)

    def _set(self, line: PolicyLine, column: PolicyColumn, text: str) -> None:
        where, policies = self._where, self.book.policy
        source, place = line.model_id, column.destination

        def write() -> None:
            self._trail.write(where, lambda _: policies.set_share(where, source, place, text))

        self._edits.add(ShareEdit(write, source, text, key_of(line), place.key))

    def _written(self) -> None:
        if self.is_attached:
            self.reload()

    def _refused(self, edit: Edit, error: LedgerError) -> None:
        """Say it beside the field, which is open again unless something else is typed by now."""
        rows = [key_of(line) for line in self._table.rows] if self.is_attached else []
        typed = isinstance(edit, ShareEdit) and edit.row in rows and not self._typing.is_open
        if not isinstance(edit, ShareEdit) or not typed or self.app.screen is not self:
            self.app.post_message(JobFailed(error))
            return
        self._table.move_to(rows.index(edit.row))
        self._table.move_to_column(edit.column)
        self._begin(edit.text)
        self._typing.open(SHARE, "Percent:", edit.text, caret=len(edit.text))
        self._typing.object_to(str(error))

    # Rows

    def _edit(self, change: Callable[[PolicyReport], PolicyReport]) -> None:
        where = self._where
        self._edits.add(Edit(lambda: self._trail.write(where, change)))

    def action_clear_share(self) -> None:
        """Nothing for the cell marked."""
        line, column = self._table.selected, self._column
        if line is not None and column is not None and not self._accrued:
            self._set(line, column, "")

    def action_clear_row(self) -> None:
        """Let what all others say hold for the row."""
        line, policies, where = self._table.selected, self.book.policy, self._where
        if line is not None:
            self._edit(lambda _: policies.clear_row(where, line.model_id))

    def action_mark_source(self) -> None:
        """Mark the row to be copied to, or not any more, and go on to the next."""
        line = self._table.selected
        if line is not None and self.report is not None:
            self._rows_marked ^= {key_of(line)}
            self.show(self.report)
            self._table.move_to(self._table.cursor + 1)

    def action_copy_shares(self) -> None:
        """Copy the row to those marked, or to all others."""
        line = self._table.selected
        if line is None:
            return
        marked = {key or None for key in self._rows_marked} - {line.model_id}
        if not marked and line.model_id is None:
            key = keys.shown_key(keys.BY_ID["mark-source"], self.remapped)
            self.notify(f"Mark the rows to copy it to with {key} first.", timeout=4)
            return
        targets, policies = marked or {None}, self.book.policy
        self._rows_marked.clear()
        self._edit(lambda now: policies.keep(with_copied(now.policy, line.shares, targets)))
        where = "all others" if targets == {None} else count(len(targets), "row")
        self.notify(f"{shorten(line.name)} copied to {where}.", timeout=3)

    def action_undo_share(self) -> None:
        """Take the last edit back."""
        where = self._where
        if self._edits.busy or self._trail.can_undo(where):
            self._edits.add(Edit(lambda: self._trail.undo(where)))
        else:
            self.notify("There is no edit to take back.", timeout=2)

    def action_redo_share(self) -> None:
        """Make the edit taken back again."""
        where = self._where
        if self._edits.busy or self._trail.can_redo(where):
            self._edits.add(Edit(lambda: self._trail.redo(where)))
        else:
            self.notify("There is no edit to make again.", timeout=2)

    # Pools, rules, versions

    def action_add_pool(self) -> None:
        """Begin to type the name of a pool."""
        self._typing.open(POOL, "Name of the pool:", "")

    def _keep_pool(self) -> None:
        name, policies, where = self._typing.value.strip(), self.book.policy, self._where
        self._typing.close()
        if name:
            self._edit(lambda _: policies.add_pool(where, name))

    def action_policy_rules(self) -> None:
        """What burns do, and when accrued amounts become changes."""
        if self.report is not None:
            self.app.push_screen(RulesDialog(self.report.policy), self._keep_rules)

    def _keep_rules(self, rules: Rules | None) -> None:
        if rules is not None:
            policies, where = self.book.policy, self._where
            self._edit(
                lambda _: policies.set_rules(
                    where, burns=rules.burns, threshold=rules.threshold, every=rules.every
                )
            )

    def action_policy_history(self) -> None:
        """List the versions that were in force; Enter edits one again."""
        if self.report is not None:
            self.app.push_screen(HistoryDialog(self.report), self._edit_again)

    def _edit_again(self, version: PolicyVersion | None) -> None:
        if version is not None:
            self._edit(lambda _: self.book.policy.keep(version.policy))

    # The past and the future

    def action_try_policy(self) -> None:
        """Show what the policy would have done."""
        from tui.screens.policy.simulation import SimulationPane

        async def show() -> None:
            self.open(lambda: SimulationPane(self._where))

        self._follow(show)

    def action_switch_on(self) -> None:
        """Put the policy in force, after a Yes."""
        from tui.screens.policy.switching import switch_on

        self._follow(lambda: switch_on(self.app, self._where))

    def action_switch_off(self) -> None:
        """Take it out of force, after a Yes."""
        from tui.screens.policy.switching import switch_off

        self._follow(lambda: switch_off(self.app, self._where))

    def _follow(self, steps: Callable[[], Awaitable[None]]) -> None:
        """Once what was typed is written."""

        async def written() -> None:
            await self._edits.rest()
            await steps()

        follow(self.app, written)
