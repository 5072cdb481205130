"""Predictors and where they sit, as the book offers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ledger.domain.nearest import did_you_mean
from ledger.domain.slots.predictor import Assignment, AssignmentPlace, AssignmentStep, Predictor
from ledger.errors import AssignmentError, ConfigError
from ledger.files import write_file
from ledger.reports.slots.predictors import NextRound, PredictorGrid, build_grid, build_next
from ledger.reports.slots.slots import SlotRound, SlotsReport
from ledger.rules.slots.assignments import (
    AHEAD,
    closes,
    filled,
    opens,
)
from ledger.slots.csv_files import (
    Columns,
    Contents,
    Form,
    checked_name,
    form_of,
    read_csv,
    write_csv,
)
from ledger.slots.json_files import read_json, write_json
from ledger.slots.log import SlotLog
from ledger.user_files import LARGEST_LOG, lines_of, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.domain.model import Tournament

_COLOUR = re.compile(r"#[0-9a-f]{6}")
"""How a colour is written: ``#rrggbb``."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import into ``tournament`` did.

    It said ``said`` assignments as one ``step``, ``None`` when nothing was new; ``new`` are the
    names of the predictors it brought along.
    """

    tournament: Tournament
    said: int
    new: tuple[str, ...]
    step: AssignmentStep | None


def _text(path: Path) -> str:
    try:
        return text_of(path, largest=LARGEST_LOG)
    except FileNotFoundError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error


class PredictorBook(SlotLog):
    """The user's own models, and the log of where they sat."""

    def all(self) -> tuple[Predictor, ...]:
        """Every predictor, retired ones too, by name."""
        return self._rows.all()

    def find(self, text: str) -> Predictor:
        """The predictor of this name; case matters only where two names differ by nothing else.

        Raises:
            AssignmentError: there is none, or several.
        """
        predictors = self.all()
        same = [predictor for predictor in predictors if predictor.name == text] or [
            predictor for predictor in predictors if predictor.name.casefold() == text.casefold()
        ]
        if len(same) == 1:
            return same[0]
        names = [predictor.name for predictor in predictors if not predictor.retired]
        suggestion = did_you_mean(text, names)
        raise AssignmentError(
            f"There is no predictor called “{text}”.",
            f"{suggestion}There are: {', '.join(names)}." if names else "Add one first.",
        )

    def add(self, name: str, *, notes: str = "", colour: str | None = None) -> Predictor:
        """A new predictor.

        Raises:
            AssignmentError: the name can't be one or is taken, or the colour is none.
        """
        self._check_writable()
        predictor = Predictor(0, _name(name), notes, _colour(colour))
        return self._rows.add([predictor])[0]

    def obtain(self, name: str) -> Predictor:
        """The predictor of this very name, added if there is none."""
        return next((one for one in self.all() if one.name == name), None) or self.add(name)

    def rename(self, name: str, new_name: str) -> Predictor:
        """Call a predictor something else; its record stays with it."""
        return self._alter(replace(self.find(name), name=_name(new_name)))

    def retire(self, name: str, *, retired: bool = True) -> Predictor:
        """Offer a predictor no more, or again; its record stays."""
        return self._alter(replace(self.find(name), retired=retired))

    def describe(
        self, name: str, *, notes: str | None = None, colour: str | None = None
    ) -> Predictor:
        """Give a predictor other notes or another colour (``#rrggbb``, "" for none)."""
        predictor = self.find(name)
        return self._alter(
            replace(
                predictor,
                notes=predictor.notes if notes is None else notes,
                colour=predictor.colour if colour is None else _colour(colour or None),
            )
        )

    def _alter(self, predictor: Predictor) -> Predictor:
        self._check_writable()
        return self._rows.alter(predictor)

    def next(self, tournament: Tournament) -> NextRound:
        """What to submit where in the next round: slot names, UUIDs and predictors."""
        rounds = {entry.number: entry for entry in self._rounds(tournament)}
        number = self.next_number(tournament)
        return build_next(
            tournament,
            number,
            closes=closes(number, tournament, rounds),
            models=self._store.models(tournament, archived=True),
            held=self.assignments(tournament, [number])[number],
            predictors=self.all(),
        )

    def grid(self, report: SlotsReport) -> PredictorGrid:
        """Who sat where in the rounds of ``report``, and in the one to come."""
        tournament = report.tournament
        rounds = {entry.number: entry for entry in self._rounds(tournament)}
        next_number = self.next_number(tournament)
        newest = report.rounds[0].round if report.rounds else next_number - 1
        coming = [
            SlotRound(number, opens(number, rounds), None, False, ())
            for number in range(max(next_number, newest + 1), newest, -1)
        ]
        numbers = [row.round for row in (*coming, *report.rounds)]
        log = self.log(tournament)
        reported = {slot.model_id for slot in report.slots}
        return build_grid(
            report,
            coming=coming,
            idle=[model for model in self._store.models(tournament) if model.id not in reported],
            filled=filled(log.said, numbers),
            predictors=self.all(),
            closes={
                row.round: row.closes or closes(row.round, tournament, rounds)
                for row in (*coming, *report.rounds)
            },
            next_round=next_number,
            can_undo=log.can_undo,
        )

    # Files

    def import_file(
        self,
        tournament: Tournament,
        path: Path,
        *,
        closed: bool = False,
        columns: Columns | None = None,
    ) -> Imported:
        """Say everything a file says, or nothing when something in it can't be.

        Predictors it names and nobody knows are added. ``columns``: how another program's CSV calls
        round, slot and predictor.

        Raises:
            ConfigError: with file, line and column of what can't be understood.
            RoundClosed: see the class.
        """
        self._check_writable()
        latest = self.next_number(tournament) + AHEAD
        slots = self._slots(tournament)
        if form_of(path) is Form.JSON:
            contents = read_json(path, _text(path), slots, latest=latest)
        else:
            lines = lines_of(path, ConfigError)
            contents = read_csv(path, lines, slots, latest=latest, columns=columns)
        predictors, ids = _merged(contents, self.all())
        now = self._clock.now()
        said: dict[AssignmentPlace, Assignment | None] = {
            AssignmentPlace(row.round, row.slot_id): Assignment(
                tournament,
                row.round,
                row.slot_id,
                None if row.predictor is None else ids[row.predictor],
                row.source,
                row.at or now,
            )
            for row in contents.rows
        }
        what = f"{path.name} imported"
        step = self.say(tournament, said, what=what, closed=closed, predictors=predictors)
        new = tuple(one.name for one in predictors if not one.id)
        return Imported(tournament, len(said), new, step)

    def export(self, tournament: Tournament, form: Form) -> str:
        """The log as the text of a file; the same log gives the same text."""
        said, slots = self.log(tournament).said, self._slots(tournament)
        if form is Form.JSON:
            return write_json(said, self.all(), slots)
        return write_csv(form, said, self.all(), slots)

    def export_file(
        self,
        tournament: Tournament,
        path: Path,
        form: Form | None = None,
        *,
        replace: bool = True,
    ) -> Form:
        """Write the log into a file, whose name tells its form when nothing does.

        Raises:
            FileError: it can't be written, or is there and not to be replaced.
        """
        chosen = form or form_of(path)
        write_file(path, self.export(tournament, chosen), replace=replace)
        return chosen


def _name(text: str) -> str:
    try:
        return checked_name(text)
    except ValueError as error:
        what, advice = error.args
        raise AssignmentError(f"{what}.", advice) from error


def _colour(text: str | None) -> str | None:
    if text is None or _COLOUR.fullmatch(text):
        return text
    raise AssignmentError(f"“{text}” is no colour.", "Write it like #8fbc8f.")


def _merged(
    contents: Contents, kept: Sequence[Predictor]
) -> tuple[tuple[Predictor, ...], dict[str, int]]:
    """The predictors a file alters or adds, and an id for every name; new ones get stand-ins."""
    ids = {predictor.name: predictor.id for predictor in kept}
    by_name = {
        predictor.name: replace(predictor, id=ids.get(predictor.name, 0))
        for predictor in contents.predictors
    }
    altered = [
        predictor for predictor in by_name.values() if predictor.id and predictor not in kept
    ]
    named = dict.fromkeys(row.predictor for row in contents.rows if row.predictor is not None)
    new = [predictor for predictor in by_name.values() if not predictor.id]
    new += [Predictor(0, name) for name in named if name not in ids and name not in by_name]
    for place, predictor in enumerate(new, 1):
        ids[predictor.name] = -place
    return (*altered, *new), ids
