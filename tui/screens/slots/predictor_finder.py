"""Finding a predictor by typing some of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.slots.predictor import Predictor
from tui.theme import Meaning
from tui.widgets.typed_line import TypedLine

SHOWN = 5
"""Matches offered at a time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A predictor there is, or (``predictor`` is ``None``) a new one of this ``name``."""

    name: str
    predictor: Predictor | None


def choices(text: str, predictors: Sequence[Predictor]) -> list[Choice]:
    """What ``text`` may mean, the likeliest first; last a new predictor of that name."""
    query = text.strip().casefold()
    ranked = sorted(
        (found_at, predictor.name, predictor)
        for predictor in predictors
        if (found_at := rank(query, predictor.name.casefold())) is not None
    )
    likely = [Choice(name, predictor) for _, name, predictor in ranked]
    if query and all(predictor.name != text.strip() for predictor in predictors):
        likely.append(Choice(text.strip(), None))
    return likely


def rank(query: str, name: str) -> int | None:
    """0 for the name itself, then its beginning, its middle, its letters in order."""
    if name == query:
        return 0
    if name.startswith(query):
        return 1
    if query in name:
        return 2
    rest = iter(name)
    return 3 if all(letter in rest for letter in query) else None


class PredictorFinder(TypedLine):
    """A typed line that offers the predictors its text may mean; arrows go through them."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self._predictors: Sequence[Predictor] = ()
        self._at = 0

    def find(self, key: str, label: str, predictors: Sequence[Predictor]) -> None:
        """Begin to find one of ``predictors`` for ``key``."""
        self._predictors, self._at = predictors, 0
        self.open(key, label, "")
        self._offer()

    def press(self, key: str, character: str | None) -> bool:
        if key in {"down", "up"}:
            self._at += 1 if key == "down" else -1
            self._offer()
            return True
        before = self.value
        taken = super().press(key, character)
        if self.value != before:
            self._at = 0
            self._offer()
        return taken

    @property
    def chosen(self) -> Choice | None:
        """What Enter takes; nothing while nothing is typed or gone to."""
        likely = choices(self.value, self._predictors)
        if not likely or (not self.value.strip() and not self._at):
            return None
        return likely[self._place(len(likely))]

    def _place(self, length: int) -> int:
        """The choice marked; while nothing is typed the first arrow goes to the first."""
        return (self._at - (0 if self.value.strip() else 1)) % length

    def _offer(self) -> None:
        likely = choices(self.value, self._predictors)
        marked = self._place(len(likely)) if likely else 0
        first = max(0, marked - SHOWN + 1)
        parts: list[tuple[str, Meaning]] = []
        for at, choice in enumerate(likely[first : first + SHOWN], first):
            word = choice.name if choice.predictor else f"+ new “{choice.name}”"
            here = at == marked and self.chosen is not None
            parts.append((f"[{word}] " if here else f" {word}  ", "title" if here else "muted"))
        if len(likely) > first + SHOWN:
            parts.append((f"+{len(likely) - first - SHOWN}", "muted"))
        self.offer(tuple(parts))
