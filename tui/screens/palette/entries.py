"""What the palette lists: actions with their keys, words, and everything that has a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ledger.config.config import SETTINGS
from ledger.domain.names import marked
from ledger.domain.records.formats import FORMATS, PAGES
from ledger.reports.account.findable import Findable
from tui import keys
from tui.help import CHAPTERS
from tui.screens.palette.scoring import Text
from tui.screens.palette.ways import WAYS

UNLOCKS = "unlocks"
"""The export of what comes free when."""

WIDTH = 40
"""Cells of a name at most."""


class Kind(Enum):
    """What an entry is, as it is called on the right of its line."""

    ACTION = ""
    WORDS = "words"
    SETTING = "setting"
    EXPORT = "export"
    BACKUP = "backup"
    THEME = "theme"
    CHAPTER = "manual"
    MODEL = "model"
    PREDICTOR = "predictor"
    CHANGE = "change"
    ROUND = "round"
    COMPLETION = "complete"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    ``key`` tells it from the others of its kind, ``name`` and ``help`` are shown, ``text`` is what
    it is found by, ``about`` what it stands for: an action, a model, a number. ``pressed`` is the
    key of an action as a user reads it.
    """

    kind: Kind
    key: str
    name: str
    help: str
    text: Text
    about: Any = None
    pressed: str = ""

    @property
    def id(self) -> str:
        """What tells it from all others, also in the next run."""
        return f"{self.kind.name.lower()}:{self.key}"


def entry(
    kind: Kind, key: str, name: str, help: str = "", *, also: str = "", about: Any = None
) -> Entry:
    """An entry that is found by its name, the word for its kind, and ``also``."""
    return Entry(kind, key, name, help, Text(name, f"{kind.value} {also}", help), about)


def title(action: keys.Action) -> str:
    """What an action is called, with the mode it belongs to."""
    everywhere = action.group in {keys.EVERYWHERE, keys.VIEW}
    return action.label if everywhere else f"{action.group}: {action.label}"


def actions(
    here: Sequence[keys.Action], remapped: Mapping[str, str], *, demo: bool
) -> Iterator[Entry]:
    """The actions that work on the page in front, those of ``here``, then those of all others."""
    there = {action.id for action in here}
    left_out = _LEFT_OUT if demo else {*_LEFT_OUT, "website"}
    elsewhere = (action for action in keys.ACTIONS if action.group in WAYS)
    for action in [*here, *(other for other in elsewhere if other.id not in there)]:
        if action.group == keys.TABLE or action.id in left_out:
            continue
        also = f"{action.group} {action.id}"
        yield Entry(
            Kind.ACTION,
            action.id,
            title(action),
            action.help,
            Text(action.label, also, action.help),
            action,
            keys.shown_key(action, remapped),
        )


_LEFT_OUT = frozenset({"command-palette", "back"})


def settings() -> Iterator[Entry]:
    """Every setting of the config, by its name there."""
    for name, setting in SETTINGS.items():
        yield entry(Kind.SETTING, name, name, setting.prose, about=name)


def files() -> Iterator[Entry]:
    """What can be written to a file."""
    for kept in (*FORMATS, *PAGES):
        help = f"Records of NMR, {kept.reader}." if kept in FORMATS else f"Taxes: {kept.reader}."
        yield entry(Kind.EXPORT, kept.name, f"export {kept.name}", help, about=kept)
    calendar = "What comes free when, as a table or a calendar."
    yield entry(Kind.EXPORT, UNLOCKS, f"export {UNLOCKS}", calendar)
    copy = "The ledger in one file, checked, to be put back by restore."
    yield entry(Kind.BACKUP, "backup", "backup", copy, also="back up copy")


def themes(names: Iterable[str]) -> Iterator[Entry]:
    """The colours there are, our own first."""
    for name in sorted(names, key=lambda name: (not name.startswith("numstake"), name)):
        yield entry(Kind.THEME, name, name, "Colours of the screen.", also="colours", about=name)


def chapters() -> Iterator[Entry]:
    """The manual."""
    for chapter in CHAPTERS:
        yield entry(
            Kind.CHAPTER,
            chapter.name,
            chapter.title,
            chapter.summary,
            also="chapter",
            about=chapter,
        )


def found_in(findable: Findable) -> Iterator[Entry]:
    """What a ledger names: models, predictors, changes and rounds."""
    for named in findable.models:
        model = named.model
        where = model.tournament.label
        help = f"{where}, archived" if model.archived else where
        name = marked(named.label, WIDTH)
        text = Text(named.label, f"{Kind.MODEL.value} {where}")
        yield Entry(Kind.MODEL, model.id, name, help, text, named)
    for predictor in findable.predictors:
        name = marked(predictor.name, WIDTH)
        text = Text(predictor.name, Kind.PREDICTOR.value, predictor.notes)
        help = "retired" if predictor.retired else ""
        yield Entry(Kind.PREDICTOR, str(predictor.id), name, help, text, predictor)
    for line in findable.changes:
        number, state = line.change.id, line.change.state.value
        text = Text(f"change {number}", " ".join((line.name, state)), line.sentence)
        help = f"{state}: {line.sentence}"
        yield Entry(Kind.CHANGE, str(number), f"change {number}", help, text, number)
    for entered in findable.rounds:
        tournaments = entered.played or entered.tournaments
        help = ", ".join(tournament.label for tournament in tournaments)
        name = f"round {entered.number}"
        yield entry(Kind.ROUND, str(entered.number), name, help, about=entered)
