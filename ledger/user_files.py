"""Files that a user gives, read within bounds: text in UTF-8, its lines one by one, its TOML.

Whatever a file holds, it costs no more than these bounds, and what is wrong with it becomes one
sentence that names the file, and the line where there is one, in the error of who reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ledger.errors import ConfigError, LedgerError

LARGEST_TEXT = 1024 * 1024
"""Bytes of a file that is written by hand."""

LARGEST_LOG = 64 * 1024 * 1024
"""Bytes of a file with a line for each slot of each round."""

LONGEST_LINE = 1024 * 1024
"""Characters of one line of a table."""

MOST_LINES = 2_000_000
"""Lines of a table."""

_DEEPEST = 32
"""How deep the keys of a TOML file may be nested."""

_DOTTED = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*)"
    + f"{{{_DEEPEST}}}"
)
"""A key nested deeper: each of its parts costs the more the more there are."""

_LONGEST_WORD = 60
"""Characters shown of what a file holds."""

_NO_TEXT = "it is not UTF-8 text"


def text_of(
    path: Path,
    error: type[LedgerError] = ConfigError,
    *,
    largest: int = LARGEST_TEXT,
    advice: str = "",
    opened: Callable[[os.stat_result], None] | None = None,
) -> str:
    """What a file holds, without the mark that some programs put before UTF-8; ``opened`` is told
    whose it is before it is read.

    Raises:
        FileNotFoundError: there is none.
        LedgerError: ``error``: it can't be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            if opened is not None:
                opened(os.fstat(file.fileno()))
            content = file.read(largest + 1)
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise error(f"{path} can't be read: {cause.strerror}.", advice) from cause
    if len(content) > largest:
        raise error(f"{path} can't be read: it is larger than {largest:,} bytes.", advice)
    try:
        return _plain(content)
    except ValueError as cause:
        raise error(f"{path} can't be read: {cause}.", advice) from cause


def _plain(content: bytes) -> str:
    """Text in UTF-8, its line ends as they are everywhere.

    Raises:
        ValueError: it is none, in words.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(_NO_TEXT) from None
    if "\0" in text:
        raise ValueError(_NO_TEXT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines_of(path: Path, error: type[LedgerError], *, advice: str = "") -> Iterator[str]:
    """The lines of a table with their ends, read as they are asked for.

    Raises:
        LedgerError: ``error``: it can't be read, or a line is no text or too long.
    """
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if flaw := _flaw(line, number):
                    raise error(f"{path}, line {number}: {flaw}.", advice)
                yield line
    except UnicodeDecodeError as cause:
        where = f"{path}, after line {number}" if number else str(path)
        raise error(f"{where}: {_NO_TEXT}.", advice) from cause
    except OSError as cause:
        raise error(f"{path} can't be read: {cause.strerror}.", advice) from cause


def _flaw(line: str, number: int) -> str:
    if len(line) > LONGEST_LINE:
        return f"it has more than {LONGEST_LINE:,} characters"
    if "\0" in line:
        return _NO_TEXT
    return f"there are more than {MOST_LINES:,} lines" if number > MOST_LINES else ""


def toml_of(path: Path, text: str, *, advice: str) -> dict[str, Any]:
    """What a text in TOML says.

    Raises:
        ConfigError: it is none, or nested beyond all reason.
    """
    import tomllib

    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _DEEPEST and _DOTTED.search(line):
            raise ConfigError(f"{path}, line {number}: keys are nested too deeply.", advice)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", advice) from error
    except RecursionError:
        why = "nested too deeply"
    except (ValueError, OverflowError):
        why = "a number has more digits than any that is meant"
    raise ConfigError(f"{path} is not valid TOML: {why}.", advice)


def line_of(text: str, table: str, key: str = "") -> int | None:
    """The number of the line on which a text in TOML sets ``key`` of a table, or begins the table
    where no key is said; ``None`` where none is like that."""
    header = re.compile(rf"\s*\[\s*{_quoted(table)}\s*\]")
    dotted = re.compile(rf"\s*{_quoted(table)}\s*\.\s*{_quoted(key)}\s*[=.]")
    inline = re.compile(rf"\s*{_quoted(table)}\s*=")
    assigned = re.compile(rf"\s*{_quoted(key)}\s*[=.]")
    inside, at_top = False, True
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            inside, at_top = bool(header.match(line)), False
            if inside and not key:
                return number
            continue
        inner = assigned if inside and key else None
        outer = (inline, dotted) if at_top else ()
        if any(one is not None and one.match(line) for one in (inner, *outer)):
            return number
    return None


def _quoted(key: str) -> str:
    return rf"""["']?{re.escape(key)}["']?"""


def shown(value: object) -> str:
    """A value out of a file as a sentence quotes it, cut to a readable length."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):
        return "…"
    return text if len(text) <= _LONGEST_WORD else f"{text[: _LONGEST_WORD - 1]}…"


def cut(text: str) -> str:
    """The same of a text, without quotation marks around it."""
    return text if len(text) <= _LONGEST_WORD else f"{text[: _LONGEST_WORD - 1]}…"


def unmarked(lines: Iterable[str]) -> Iterator[str]:
    """The same lines without the mark that some programs put before UTF-8."""
    for index, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if index == 0 else line
