"""Where a per-round stake is thought out: the amount, the mode, what they commit, and until when
idle NMR lasts. It ends with a plan that becomes drafts; nothing leaves this machine from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.domain.names import marked
from ledger.domain.readable import readable
from ledger.domain.stakes.stake import StakeMode
from ledger.errors import LedgerError
from ledger.reports import words
from tui.messages import BookChanged
from tui.screens.dialogs.dialog import SCROLLING, buttons
from tui.screens.dialogs.flow import book_of, follow, host_of, read, refuse_reading_only
from tui.screens.dialogs.form_dialog import field
from tui.screens.dialogs.preview_dialog import PreviewDialog
from tui.screens.queue.selection import select
from tui.widgets.note import Note
from tui.widgets.static import Static
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.targets.per_round import PerRoundPlan, PresentSetting

FIRST = "Type how much goes into each round: what that commits shows here."
TAKES_PROFIT = (
    "Taking profit is the mode here: constant leaves payouts idle, where they can be withdrawn; "
    "compound stakes them again. Space switches."
)

Asked = tuple[str, StakeMode | None]
"""Amount as typed, and mode."""

_SIGNS = {"", "+", "-"}
"""What stands in the amount before anything is typed."""


class PerRoundDialog(PreviewDialog[Asked, "PerRoundPlan"]):
    """Ends with the plan of the setting, or ``None``. ``preview`` thinks out what is asked, in a
    thread; ``start`` is the amount to begin with, ``profit``: it was opened to take profit;
    ``aside`` is a sentence to say above.

    ``with_deposit``: the deposit that the plan offers was asked for.
    """

    DEFAULT_CSS = """
    PerRoundDialog #now { height: auto; margin-bottom: 1; }
    PerRoundDialog .field { height: 1; }
    PerRoundDialog .label { width: 8; height: 1; color: $muted; }
    PerRoundDialog .field Input { margin-left: 8; }
    PerRoundDialog Input { width: 26; height: 1; border: none; padding: 0 1; background: $panel; }
    PerRoundDialog Input:focus { border: none; background: $panel; }
    PerRoundDialog Tick { width: auto; margin-right: 2; }
    PerRoundDialog #deposit { margin-left: 8; display: none; }
    PerRoundDialog #deposit.shown { display: block; }
    PerRoundDialog VerticalScroll { margin-top: 1; height: auto; max-height: 10; }
    PerRoundDialog.-tall VerticalScroll { max-height: 18; }
    PerRoundDialog #comes { height: auto; }
    """
    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]  # noqa: RUF012 - as Screen has it
    BINDINGS: ClassVar[list[BindingType]] = [*SCROLLING]

    def __init__(
        self,
        present: PresentSetting,
        preview: Callable[[str, StakeMode | None], PerRoundPlan],
        start: str = "",
        *,
        profit: bool = False,
        aside: str = "",
    ) -> None:
        model = present.model
        super().__init__(
            f"Per round · {marked(model.name)} · {model.tournament.label}",
            "enter draft · esc leave",
        )
        self._present = present
        self._preview = preview
        self._start = start
        self._aside = aside
        self._profit = profit
        self.with_deposit = False

    def compose_frame(self) -> Iterable[Widget]:
        if self._aside:
            yield Static(Content.styled(self._aside, "$warning"), id="aside")
        yield Static(Content("\n".join(self._present.sentences)), id="now")
        yield field("amount", "Amount", "0.5, or +0.1, -0.1, off", self._start)
        mode = self._present.mode
        yield Horizontal(
            Static("Mode", classes="label"),
            Tick("constant", mode is StakeMode.CONSTANT, id="constant"),
            Tick("compound", mode is StakeMode.COMPOUND, id="compound"),
            classes="field",
        )
        yield Tick("", False, id="deposit")
        yield VerticalScroll(Note(id="comes"), can_focus=False)
        yield buttons(("Draft it", "draft"), ("Leave it", "leave"))

    def on_mount(self) -> None:
        super().on_mount()
        # What is typed stands behind a sign that is there, and does not replace it.
        self.query_one("#amount", Input).select_on_focus = False
        self.query_one("#constant" if self._profit else "#amount").focus()
        self._look()

    @property
    def asked(self) -> Asked:
        for mode in StakeMode:
            if self.query_one(f"#{mode.value}", Tick).value:
                return self.text_in("amount"), mode
        return self.text_in("amount"), None

    def preview(self, asked: Asked) -> PerRoundPlan:
        return self._preview(*asked)

    @on(Tick.Changed, "#constant, #compound")
    def mode_switched(self, event: Tick.Changed) -> None:
        """One of the two, once one was chosen."""
        other = "#compound" if event.checkbox.id == "constant" else "#constant"
        self.query_one(other, Tick).value = not event.value

    def show(self, preview: PerRoundPlan) -> None:
        self._offer(preview)
        self._say(in_words(preview, host_of(self.app).book.config.display.decimals))

    def show_failure(self, error: LedgerError) -> None:
        self._offer(None)
        untouched = self.asked[0] in _SIGNS and self.asked[1] is self._present.mode
        hint = Content.styled(TAKES_PROFIT if self._profit else FIRST, "$muted")
        self._say(hint if untouched else Content.styled(f"✗ {error}", "$warning"))

    def take(self, preview: PerRoundPlan) -> None:
        """End with the setting, and with the deposit if it was asked for."""
        offered = preview.deposit is not None
        self.with_deposit = offered and self.query_one("#deposit", Tick).value
        self.dismiss(preview)

    def _offer(self, preview: PerRoundPlan | None) -> None:
        tick = self.query_one("#deposit", Tick)
        step = preview.deposit if preview is not None else None
        tick.set_class(step is not None, "shown")
        if step is not None:
            tick.label = Content(f"deposit {step.nmr} NMR too, as a draft of its own")

    def _say(self, content: Content) -> None:
        self.query_one("#comes", Note).show(content, layout=True)


def in_words(planned: PerRoundPlan, decimals: int) -> Content:
    """The setting in fields, exact, and what comes of it in order of time."""
    step = planned.step
    model = step.model
    fields = words.fields(step.kind, None, step.setting, model.name, model.tournament.label)
    lines = [Content.styled(words.headline(fields), "bold")]
    effects = (readable(effect, decimals) for effect in planned.effects)
    warnings = (readable(warning, decimals) for warning in planned.warnings)
    lines += [Content(f"• {effect}") for effect in effects]
    lines += [Content.styled(f"! {warning}", "$warning") for warning in warnings]
    return Content("\n").join(lines)


def start_per_round(
    app: App[Any], model_id: str, start: str = "", aside: str = "", *, profit: bool = False
) -> None:
    """Ask what a model is to stake per round, keep it as drafts, offer to carry them out;
    ``aside`` is said along with the question."""
    follow(app, lambda: _ask(app, model_id, start, aside, profit))


async def _ask(app: App[Any], model_id: str, start: str, aside: str, profit: bool) -> None:
    from tui.screens.queue.changing import ask_to_send
    from tui.screens.queue.running import ask_to_confirm

    book = book_of(app)
    stakes = book.targets.per_round
    present = await read(lambda: _beginning(book, model_id))
    unset = present.per_round is None or present.enabled is False
    dialog = PerRoundDialog(
        present,
        lambda text, mode: stakes.plan(model_id, text, mode),
        "" if unset and start in _SIGNS else start,
        profit=profit,
        aside=aside,
    )
    planned = await app.push_screen_wait(dialog)
    if planned is None:
        return
    drafts = await read(lambda: stakes.draft(planned, deposit=dialog.with_deposit))
    app.post_message(BookChanged())
    await host_of(app).show_mode("queue")
    select(app, drafts[0].id)
    if len(drafts) == 1:
        await ask_to_send(app, drafts[0].id)
    else:
        await ask_to_confirm(app, [draft.id for draft in drafts])


def _beginning(book: Book, model_id: str) -> PresentSetting:
    """How the model is set; in one go, since each thread opens the ledger anew.

    Raises:
        ReadOnly: nothing can be changed.
        ChangeError: it can't be set now.
    """
    refuse_reading_only(book)
    return book.targets.per_round.present(model_id)
