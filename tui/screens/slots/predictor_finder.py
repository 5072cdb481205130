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
    wanted = text.strip().casefold()
    ranked = sorted(
        (found_at, one.name, one)
        for one in predictors
        if (found_at := rank(wanted, one.name.casefold())) is not None
    )
    found = [Choice(name, one) for _, name, one in ranked]
    if wanted and all(one.name != text.strip() for one in predictors):
        found.append(Choice(text.strip(), None))
    return found


def rank(wanted: str, name: str) -> int | None:
    """0 for the name itself, then its beginning, its middle, its letters in order."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if wanted in name:
        return 2
    rest = iter(name)
    return 3 if all(letter in rest for letter in wanted) else None


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
        found = choices(self.value, self._predictors)
        if not found or (not self.value.strip() and not self._at):
            return None
        return found[self._place(len(found))]

    def _place(self, length: int) -> int:
        """The choice marked; while nothing is typed the first arrow goes to the first."""
        return (self._at - (0 if self.value.strip() else 1)) % length

    def _offer(self) -> None:
        found = choices(self.value, self._predictors)
        marked = self._place(len(found)) if found else 0
        first = max(0, marked - SHOWN + 1)
        parts: list[tuple[str, Meaning]] = []
        for at, one in enumerate(found[first : first + SHOWN], first):
            word = one.name if one.predictor else f"+ new “{one.name}”"
            here = at == marked and self.chosen is not None
            parts.append((f"[{word}] " if here else f" {word}  ", "title" if here else "muted"))
        if len(found) > first + SHOWN:
            parts.append((f"+{len(found) - first - SHOWN}", "muted"))
        self.offer(tuple(parts))
