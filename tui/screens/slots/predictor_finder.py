"""Finding a predictor by typing some of its name."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.dataclass import dataclass
from ledger.domain.names import shorten
from ledger.domain.slots.predictor import Predictor
from tui.widgets.finder import Finder, rank


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


class PredictorFinder(Finder[Choice]):
    """A typed line that offers the predictors its text may mean."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self._predictors: Sequence[Predictor] = ()

    def find(self, key: str, label: str, predictors: Sequence[Predictor]) -> None:
        """Begin to find one of ``predictors`` for ``key``."""
        self._predictors = predictors
        self.begin(key, label)

    def matches(self) -> Sequence[Choice]:
        return choices(self.value, self._predictors)

    def name_of(self, match: Choice) -> str:
        name = shorten(match.name)
        return name if match.predictor else f"+ new “{name}”"

    def place(self, length: int) -> int:
        """While nothing is typed the first arrow goes to the first."""
        return (self.at - (0 if self.value.strip() else 1)) % length

    @property
    def chosen(self) -> Choice | None:
        """What Enter takes; nothing while nothing is typed or gone to."""
        return super().chosen if self.value.strip() or self.at else None
