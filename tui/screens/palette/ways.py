"""Where an action of another page works: the mode to go to, and what opens the page from there."""

from __future__ import annotations

from dataclasses import dataclass

from tui import keys


@dataclass(frozen=True, slots=True)
class Way:
    """A mode, and the actions that lead from it, one page after the other."""

    mode: str
    openers: tuple[str, ...] = ()


WAYS = {
    keys.HOME: Way("home"),
    keys.STAKING: Way("stakes"),
    keys.MODELS: Way("models"),
    keys.COLUMNS: Way("models"),
    keys.RISK: Way("models", ("risk",)),
    keys.SETTINGS: Way("models", ("settings",)),
    keys.ROUNDS: Way("models", ("open",)),
    keys.TARGETS: Way("stakes", ("targets",)),
    keys.PLAN: Way("stakes", ("targets", "plan")),
    keys.QUEUE: Way("queue"),
    keys.EARNINGS: Way("earnings"),
    keys.PAYOUTS: Way("earnings", ("policy",)),
    keys.TRIAL: Way("earnings", ("policy", "try-policy")),
    keys.SLOTS: Way("slots"),
    keys.PREDICTORS: Way("slots", ("predictors",)),
    keys.BACKTEST: Way("slots", ("backtest",)),
    keys.UNLOCKS: Way("unlocks"),
    keys.NOTICES: Way("notices"),
}
"""The way to every group of actions that works on some pages only."""

AT_ONCE = frozenset(
    {
        "mark-model",
        "drain-target",
        "max-target",
        "clear-target",
        "clear-targets",
        "mode",
        "lock",
        "undo-target",
        "redo-target",
        "way",
        "plan-way",
        "take-offer",
        "mark",
        "mark-all",
        "later",
        "sooner",
        "retry",
        "website",
        "clear-share",
        "clear-row",
        "mark-source",
        "copy-shares",
        "undo-share",
        "redo-share",
        "swap-slots",
        "copy-round",
        "put-round",
        "undo-slots",
        "empty-slot",
        "carry-over",
        "retire-predictor",
        "default",
        "undo-setting",
    }
)
"""Actions that alter something without asking, mostly what is under the cursor: on a page that was
not in sight they wait for their key."""
