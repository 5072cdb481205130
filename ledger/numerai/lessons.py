"""What the server was seen to refuse, shared by all requests that are under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from enum import StrEnum

from ledger.numerai.parts import ROOT, argument_lesson, field_lesson

LESSON_DAYS = 7
"""Days for which a lesson counts. After them everything is tried anew, so that what has come back
is noticed; a new version of the program starts without lessons, too."""

ALIASES = 3
"""Top-level fields of one request, at most: the live server was seen to refuse more."""

SLICES = (100, 50, 25, 10)
"""Rounds of one model in one request, and to what they shrink when that is too complex."""

NEWEST_FIRST = "order v2RoundModelPerformances newest first"
"""The lesson that ``limit`` cuts off the oldest rounds, so that it can't page through history."""

_PERFORMANCES = "v2RoundModelPerformances"


class PerformanceForm(StrEnum):
    """How past rounds of a model are asked for, from the best form to the last resort."""

    RANGES = "ranges"
    """``roundNumber__gte`` and ``roundNumber__lte``: any slice."""

    FROM_LIMIT = "from-limit"
    """``roundNumber__gte`` with ``limit``: any slice, as long as rows come oldest first."""

    LAST_N = "last-n"
    """``lastNRounds``: always the newest rounds."""

    TWO_ARGUMENTS = "two-arguments"
    """Model and tournament alone, as numerapi asks: whatever the server gives."""

    SUBMISSION_SCORES = "submission-scores"
    """``submissionScores``, to be joined with ``rounds``; it does not tell the stake at risk."""


def _not_kept(_lessons: Iterable[str]) -> None:
    """Lessons of a client without a ledger."""


class Lessons:
    """Usable from any thread. ``learn`` keeps new lessons, and is called from any thread too."""

    def __init__(
        self, lessons: Iterable[str] = (), learn: Callable[[Iterable[str]], None] = _not_kept
    ) -> None:
        self._lock = threading.Lock()
        self._words = dict.fromkeys(lessons, "")
        self._keep = learn

    def keep_in(self, lessons: Iterable[str], learn: Callable[[Iterable[str]], None]) -> None:
        """Go by what a ledger knows, and keep there what is learned from now on.

        What was learned before and is not among ``lessons`` is forgotten: its days are over.
        """
        with self._lock:
            self._words = {lesson: self._words.get(lesson, "") for lesson in lessons}
            self._keep = learn

    def all(self) -> frozenset[str]:
        """All lessons."""
        with self._lock:
            return frozenset(self._words)

    def learn(self, lessons: Iterable[str], words: str = "", *, lasting: bool = True) -> None:
        """Add lessons, with the ``words`` in which the server taught them.

        What is not ``lasting``, such as a slow hour, is not kept beyond this sync.
        """
        with self._lock:
            new = [lesson for lesson in lessons if lesson not in self._words]
            self._words.update(dict.fromkeys(new, words))
            keep = self._keep
        if new and lasting:
            keep(new)

    def refusal(self, lesson: str) -> str | None:
        """Why what ``lesson`` names is not asked for; ``None`` when it may be."""
        with self._lock:
            words = self._words.get(lesson)
        if words is None:
            return None
        return words or f"Numerai's server does not take the {lesson}."

    def knows(self, lesson: str) -> bool:
        """Whether ``lesson`` was learned."""
        return self.refusal(lesson) is not None

    @property
    def aliases(self) -> int:
        """Top-level fields of one request, at most."""
        return next((n for n in range(1, ALIASES) if self.knows(f"aliases {n}")), ALIASES)

    def fewer_aliases(self, than: int, words: str = "", *, lasting: bool = True) -> None:
        """Learn that ``than`` top-level fields in one request are too many."""
        if than > 1:
            self.learn([f"aliases {min(than, ALIASES + 1) - 1}"], words, lasting=lasting)

    def slice_rounds(self, document: str) -> int:
        """Rounds of one model in one request of the document called ``document``."""
        return next(
            (rounds for rounds in reversed(SLICES) if self.knows(_complex(document, rounds))),
            SLICES[0],
        )

    def shallower(self, document: str, words: str = "", *, lasting: bool = True) -> bool:
        """Learn that slices of ``document`` are too deep; false when they can't be any less."""
        now = self.slice_rounds(document)
        less = next((rounds for rounds in SLICES if rounds < now), None)
        if less is None:
            return False
        self.learn([_complex(document, less)], words, lasting=lasting)
        return True

    def performance_form(self) -> PerformanceForm:
        """The form in which past rounds are to be asked for now."""
        if not self._performances_taken():
            return PerformanceForm.SUBMISSION_SCORES
        since, until = self._takes("roundNumber__gte"), self._takes("roundNumber__lte")
        if since and until:
            return PerformanceForm.RANGES
        if since and self._takes("limit") and not self.knows(NEWEST_FIRST):
            return PerformanceForm.FROM_LIMIT
        if self._takes("lastNRounds"):
            return PerformanceForm.LAST_N
        return PerformanceForm.TWO_ARGUMENTS

    def _performances_taken(self) -> bool:
        needed = (
            field_lesson(ROOT, _PERFORMANCES),
            field_lesson("V2RoundModelPerformance", "roundNumber"),
            argument_lesson(_PERFORMANCES, "modelId"),
            argument_lesson(_PERFORMANCES, "tournament"),
        )
        return not any(map(self.knows, needed))

    def _takes(self, argument: str) -> bool:
        return not self.knows(argument_lesson(_PERFORMANCES, argument))


def _complex(document: str, rounds: int) -> str:
    return f"complex {document} {rounds}"
