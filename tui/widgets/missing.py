"""What is unknown or old, as it looks in every table, line and dialog.

A ``?`` stands where Numerai has not told a value; a value that it told earlier, and does not tell
any more, is dimmed with a ``*`` behind it. A sum that lacks a part ends in ``+?``, one that holds
an old part in ``*``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from textual.content import Content

from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.domain.model import System, Tournament
from ledger.domain.names import marked
from ledger.domain.nmr import NMR
from ledger.domain.sums import Part, Sum
from ledger.reports.account.missing import WORDS, MissingLine, build_missing
from tui.format import ABSENT, ESTIMATE, OLD, UNKNOWN, nmr, when
from tui.theme import Meaning, Parts
from tui.widgets.line import Group
from tui.widgets.tables.columns import Cell

UNKNOWN_CELL = Cell(UNKNOWN, "muted")
"""A value that nobody has told."""

SIGNS = (
    f"A {UNKNOWN} stands for what Numerai does not tell, a {OLD} behind what it told earlier and "
    f"does not tell now. A sum that lacks a part ends in +{UNKNOWN}. Below the table it says since "
    "when, and enter on a model lists all that is missing of it."
)
"""What these signs mean, for the help."""

LACKING = f"+{UNKNOWN}"
"""Stands behind a sum that lacks what is not known."""

STAKED = {System.CONTINUOUS: (Fact.STAKE,), System.ATOMIC: (Fact.PERFORMANCES, Fact.AT_RISK)}
"""What a model's stake is known by."""

PAID = (Fact.PERFORMANCES,)
PAID_IN = (Fact.PAYOUTS, Fact.SETTLED_PAYOUTS, Fact.PENDING_PAYOUTS)
"""What a model's payouts are known by: facts about itself, and about its tournament."""


# What is missing


def worst(missing: MissingFacts, subject: str, *facts: Fact) -> MissingFact | None:
    """Of ``facts`` about ``subject`` one that was never told, else the oldest that is missing."""
    gaps = [gap for fact in facts if (gap := missing.of(fact, subject)) is not None]
    return _worst(gaps)


def of_payouts(missing: MissingFacts, model_id: str, tournament: Tournament) -> MissingFact | None:
    """The same of what a model's payouts rest on."""
    own = worst(missing, model_id, *PAID)
    listed = worst(missing, str(int(tournament)), *PAID_IN)
    return _worst([gap for gap in (own, listed) if gap is not None])


def _worst(gaps: Sequence[MissingFact]) -> MissingFact | None:
    return min(gaps, key=lambda gap: (gap.as_of is not None, gap.as_of or gap.since), default=None)


def sign_of(missing: MissingFacts, model_ids: Iterable[str], *facts: Fact) -> str:
    """What stands behind a sum over models, by what of ``facts`` about them is missing."""
    gaps = [gap for one in model_ids if (gap := worst(missing, one, *facts)) is not None]
    if any(gap.as_of is None for gap in gaps):
        return LACKING
    return OLD if gaps else ""


def aged(amount: NMR | None, gap: MissingFact | None) -> Part:
    """``amount`` for a total, with its age."""
    return Part(amount, gap.as_of if gap is not None else None)


# Cells


def figure(cell: Cell, gap: MissingFact | None, value: object = True) -> Cell:
    """``cell`` as it is while nothing is missing; else dimmed with a sign, or a ``?`` where it was
    never told or ``value`` is ``None``."""
    if gap is None:
        return cell
    if gap.as_of is not None and value is not None:
        return old(cell)
    plain = cell.plain
    return Cell(" " * (len(plain) - len(plain.lstrip())) + UNKNOWN, "muted")


def part_of(cell: Cell, gap: MissingFact | None, there: object) -> Cell:
    """A cell of what is added up from several facts: as much as is there is shown."""
    if gap is None or (there and gap.as_of is None):
        return cell if gap is None else replace(cell, hang=LACKING)
    return figure(cell, gap)


def estimate(cell: Cell) -> Cell:
    """``cell`` as a figure with unsettled payouts in it."""
    return replace(cell, parts=((ESTIMATE, "pending"), *cell.body))


def old(cell: Cell) -> Cell:
    """A cell with what was told earlier."""
    dimmed: tuple[tuple[str, Meaning], ...] = tuple((text, "stale") for text, _ in cell.body)
    return replace(cell, parts=dimmed, hang=OLD)


def name_cell(name: str, missing_since: datetime | None) -> Cell:
    """A model's name, dimmed with a sign when Numerai lists it no longer."""
    return Cell(marked(name)) if missing_since is None else old(Cell(marked(name)))


def sum_cell(total: Sum, decimals: int, style: Meaning = "", *, signed: bool = False) -> Cell:
    """A total that says what it lacks."""
    if total.unknown and not total.known:
        return UNKNOWN_CELL
    if total.as_of is not None and not total.known:
        return Cell(ABSENT, "muted", hang=_tail(total))
    return Cell(nmr(total.known, decimals, signed=signed), style, hang=_tail(total))


def sum_text(total: Sum, decimals: int, *, signed: bool = False) -> str:
    """The same as text: ``12.300+?``, ``12.300*``, or ``?`` when nothing of it is known."""
    return sum_cell(total, decimals, signed=signed).plain


def _tail(total: Sum) -> str:
    return (OLD if total.as_of is not None else "") + (LACKING if total.unknown else "")


def figure_text(text: str, gap: MissingFact | None, value: object = True) -> str:
    """A text that is no cell: itself, with a sign behind it, or a ``?``."""
    return figure(Cell(text), gap, value).plain


# Words


def legend(gaps: Iterable[MissingFact], now: datetime) -> tuple[Group, ...]:
    """What the signs on a page mean, since when, and which facts it is."""
    gaps = list(gaps)
    unknown = [gap.since for gap in gaps if gap.as_of is None]
    dates = [gap.as_of for gap in gaps if gap.as_of is not None]
    groups: list[Group] = []
    if unknown:
        text = f"not told by Numerai since {when(min(unknown), now)}"
        groups.append((0, _sign(UNKNOWN, text)))
    if dates:
        later = " or later" if max(dates) - min(dates) >= timedelta(minutes=1) else ""
        groups.append((0, _sign(OLD, f"as of {when(min(dates), now)}{later}")))
    kinds = enumerate(_kinds(gaps), start=1)
    return (*groups, *((weight, ((kind, "muted"),)) for weight, kind in kinds))


def _sign(sign: str, text: str) -> Parts:
    return (f"{sign} ", "stale"), (text, "muted")


def paragraphs(gaps: Iterable[MissingFact], labels: Mapping[str, str]) -> Content:
    """What is missing in sentences: since when, why, and what still stands."""
    facts = MissingFacts(gaps)
    return Content("\n").join(
        _paragraph(line, facts) for line in build_missing(facts, labels).lines
    )


def _paragraph(line: MissingLine, facts: MissingFacts) -> Content:
    sign = UNKNOWN if line.as_of is None else OLD
    gaps = (facts.of(line.fact, subject) for subject in line.subjects)
    why = " ".join(dict.fromkeys(gap.why for gap in gaps if gap is not None and gap.why))
    return Content.assemble((f"{sign} ", "$stale"), line.sentence, (f" {why}", "$muted"))


def _kinds(gaps: Iterable[MissingFact]) -> Iterable[str]:
    """``stakes``, ``returns``: each once, the most frequent first."""
    about = Counter(gap.fact for gap in gaps)
    return (WORDS[fact][0] for fact, _ in about.most_common())
