"""Signs for terminals that lack them: every one the screens use has an ASCII stand-in, as wide."""

from __future__ import annotations

import os
import sys

GLYPHS = ("auto", "unicode", "ascii")
"""What ``[app] glyphs`` may be."""

_STAND_INS = {
    "✓✗●○◇▲▼▌▏▎▊▐↑↓←▸": "vx*o+^v>||||^v<>",
    "·•–−—…→›‹⇧×≠±≈⌫": ".*---~>><Sx!~@<",
    "“”‘’€£¥": "\"\"''ELY",
    "─━┄┅┈┉╌╍═╴╶╸╺": "-" * 13,
    "│┃┆┇┊┋╎╏║╵╷╹╻": "|" * 13,
    "░▒▓▔▀▁▂▃▄▅▆▇█": '.:#""__..:##' + "#",
}

_BOXES = range(0x2500, 0x2580)
_BLOCKS = range(0x2580, 0x25A0)
_BRAILLE = range(0x2800, 0x2900)


def _stand_ins() -> dict[int, str]:
    table = dict.fromkeys(_BOXES, "+") | dict.fromkeys(_BLOCKS, "#")
    table |= {code: _dots((code - _BRAILLE.start).bit_count()) for code in _BRAILLE}
    for signs, letters in _STAND_INS.items():
        table |= dict(zip(map(ord, signs), letters, strict=True))
    return table


def _dots(count: int) -> str:
    return " " if not count else "." if count < 3 else ":" if count < 6 else "#"


PLAIN = _stand_ins()
"""For ``str.translate``; a name with other letters stays as it is."""


def are_plain(glyphs: str, term: str | None = None, encoding: str | None = None) -> bool:
    """Whether ASCII has to do: asked for, or no sign would arrive.

    The Linux console and hardware terminals have no glyphs for them; a locale that is not
    UTF-8 has no bytes. ``term`` and ``encoding``: of this process when not given.
    """
    if glyphs != "auto":
        return glyphs == "ascii"
    bytes_as = getattr(sys.__stderr__, "encoding", None) if encoding is None else encoding
    return is_bare_terminal(term) or (bytes_as or "").lower().replace("-", "") not in {"utf8", ""}


def is_bare_terminal(term: str | None = None) -> bool:
    """Whether ``TERM`` names a console or hardware terminal: no such signs, no clipboard."""
    kind = os.environ.get("TERM", "") if term is None else term
    return kind in {"linux", "dumb", "ansi"} or kind.startswith("vt")
