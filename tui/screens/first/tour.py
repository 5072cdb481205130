"""A tour of the demo: what it says, step by step, and how it goes on by the keys it asks for.

It takes no key away but enter where it is offered and escape while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Input

from tui import keys
from tui.widgets.tourline import TourLine

if TYPE_CHECKING:
    from tui.host import Host

ROOM, SEEN = "tour", "seen"
"""Where it is remembered that it was shown."""

OFFER = "A tour in eight steps: enter begins it. Other keys do what they always do."
END = "That was the tour. ? explains each page, and q leaves. {tour} shows it again."


@dataclass(frozen=True, slots=True)
class Step:
    """What is said of the page in front (``here``), and which ``action``'s key is asked for, that
    leads to what ``there`` says. Each fits into a line of 80."""

    here: str
    action: str
    there: str


STEPS = (
    Step(
        "All of this is simulated: no key here can cost you anything.",
        "home",
        "Home, the page the app opens with",
    ),
    Step(
        "Home: what you own, what it risks, what is next. Enter opens a line.",
        "models",
        "all models on one page",
    ),
    Step(
        "Stakes, what can burn, last payouts. A figure with ~ can still move.",
        "move",
        "move NMR from the model marked",
    ),
    Step(
        "Escape closes a dialog, and nothing was changed. a edits all stakes.",
        "choose",
        "the rounds of the model marked",
    ),
    Step(
        "Round by round: stake, scores, payout. Enter says why it paid that.",
        "unlocks",
        "which NMR comes free, and when",
    ),
    Step(
        "What is locked, by the day it comes free.",
        "queue",
        "where changes wait for your yes",
    ),
    Step(
        "Changes go from draft to confirmed to settled; each is sent once.",
        "next-round",
        "one round on: stakes count, rounds resolve",
    ),
    Step(
        "Time moved on, and a sync brings the news. Else that comes by itself.",
        "command-palette",
        "every action by its name",
    ),
)
"""The tour; each step begins where the key of the one before has led."""


class Tour:
    """Offered, at one of its steps, at its end, or silent."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._remapped = app.book.config.keys
        self._at: int | None = None
        self._offered = False

    @property
    def step(self) -> Step | None:
        """The one it is at."""
        at = self._at
        return STEPS[at] if at is not None and at < len(STEPS) else None

    def offer(self) -> None:
        """Say that there is one, unless it was shown before."""
        self._offered = not self._app.state.get(ROOM, SEEN)

    def begin(self) -> None:
        """From the first step."""
        self._at, self._offered = 0, False
        self.draw()

    def take(self, key: str) -> bool:
        """Whether ``key`` was meant for the tour, which goes on with the key it asked for. Keys for
        a dialog, or for a line to type into, are none of its business."""
        if self._app.screen is not self._app.pane or isinstance(self._app.focused, Input):
            return False
        if self._offered:
            self._offered = False
            if key == "enter":
                self.begin()
                return True
            self.draw()
            return key == "escape"
        return self._at is not None and self._follow(self._at, key)

    def _follow(self, at: int, key: str) -> bool:
        step = self.step
        if step is None or key == "escape":
            self._end()
            return key == "escape"
        if key in keys.keys_of(keys.BY_ID[step.action], self._remapped):
            self._at = at + 1
            self._app.call_later(self.draw)
        return False

    def _end(self) -> None:
        self._at = None
        self._app.state.put(ROOM, SEEN, True)
        self.draw()

    # What it says

    def draw(self) -> None:
        """Let the page in front say it."""
        pane = self._app.pane
        if pane is None:
            return
        for line in pane.query(TourLine):
            line.say(self._text())
        if self._app.screen is not pane:
            self._app.screen.refresh()  # a dialog shows what it stands before as it was then

    def _text(self) -> Content:
        if self._offered:
            return Content.styled(OFFER, "$mark")
        step = self.step
        if self._at is None:
            return Content("")
        if step is None:
            return Content.styled(END.format(tour=self._key("tour")), "$mark")
        return Content.assemble(
            (f"{self._at + 1}/{len(STEPS)}  ", "$mark"),
            step.here,
            "\n     ",
            (f"Press {self._key(step.action)}", "bold $mark"),
            f": {step.there}",
            ("   esc ends the tour", "$muted"),
        )

    def _key(self, action: str) -> str:
        return keys.shown_key(keys.BY_ID[action], self._remapped)
