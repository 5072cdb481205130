"""A chapter's Markdown as lines for a terminal: the few forms that chapters are written in.

Headings, paragraphs, lists, tables, fenced code; in them code, bold and links. Pictures and
comments are left out, and so is the chapter's own title, which its frame bears.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from textual.content import Content

_GAP = 2
"""Cells between two columns of a table, and what code stands in."""

_ITEM = re.compile(r"(- |\d+\. )(.*)")
_SPAN = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\*(\w(?:[^*`]*\w)?)\*|\[([^\]]+)\]\(([^)]+)\)")
_FENCE = "```"


def lines(source: str, width: int) -> list[Content]:
    """``source`` in lines of at most ``width`` cells; a longer one of code goes on below it,
    further in."""
    laid_out: list[Content] = []
    for block in _blocks(source):
        laid_out += [*([Content("")] if laid_out else []), *_block(block, width)]
    return laid_out


def _blocks(source: str) -> Iterator[list[str]]:
    """What blank lines outside of code separate, without what is not shown."""
    block: list[str] = []
    in_code = False
    for line in [*source.splitlines(), ""]:
        in_code ^= line.startswith(_FENCE)
        if line or in_code:
            if in_code or not line.startswith(("# ", "![", "<!--")):
                block.append(line)
        elif block:
            yield block
            block = []


def _block(block: Sequence[str], width: int) -> list[Content]:
    first = block[0]
    if first.startswith(_FENCE):
        return _code(block[1:-1], width)
    if first.startswith("|"):
        return _table(block, width)
    if _ITEM.match(first):
        return _list(block, width)
    if first.startswith("#"):
        return inline(first.lstrip("# ")).stylize("bold").wrap(width)
    return inline(" ".join(block)).wrap(width)


def _code(block: Sequence[str], width: int) -> list[Content]:
    inner = max(1, width - 2 * _GAP)
    laid_out = []
    for line in block:
        whole = Content.styled(line, "$mark")
        parts = [whole] if whole.cell_length <= width - _GAP else whole.wrap(inner)
        laid_out += [part.pad_left(2 * _GAP if at else _GAP) for at, part in enumerate(parts)]
    return laid_out


def _list(block: Sequence[str], width: int) -> list[Content]:
    laid_out = []
    for marker, text in _items(block):
        wrapped = inline(text).wrap(max(1, width - len(marker)))
        laid_out += [
            Content(" " * len(marker) if at else marker) + line for at, line in enumerate(wrapped)
        ]
    return laid_out


def _items(block: Sequence[str]) -> list[tuple[str, str]]:
    """The marker and the whole text of each item."""
    items: list[tuple[str, str]] = []
    for line in block:
        start = _ITEM.match(line)
        if start:
            items.append((start[1], start[2]))
        else:
            marker, text = items.pop()
            items.append((marker, f"{text} {line.strip()}"))
    return items


def _table(block: Sequence[str], width: int) -> list[Content]:
    """Columns side by side; where a cell needs several lines, a blank one parts the rows."""
    head, _, *body = [[inline(cell.strip()) for cell in row[1:-1].split("|")] for row in block]
    head = [cell.stylize("bold") for cell in head]
    rows = [head, *body] if any(cell.plain for cell in head) else body
    widths = _column_widths(rows, width)
    laid_out = [_row(row, widths) for row in rows]
    is_tall = any(len(row) > 1 for row in laid_out)
    parted = [[*row, Content("")] for row in laid_out[:-1]] + laid_out[-1:]
    return [line for row in (parted if is_tall else laid_out) for line in row]


def _column_widths(rows: Sequence[Sequence[Content]], width: int) -> list[int]:
    """As wide as the cells need; when that is too much, the widest share what is left."""
    needs = [max(cell.cell_length for cell in column) for column in zip(*rows, strict=True)]
    left = width - _GAP * (len(needs) - 1)
    widths = [0] * len(needs)
    for place, at in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        widths[at] = max(1, min(needs[at], left // (len(needs) - place)))
        left -= widths[at]
    return widths


def _row(cells: Sequence[Content], widths: Sequence[int]) -> list[Content]:
    wrapped = [cell.wrap(width) for cell, width in zip(cells, widths, strict=True)]
    return [
        Content(" " * _GAP)
        .join(_cell(column, line, width) for column, width in zip(wrapped, widths, strict=True))
        .rstrip()
        for line in range(max(map(len, wrapped)))
    ]


def _cell(column: Sequence[Content], line: int, width: int) -> Content:
    text = column[line].rstrip() if line < len(column) else Content("")
    return text.pad_right(width - text.cell_length)


def inline(text: str) -> Content:
    """A line of prose: code bold in a colour of its own, links by their text; where one leads out
    of the manual, its address follows."""
    parts: list[Content] = []
    end = 0
    for match in _SPAN.finditer(text):
        parts += [Content(text[end : match.start()]), _span(match)]
        end = match.end()
    return Content("").join([*parts, Content(text[end:])])


def _span(match: re.Match[str]) -> Content:
    code, bold, italic, label, target = match.groups()
    if code is not None:
        return Content.styled(code, "bold $mark")
    if bold is not None:
        return inline(bold).stylize("bold")
    if italic is not None:
        return Content.styled(italic, "italic")
    shown = inline(label).stylize("underline")
    return Content.assemble(shown, f" ({target})") if "://" in target else shown
