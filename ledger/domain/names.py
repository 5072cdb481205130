"""Names that others chose: bounded, visible, and never mistaken for the program's own words.

A name is cleaned where it enters, so every name in a value is short and holds nothing that looks
blank. Where it is shown, :func:`marked` is for a cell, :func:`said` for a sentence, and
:func:`quoted` for one that the user says yes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import category, east_asian_width, normalize

from ledger.domain import text

LONGEST = 40
"""Cells of a name at most; Numerai's own are half as long."""

SHOWN = 24
"""Cells of a name in a table, a title or a sentence."""

ODD = "≈"
"""Stands before a name with letters that Numerai's names do not have."""

_READ = 1024
"""Letters of a name that are looked at."""

_MARKS = 2
"""Combining marks that one letter may carry."""

_PLAIN = re.compile(
    r"(?:[A-Za-z0-9_]+|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?:Classic|Signals|Crypto) strategy)(?: \([^()]+\))?"
)
"""A name of letters, digits and underscores; an id in its place; an allocation strategy's."""

_TAIL = re.compile(r" \([^()]+\)$")
"""What the program puts behind a name to tell it from another: no cleaned name has parentheses."""

_RESERVED = str.maketrans('()（）⁽⁾₍₎﹙﹚⸨⸩“”„‟"＂″ˮ≈', "{}{}{}{}{}{}''''''''~")
"""The signs that the program sets around names, and what stands for them inside of one."""


def clean(name: str) -> str:
    """A name as it is kept: at most :data:`LONGEST` cells, the cut marked with an ellipsis.

    What looks blank is dropped, as :func:`ledger.domain.text.name` does it, a letter keeps two
    combining marks, and parentheses, double quotes and :data:`ODD` are replaced by look-alikes.
    Empty when nothing of it can be seen. Cleaning twice is cleaning once.
    """
    if len(name) <= LONGEST and "(" not in name and _PLAIN.fullmatch(name):
        return name
    visible = text.name(normalize("NFC", name[:_READ]))
    composed = normalize("NFC", visible).translate(_RESERVED)
    return cut(" ".join(_few_marks(composed).split()), LONGEST)


def clean_label(label: str) -> str:
    """A name as it is kept together with what the program put behind it."""
    tail = _TAIL.search(label)
    return clean(label[: tail.start()]) + tail[0] if tail else clean(label)


def _few_marks(name: str) -> str:
    """Every letter with as many marks as it may carry; marks without a letter are dropped."""
    kept: list[str] = []
    marks = _MARKS
    for letter in name:
        if category(letter)[0] != "M":
            marks = _MARKS if letter == " " else 0
        elif marks >= _MARKS:
            continue
        else:
            marks += 1
        kept.append(letter)
    return "".join(kept)


def cells(label: str) -> int:
    """How many columns of a terminal ``label`` takes."""
    return len(label) if label.isascii() else sum(map(_width, label))


def _width(letter: str) -> int:
    if category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def shorten(name: str, width: int = SHOWN) -> str:
    """``name`` in at most ``width`` cells; what tells it from another one stays whole."""
    tail = _TAIL.search(name)
    if cells(name) <= width or tail is None or cells(tail[0]) >= width:
        return cut(name, width)
    return cut(name[: tail.start()], width - cells(tail[0])) + tail[0]


def cut(label: str, width: int) -> str:
    """``label`` in at most ``width`` cells, its end cut off where it is longer."""
    if cells(label) <= width:
        return label
    room, kept = width - 1, []
    for letter in label:
        room -= _width(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def padded(label: str, width: int) -> str:
    """``label`` with blanks up to ``width`` cells."""
    return label + " " * (width - cells(label))


def is_odd(name: str) -> bool:
    """Whether ``name`` has letters that Numerai's names do not have."""
    return not _PLAIN.fullmatch(name)


def marked(name: str, width: int = SHOWN) -> str:
    """``name`` for a cell of its own: short, with :data:`ODD` before it where it is odd."""
    return f"{ODD}{shorten(name, width - 1)}" if is_odd(name) else shorten(name, width)


def said(name: str) -> str:
    """``name`` for a sentence: quoted and marked where it is odd, so that it ends where it ends."""
    return quoted(name) if is_odd(name) else shorten(name)


def quoted(name: str) -> str:
    """``name`` in quotes, whatever it is; what the program put behind it stands outside."""
    tail = _TAIL.search(name)
    end = tail[0] if tail else ""
    stem = name[: len(name) - len(end)]
    mark = ODD if is_odd(name) else ""
    return f"{mark}“{cut(stem, SHOWN)}”{end}"


def listed(labels: Iterable[str]) -> str:
    """Several names in a sentence."""
    return ", ".join(map(said, labels))
