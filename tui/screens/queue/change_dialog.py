"""Where a stake change is thought out: the amount, and what it will do and when.

Nothing leaves this machine from here: the dialog ends with a preview that becomes a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Static

from ledger.domain.knowledge import Fact
from ledger.domain.queue.change import REQUESTS, ChangeKind
from ledger.errors import LedgerError
from ledger.reports.queue.preview import ChangePreview
from tui import jobs
from tui.format import exact
from tui.missing import said
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.tick import Tick

PAUSE = 0.15
"""Seconds without a further key after which the preview follows."""

TITLES = {
    ChangeKind.INCREASE: "Increase",
    ChangeKind.DECREASE: "Decrease",
    ChangeKind.DRAIN: "Decrease",
    ChangeKind.CANCEL_RELEASE: "Cancel the pending release",
    ChangeKind.TAKE_PROFIT_ON: "Take profit on",
    ChangeKind.TAKE_PROFIT_OFF: "Take profit off",
}

"""The kinds that ask for an amount; a drain is a decrease of everything."""

Preview = Callable[[ChangeKind, str], ChangePreview]


class ChangeDialog(Dialog[ChangePreview]):
    """Ends with the preview to draft, or ``None``.

    ``preview`` answers what a kind and an amount as typed would do; it runs in a thread.
    ``first`` is its answer for no amount yet. ``start`` is the amount to begin with.
    """

    DEFAULT_CSS = """
    ChangeDialog Static { width: 1fr; height: auto; }
    ChangeDialog .amount-line { height: 1; margin-top: 1; }
    ChangeDialog .label { width: 8; height: 1; color: $muted; }
    ChangeDialog Input { width: 26; height: 1; border: none; padding: 0 1; background: $panel; }
    ChangeDialog Input:focus { border: none; background: $panel; }
    ChangeDialog Input:disabled { text-opacity: 40%; }
    ChangeDialog .hint { width: 1fr; padding-left: 2; color: $muted; }
    ChangeDialog Tick { margin-left: 8; }
    ChangeDialog #objection { padding-left: 8; color: $warning; display: none; }
    ChangeDialog #objection.shown { display: block; }
    ChangeDialog #effects { margin-top: 1; height: auto; max-height: 13; }
    """

    @dataclass
    class Previewed(Message):
        """What the change would do is known."""

        preview: ChangePreview
        amount: str

    @dataclass
    class PreviewFailed(Message):
        """It can't be found out."""

        error: LedgerError

    def __init__(self, first: ChangePreview, preview: Preview, *, start: str = "") -> None:
        super().__init__(
            f"{TITLES[first.kind]} · {first.model_name} · {first.tournament.label}",
            "enter draft · esc leave",
        )
        self._preview = preview
        self._kind = first.kind
        self._start = start
        self._shown = first
        self._shown_for: tuple[ChangeKind, str] = (first.kind, "")
        self._draft_when_known = False
        self._pause: Timer | None = None

    def compose_frame(self) -> Iterable[Widget]:
        yield Static(id="before")
        if self._kind in REQUESTS:
            yield from self._compose_amount()
        yield Static(id="objection")
        yield VerticalScroll(Static(id="what"), id="effects", can_focus=False)
        yield Horizontal(
            Button("Draft it", id="draft", compact=True),
            Button("Leave it", id="leave", compact=True),
            classes="dialog--buttons",
        )

    def _compose_amount(self) -> Iterable[Widget]:
        field = Input(self._start, id="amount", disabled=self._kind is ChangeKind.DRAIN)
        field.cursor_blink = False
        yield Horizontal(
            Static("Amount", classes="label"),
            field,
            Static("NMR, a share (25%), or max", classes="hint"),
            classes="amount-line",
        )
        if self._kind is not ChangeKind.INCREASE:
            drain = self._kind is ChangeKind.DRAIN
            yield Tick("everything, with what is still to come (drain)", drain, id="drain")

    def on_mount(self) -> None:
        super().on_mount()
        self._show(self._shown)
        wanted = "#amount" if self._kind in {ChangeKind.INCREASE, ChangeKind.DECREASE} else "#draft"
        self.query_one(wanted).focus()

    # What is asked

    @property
    def _asked(self) -> tuple[ChangeKind, str]:
        """Kind and amount as they stand in the dialog now."""
        fields = self.query(Input)
        amount = fields.first().value.strip() if fields else ""
        return self._kind, "" if self._kind is ChangeKind.DRAIN else amount

    @on(Input.Changed)
    def amount_typed(self) -> None:
        """Look again once the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._look)

    @on(Checkbox.Changed)
    def drain_switched(self, event: Checkbox.Changed) -> None:
        """Everything needs no amount."""
        self._kind = ChangeKind.DRAIN if event.value else ChangeKind.DECREASE
        self.query_one(Input).disabled = event.value
        self._look()

    def _look(self) -> None:
        asked = self._asked
        if asked == self._shown_for:
            self._draft_if_wanted()
            return
        kind, amount = asked
        jobs.run(
            self,
            lambda: self._preview(kind, amount),
            lambda preview: self.Previewed(preview, amount),
            self.PreviewFailed,
            group="preview",
        )

    @on(Previewed)
    def preview_arrived(self, event: Previewed) -> None:
        """Show it, and draft it if Enter came first."""
        self._shown, self._shown_for = event.preview, (event.preview.kind, event.amount)
        self._show(event.preview)
        self._draft_if_wanted()

    @on(PreviewFailed)
    def preview_failed(self, event: PreviewFailed) -> None:
        """Say why beside the field; nothing can be drafted."""
        self._draft_when_known = False
        self._problem(str(event.error))

    # What it would do

    def _show(self, preview: ChangePreview) -> None:
        _update(self.query_one("#before", Static), _before(preview))
        untouched = not self._asked[1] and preview.kind in {
            ChangeKind.INCREASE,
            ChangeKind.DECREASE,
        }
        self._problem("" if untouched and not self._draft_when_known else preview.problem or "")
        _update(self.query_one("#what", Static), _what(preview))

    def _problem(self, text: str) -> None:
        place = self.query_one("#objection", Static)
        place.set_class(bool(text), "shown")
        _update(place, Content(f"✗ {text}" if text else ""))

    # How it ends

    @on(Input.Submitted)
    def amount_entered(self) -> None:
        """Enter in the field drafts the change as soon as it is known to be possible."""
        self._draft()

    @on(Button.Pressed, "#draft")
    def draft_pressed(self) -> None:
        """Draft what is asked."""
        self._draft()

    @on(Button.Pressed, "#leave")
    def leave_pressed(self) -> None:
        """Leave without a draft."""
        self.dismiss(None)

    def _draft(self) -> None:
        self._draft_when_known = True
        self._look()

    def _draft_if_wanted(self) -> None:
        if not self._draft_when_known or self._asked != self._shown_for:
            return
        if self._shown.problem is not None:
            self._show(self._shown)
        self._draft_when_known = False  # a pause that ends later must not end the dialog twice
        if self._shown.problem is None:
            self.dismiss(self._shown)


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
    return said(exact(before) if before is not None else "", gap, before)


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
