"""One word for one thing, in everything that is said: screens, commands, chapters, the README.

The glossary in CONTRIBUTING has the words; here are those that stood for two things.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPOKEN = (
    "tui",
    "ledger/reports",
    "ledger/rules",
    "ledger/exports",
    "ledger/queue",
    "ledger/chain",
    "ledger/account",
)
CHAPTERS = [ROOT / "README.md", *sorted((ROOT / "tui" / "help").glob("*.md"))]

NOT_SAID = {
    "an unsettled payout is not pending, a change is": re.compile(
        r"pending (?:payouts?|ones|rounds?)\b|payouts? (?:is|are) pending|stay pending"
        r"|\bwhat is pending (?:may|has)\b|\b(?:is|are) not settled",
        re.IGNORECASE,
    ),
    "a wallet is the Numerai wallet or the owner's": re.compile(
        r"\b(?:the|your|into?|from|to|stakes,|against|between) wallet\b"
        r"(?! (?:that|you trust|program|rows|trans)|=)",
        re.IGNORECASE,
    ),
    "what moves from one model to another is counted once": re.compile(r"to move in all"),
}


def test_words_that_are_not_said() -> None:
    said = [
        f"{rule}: {place}: {text}"
        for place, text in every_text()
        for rule, words in NOT_SAID.items()
        if words.search(text)
    ]
    assert not said


def every_text() -> Iterator[tuple[str, str]]:
    """What is said with where it stands: strings that are no docstring, docstrings of commands."""
    for chapter in CHAPTERS:
        yield chapter.name, " ".join(chapter.read_text().split())
    for folder in SPOKEN:
        for file in sorted((ROOT / folder).rglob("*.py")):
            command = "cli" in file.relative_to(ROOT).parts
            for line, text in strings(ast.parse(file.read_text()), docstrings=command):
                yield f"{file.relative_to(ROOT)}:{line}", text


def strings(tree: ast.AST, *, docstrings: bool) -> Iterator[tuple[int, str]]:
    """The string constants below ``tree``; values in an f-string are a blank."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else "{}" for one in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        else:
            yield from strings(node, docstrings=docstrings)
