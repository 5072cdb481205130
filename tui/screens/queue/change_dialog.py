"""Where a stake change is thought out: the amount, and what it will do and when.

Nothing leaves this machine from here: the dialog ends with a preview that becomes a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.domain.knowledge import Fact
from ledger.domain.names import marked
from ledger.domain.queue.change import REQUESTS, ChangeKind
from ledger.errors import LedgerError
from ledger.reports.queue.preview import ChangePreview
from tui.format import exact
from tui.screens.dialogs.dialog import buttons, entry
from tui.screens.dialogs.fields import Fields
from tui.screens.dialogs.form_dialog import Field
from tui.screens.dialogs.preview_dialog import PreviewDialog
from tui.widgets.button import Button
from tui.widgets.missing import figure_text
from tui.widgets.static import Static
from tui.widgets.tick import Tick

TITLES = {
    ChangeKind.INCREASE: "Increase",
    ChangeKind.DECREASE: "Decrease",
    ChangeKind.DRAIN: "Decrease",
    ChangeKind.CANCEL_RELEASE: "Cancel the pending release",
    ChangeKind.TAKE_PROFIT_ON: "Take profit on",
    ChangeKind.TAKE_PROFIT_OFF: "Take profit off",
}

Preview = Callable[[ChangeKind, str], ChangePreview]


class ChangeDialog(PreviewDialog[tuple[ChangeKind, str], ChangePreview]):
    """Ends with the preview to draft, or ``None``.

    ``preview`` answers what a kind and an amount as typed would do; it runs in a thread.
    ``first`` is its answer for no amount yet. ``start`` is the amount to begin with, ``aside`` a
    sentence to say above it.
    """

    DEFAULT_CSS = """
    ChangeDialog Static { width: 1fr; height: auto; }
    ChangeDialog .field { margin-top: 1; }
    ChangeDialog .field Input { margin-left: 8; }
    ChangeDialog Input { width: 26; height: 1; border: none; padding: 0 1; background: $panel; }
    ChangeDialog Input:focus { border: none; background: $panel; }
    ChangeDialog Input:disabled { text-opacity: 40%; }
    ChangeDialog Tick { margin-left: 8; }
    ChangeDialog #objection { padding-left: 8; color: $warning; display: none; }
    ChangeDialog #objection.shown { display: block; }
    ChangeDialog #effects { margin-top: 1; height: auto; max-height: 11; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "another", show=False)]

    def __init__(
        self, first: ChangePreview, preview: Preview, *, start: str = "", aside: str = ""
    ) -> None:
        super().__init__(
            f"{TITLES[first.kind]} · {marked(first.model_name)} · {first.tournament.label}",
            "enter draft · esc leave",
        )
        self._first = first
        self._preview = preview
        self._kind = first.kind
        self._start = start
        self._aside = aside
        self._shown = first
        self._shown_for = (first.kind, "")
        self.wants_another = False
        """Whether it was left for another amount of the pending release."""

    def compose_frame(self) -> Iterable[Widget]:
        if self._aside:
            yield Static(Content.styled(self._aside, "$warning"), id="aside")
        yield Fields(self._first.fields, id="fields")
        yield Static(id="before")
        if self._kind in REQUESTS:
            yield from self._compose_amount()
        yield Static(id="objection")
        yield VerticalScroll(Static(id="what"), id="effects", can_focus=False)
        yield buttons(("Draft it", "draft"), *self._another(), ("Leave it", "leave"))

    def _another(self) -> Iterable[tuple[str, str]]:
        if self._kind is ChangeKind.CANCEL_RELEASE:
            yield "Another amount (e)", "another"

    def _compose_amount(self) -> Iterable[Widget]:
        line = entry("amount", self._start)
        line.disabled = self._kind is ChangeKind.DRAIN
        yield Field("Amount", line, "NMR, a share (25%), or max")
        if self._kind is not ChangeKind.INCREASE:
            drain = self._kind is ChangeKind.DRAIN
            yield Tick("everything, with what is still to come (drain)", drain, id="drain")

    def on_mount(self) -> None:
        super().on_mount()
        if self._shown is not None:
            self.show(self._shown)
        first_field = (
            "#amount" if self._kind in {ChangeKind.INCREASE, ChangeKind.DECREASE} else "#draft"
        )
        self.query_one(first_field).focus()

    @property
    def asked(self) -> tuple[ChangeKind, str]:
        """Kind and amount as they stand in the dialog now."""
        amount = self.text_in("amount") if self._kind in REQUESTS else ""
        return self._kind, "" if self._kind is ChangeKind.DRAIN else amount

    def preview(self, asked: tuple[ChangeKind, str]) -> ChangePreview:
        return self._preview(*asked)

    @on(Button.Pressed, "#another")
    def action_another(self) -> None:
        """Leave it for another amount of the pending release."""
        if self._kind is ChangeKind.CANCEL_RELEASE:
            self.wants_another = True
            self.dismiss(None)

    @on(Tick.Changed)
    def drain_switched(self, event: Tick.Changed) -> None:
        """Everything needs no amount."""
        self._kind = ChangeKind.DRAIN if event.value else ChangeKind.DECREASE
        self.query_one(Input).disabled = event.value

    def show(self, preview: ChangePreview) -> None:
        self.query_one("#fields", Fields).show(preview.fields)
        _update(self.query_one("#before", Static), _before(preview))
        with_amount = preview.kind in {ChangeKind.INCREASE, ChangeKind.DECREASE}
        untouched = with_amount and not self.asked[1]
        self._problem("" if untouched else preview.problem or "")
        _update(self.query_one("#what", Static), _what(preview))

    def show_failure(self, error: LedgerError) -> None:
        self._problem(str(error))

    def take(self, preview: ChangePreview) -> None:
        """Draft what is possible; what is not is said, also where nothing was typed yet."""
        if preview.problem is None:
            self.dismiss(preview)
        else:
            self._problem(preview.problem)

    def _problem(self, text: str) -> None:
        place = self.query_one("#objection", Static)
        place.set_class(bool(text), "shown")
        _update(place, Content(f"✗ {text}" if text else ""))


def _update(place: Static, content: Content) -> None:
    """Paint only what differs."""
    if not (isinstance(place.content, Content) and content.is_same(place.content)):
        place.update(content)


def _before(preview: ChangePreview) -> Content:
    parts: list[str | tuple[str, str]] = [
        ("Staked  ", "$muted"),
        f"{_stake(preview)} NMR",
    ]
    return Content.assemble(*parts)


def _stake(preview: ChangePreview) -> str:
    before = preview.stake_before
    gap = preview.missing.of(Fact.STAKE, preview.model_id)
    return figure_text(exact(before) if before is not None else "", gap, before)


def _what(preview: ChangePreview) -> Content:
    """The change in a sentence, then its effects in order of time."""
    if preview.problem is not None:
        text = (
            "Numerai takes one change per model at a time. What a change will do, and when, "
            "shows here."
        )
        return Content.styled(text, "$muted")
    lines: list[Content] = [Content.styled(preview.sentence, "bold")]
    lines += [Content(f"• {effect}") for effect in preview.effects]
    lines += [Content.styled(f"! {warning}", "$warning") for warning in preview.warnings]
    return Content("\n").join(lines)
