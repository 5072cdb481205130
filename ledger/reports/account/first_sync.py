"""How far a first sync is, step by step, and how long the step it is at takes yet."""

from __future__ import annotations

from ledger.domain.syncing.facts import SyncProgress, SyncStep

_ENOUGH = 2
"""Requests of a step after which its pace says something about the rest."""

_STEPS = tuple(SyncStep)
_MINUTE = 60.0


class StepWatch:
    """Is told of every request that was dealt with, and when, in seconds of any clock."""

    def __init__(self) -> None:
        self._progress: SyncProgress | None = None
        self._began = self._at = 0.0

    def note(self, progress: SyncProgress, at: float) -> None:
        """The sync has come so far at ``at``."""
        before = self._progress
        if before is None or before.step is not progress.step:
            self._began = at if before is None else self._at
        self._progress, self._at = progress, at

    def seconds_left(self) -> float | None:
        """What the step's other requests take at the pace of those so far, ``None`` before that
        is known."""
        progress = self._progress
        if progress is None or progress.step_done < _ENOUGH or self._at <= self._began:
            return None
        left = progress.step_total - progress.step_done
        return (self._at - self._began) / progress.step_done * left

    def sentence(self) -> str:
        """Where it is, in a line for a screen of 80."""
        progress = self._progress
        if progress is None or progress.step is None:
            return "First sync: waiting for Numerai's first answer."
        number = _STEPS.index(progress.step) + 1
        return (
            f"First sync, {number} of {len(_STEPS)}: {progress.step.value} "
            f"{progress.step_done}/{progress.step_total}, {self._left(progress)}"
        )

    def _left(self, progress: SyncProgress) -> str:
        if progress.step_done == progress.step_total:
            return "done"
        seconds = self.seconds_left()
        if seconds is None:
            return "time left not known yet"
        if seconds < 1:
            return "a moment left"
        if seconds < _MINUTE:
            return f"about {seconds:.0f} s left"
        return f"about {seconds / _MINUTE:.0f} min left"
