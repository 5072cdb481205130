"""Where another amount for a pending release is thought out: both ways around it, with dates and
cost. It ends with drafts; nothing leaves this machine from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from textual.app import App
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from ledger.domain.names import marked
from ledger.domain.targets.plan import Option, Step
from ledger.domain.targets.release_edit import PendingRelease, ReleaseEdit
from ledger.errors import ChangeError, LedgerError
from tui.changes import change_kind
from tui.format import count, exact, moment
from tui.messages import BookChanged
from tui.screens.dialogs.dialog import buttons
from tui.screens.dialogs.flow import book_of, follow, must_write, read
from tui.screens.dialogs.form_dialog import field
from tui.screens.dialogs.preview_dialog import PreviewDialog
from tui.screens.queue.selection import show_drafts
from tui.widgets.note import Note
from tui.widgets.static import Static
from tui.widgets.tick import Tick


@dataclass(frozen=True, slots=True)
class Asked:
    """The amount as typed; ``other``: not the cheapest way."""

    amount: str
    other: bool


class ReleaseDialog(PreviewDialog[Asked, ReleaseEdit]):
    """Ends with the edit to draft, or ``None``. ``preview`` plans what is asked, in a thread."""

    DEFAULT_CSS = """
    ReleaseDialog .field { height: 1; }
    ReleaseDialog .field Input { margin-left: 12; }
    ReleaseDialog Input { width: 26; height: 1; border: none; padding: 0 1; background: $panel; }
    ReleaseDialog Input:focus { border: none; background: $panel; }
    ReleaseDialog Tick { margin-left: 12; }
    ReleaseDialog VerticalScroll { margin-top: 1; height: auto; max-height: 13; }
    ReleaseDialog Note { width: 1fr; height: auto; }
    """

    def __init__(
        self,
        pending: PendingRelease,
        preview: Callable[[Asked], ReleaseEdit],
        now: datetime,
        aside: str = "",
    ) -> None:
        model = pending.model
        super().__init__(
            f"Edit the release · {marked(model.name)} · {model.tournament.label}",
            "enter draft · esc leave",
        )
        self._pending = pending
        self._preview = preview
        self._now = now
        self._aside = aside

    def compose_frame(self) -> Iterable[Widget]:
        if self._aside:
            yield Static(Content.styled(self._aside, "$warning"), id="aside")
        yield Note(id="pending")
        yield field("amount", "Release", "NMR, 25%, all, or 0 for none", str(self._pending.nmr))
        yield Tick("the other way", False, id="other")
        yield VerticalScroll(Note(id="comes"), can_focus=False)
        yield buttons(("Draft it", "draft"), ("Leave it", "leave"))

    def on_mount(self) -> None:
        super().on_mount()
        pending = self._pending
        self.query_one("#pending", Note).show(
            f"{exact(pending.nmr)} of {exact(pending.stake)} NMR is on its way out, paid "
            f"{moment(pending.due, self._now)}. Numerai alters no request: go one of two ways.",
            layout=True,
        )
        self._say(Content.styled("Type another amount: both ways show here.", "$muted"))
        self.query_one("#amount").focus()

    @property
    def asked(self) -> Asked:
        return Asked(self.text_in("amount"), self.query_one(Tick).value)

    def preview(self, asked: Asked) -> ReleaseEdit:
        return self._preview(asked)

    def show(self, preview: ReleaseEdit) -> None:
        self._say(in_words(preview, self._now))

    def show_failure(self, error: LedgerError) -> None:
        if self.asked.amount:
            self._say(Content.styled(f"✗ {error}", "$warning"))

    def _say(self, content: Content) -> None:
        self.query_one("#comes", Note).show(content, layout=True)


def in_words(edit: ReleaseEdit, now: datetime) -> Content:
    """Each way with its cost, what would be drafted, and what to heed."""
    lines = [line for way in edit.ways for line in _way(way, now)]
    steps = ", then ".join(_step(step) for step in edit.plan.steps)
    lines.append(Content.assemble((f"{count(len(edit.plan.steps), 'draft')}: ", "$muted"), steps))
    lines += [Content.styled(f"! {text}", "$warning") for text in edit.plan.warnings]
    return Content("\n").join(lines)


def _way(way: Option, now: datetime) -> Iterable[Content]:
    sign = "●" if way.chosen else "○"
    yield Content.styled(f"{sign} {way.sentence}", "bold" if way.chosen else "")
    cheapest = ", the cheapest" if way.cheapest else ""
    cost = f"  {way.days} days per NMR{cheapest}; done {moment(way.complete, now)}"
    yield Content.styled(cost, "$muted")


def _step(step: Step) -> str:
    amount = "" if step.nmr is None else f" by {exact(step.nmr)} NMR"
    return f"{change_kind(step.kind)}{amount}"


def start_release_edit(app: App[Any], model_id: str, aside: str = "") -> None:
    """Ask for another amount of the release pending on a model, and say ``aside`` with that; keep
    it as drafts."""
    follow(app, lambda: edit_pending(app, model_id, aside))


async def edit_pending(app: App[Any], model_id: str, aside: str = "") -> None:
    """The steps of :func:`start_release_edit`."""
    book = book_of(app)
    await must_write(book)
    releases = book.targets.releases
    pending = await read(lambda: releases.pending(model_id))

    def preview(asked: Asked) -> ReleaseEdit:
        return releases.plan(model_id, asked.amount, other=asked.other)

    edit = await app.push_screen_wait(ReleaseDialog(pending, preview, book.now(), aside))
    if edit is None:
        return
    try:
        drafts = await read(lambda: releases.enqueue(edit))
    except ChangeError:
        app.post_message(BookChanged())
        raise
    app.post_message(BookChanged())
    await show_drafts(app, drafts)
