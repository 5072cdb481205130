"""The manual: one chapter a file, readable on its own, and which screen belongs to which."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter of the manual."""

    name: str
    """Its file, without ``.md``."""
    title: str
    """As the file's first line has it."""
    summary: str
    """What it is about, in a few words."""
    modes: tuple[str, ...] = ()
    """The screens it is the chapter of, by their ``MODE``."""

    def source(self) -> str:
        """Its text, as Markdown."""
        return resources.files(__name__).joinpath(f"{self.name}.md").read_text("utf-8")


KEYS = Chapter("keys", "Your API key", "logging in, scopes; machines without a keyring")
"""The one for who has not logged in yet, which no pane is the screen of."""

CHAPTERS = (
    Chapter(
        "home",
        "Home",
        "what its figures are, what they rest on, and what they leave out",
        ("home",),
    ),
    Chapter(
        "stakes",
        "Changing a stake",
        "increase, decrease, cancel a release; how to write amounts",
        ("models", "stakes"),
    ),
    Chapter(
        "targets",
        "Rebalancing",
        "targets for all models, and the plan that leads there",
        ("targets", "plan"),
    ),
    Chapter("queue", "The queue", "from draft to settled; limits; lost answers", ("queue",)),
    Chapter("commandline", "On the command line", "the status line, completion, JSON for scripts"),
    Chapter("automation", "Without you", "sending what is due from cron, systemd or a container"),
    Chapter(
        "atomic",
        "Atomic staking",
        "positions, settings per round, strategies, what comes free",
        ("positions", "unlocks"),
    ),
    Chapter(
        "earnings",
        "Earnings",
        "what rounds paid and why; currencies; ranges of what is unsettled",
        ("earnings", "rounds"),
    ),
    Chapter(
        "risk",
        "Risk",
        "what running rounds could lose together, and which models that comes from",
        ("risk",),
    ),
    Chapter(
        "policy",
        "Where payouts go",
        "by percent to models, the Numerai wallet or pools",
        ("payouts", "simulation"),
    ),
    Chapter(
        "slots",
        "Slots and predictors",
        "who sat where, shuffling, and whether it helps",
        ("slots", "predictors", "backtest"),
    ),
    KEYS,
    Chapter("records", "Records for your accounts", "exports, prices, the year"),
    Chapter(
        "notices",
        "Being told",
        "what deserves attention, and a program of yours that hears of it",
        ("notices",),
    ),
    Chapter("numerai", "When Numerai changes", "what is unknown or old, recordings, doctor"),
    Chapter(
        "settings",
        "Settings and keys",
        "changing them in the app or in the file, and when a change counts",
        ("settings",),
    ),
    Chapter("backups", "Backups and disks", "the ledger in one file and back; full disks, NFS"),
    Chapter(
        "terminals",
        "Over SSH, tmux and other terminals",
        "slow lines, dropped lines, copying, colours and signs",
    ),
)
"""All chapters, in the order in which they are listed."""


def chapter_of(mode: str) -> Chapter:
    """The chapter that belongs to a screen; the first one where none does."""
    return next((chapter for chapter in CHAPTERS if mode in chapter.modes), CHAPTERS[0])
