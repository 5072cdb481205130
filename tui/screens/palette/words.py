"""What can be typed in words, such as ``move 20 aspen_mmc birch_ridge``: a verb and what it is
about. Words open the dialog that a key opens, filled in; nothing is done by them alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.domain import typed
from ledger.domain.names import SHOWN, cut, marked, said
from ledger.domain.nmr import NMR
from ledger.errors import ChangeError
from tui.screens.palette.catalogue import Catalogue
from tui.screens.palette.entries import WIDTH, Entry, Kind, entry
from tui.screens.palette.scoring import Index, Rank, Search, Text

if TYPE_CHECKING:
    from ledger.domain.model import Model
    from ledger.reports.account.findable import FindableModel

_WORD = re.compile(r'(?:"[^"]*"?|[^\s"])+')
"""A word, parts of which may stand in quotation marks."""


_ALL = ("all", "max")


@dataclass(frozen=True, slots=True)
class Verb:
    """``usage`` names what comes behind it; where that is one entry of a ``kind``, which."""

    name: str
    usage: str
    help: str
    kind: Kind | None = None


VERBS = {
    verb.name: verb
    for verb in (
        Verb("move", "AMOUNT FROM TO…", "NMR from one model to others: amount, 25% or all."),
        Verb("cash", "AMOUNT", "When and how so much NMR can be had."),
        Verb("model", "NAME", "All rounds of a model.", Kind.MODEL),
        Verb("round", "NUMBER", "What a round paid.", Kind.ROUND),
        Verb("change", "NUMBER", "A change in the queue.", Kind.CHANGE),
        Verb("export", "FORMAT", "Records or unlocks as a file.", Kind.EXPORT),
        Verb("theme", "NAME", "Colours of the screen.", Kind.THEME),
        Verb("set", "KEY", "A setting, on its page.", Kind.SETTING),
    )
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A move as it was typed: how much, from which model, to which, with their shares."""

    amount: str
    source: Model
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line in words comes to so far: the ``entries`` it may mean, the first of them what
    enter takes; without any, ``problem`` says what was expected."""

    verb: Verb
    entries: tuple[Entry, ...]
    problem: str = ""


def verb_entries() -> list[Entry]:
    """All verbs."""
    return [
        entry(Kind.WORDS, verb.name, f"{verb.name} {verb.usage}", verb.help, about=verb)
        for verb in VERBS.values()
    ]


def read_words(line: str, catalogue: Catalogue) -> Reading | None:
    """What ``line`` means in words; ``None`` where it does not begin with a verb and a blank."""
    text = line.lstrip(": ")
    name, blank, _ = text.partition(" ")
    verb = VERBS.get(name.casefold()) if blank else None
    if verb is None or (verb.kind is not None and not catalogue.of(verb.kind)):
        return None
    words = [word.replace('"', "") for word in _WORD.findall(text)][1:]
    if text.endswith(" ") and text.count('"') % 2 == 0:
        words.append("")
    if verb.kind is not None:
        reading = _one_of(verb, verb.kind, words, catalogue)
    else:
        reading = {"move": _move, "cash": _cash}[verb.name](verb, words, catalogue)
    named = catalogue.matching(text, worst=Rank.PREFIX) if any(words) else []
    there = {one.key for one in reading.entries if one.kind is verb.kind}
    extra = tuple(one for one in named if one.kind is not verb.kind or one.key not in there)
    return Reading(verb, reading.entries + extra, "" if extra else reading.problem)


def written(label: str) -> str:
    """A name as one word."""
    return f'"{label}"' if " " in label else label


def _one_of(verb: Verb, kind: Kind, words: Sequence[str], catalogue: Catalogue) -> Reading:
    text = " ".join(words)
    entries = catalogue.matching(text, kind)
    problem = f"There is no {kind.value} “{cut(text, SHOWN)}”."
    return Reading(verb, tuple(entries), "" if entries else problem)


def _cash(verb: Verb, words: Sequence[str], _: Catalogue) -> Reading:
    text = " ".join(words).strip()
    if not text:
        return Reading(verb, (), "Type how much NMR, such as 300.")
    try:
        amount = typed.positive(text)
    except ChangeError as error:
        return Reading(verb, (), str(error))
    return Reading(
        verb, (_to_do(f"cash {text}", f"When and how can I have {amount} NMR?", amount),)
    )


def _to_do(words: str, help: str, about: Moved | NMR) -> Entry:
    return entry(Kind.WORDS, words, words, help, about=about)


def _move(verb: Verb, words: Sequence[str], catalogue: Catalogue) -> Reading:
    amount, *names = words
    problem = _amount_problem(amount)
    if problem or not names:
        return Reading(verb, (), problem or "Type a blank, then the model it comes from.")
    models = [one.about for one in catalogue.of(Kind.MODEL) if not one.about.model.archived]
    source, *to = names
    giver = _named(source, models)
    if not to or giver is None:
        taken = _completions([amount], source, models)
        problem = f"There is no model “{cut(source, SHOWN)}”."
        return Reading(verb, taken, "" if taken else problem)
    takers = [model for model in models if model is not giver]
    *before, last = to
    known = [_named(_bare(name), takers) for name in before]
    if None in known:
        return Reading(verb, (), _no_taker(before[known.index(None)]))
    rest = [model for model in takers if model not in known]
    start = [amount, giver.label, *before]
    taken = _completions(start, last, rest) if "=" not in last else ()
    complete = _named(_bare(last), rest) is not None
    names = to if complete else before if not last else []
    if names:
        what = Moved(amount, giver.model, tuple(names))
        line = " ".join(["move", amount, written(giver.label), *map(_written, names)])
        goes = ", ".join(said(_bare(name)) for name in names)
        help = f"{amount} from {said(giver.label)} to {goes}, looked at first."
        taken = (_to_do(line, help, what), *taken)
    return Reading(verb, taken, "" if taken else _no_taker(last))


def _no_taker(word: str) -> str:
    return f"There is no model “{cut(_bare(word), SHOWN)}” to move to."


def _amount_problem(text: str) -> str:
    if not text:
        return "Type how much: 20, 25% or all."
    if text.casefold() in _ALL:
        return ""
    try:
        if text.endswith("%"):
            typed.percent(text)
        else:
            typed.positive(text)
    except ChangeError as error:
        return str(error)
    return ""


def _named(text: str, models: Iterable[FindableModel]) -> FindableModel | None:
    """The model of this name."""
    folded = text.casefold()
    return next((model for model in models if model.label.casefold() == folded), None)


def _completions(
    start: Sequence[str], text: str, models: Sequence[FindableModel]
) -> tuple[Entry, ...]:
    """Those of ``models`` whose names ``text`` may become behind the words of ``start``."""
    ranks = Search(Index(Text(model.label) for model in models)).ranks(text)
    places = sorted(ranks, key=lambda place: (ranks[place], place)) if text else range(len(models))
    before = " ".join(["move", *map(_written, start)])
    return tuple(
        Entry(
            Kind.COMPLETION,
            model.model.id,
            marked(model.label, WIDTH),
            model.model.tournament.label,
            Text(model.label),
            f"{before} {written(model.label)} ",
        )
        for model in (models[place] for place in places)
        if model.label.casefold() != text.casefold()
    )


def _bare(word: str) -> str:
    """A destination without its share."""
    name, equals, _ = word.rpartition("=")
    return name if equals else word


def _written(word: str) -> str:
    name, equals, share = word.rpartition("=")
    return f"{written(name)}={share}" if equals else written(word)
