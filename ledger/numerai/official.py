"""numerapi's classes over our transport.

numerapi 3.1.1 repeats writes after a 5xx, passes no timeout, swallows Numerai's words, and its
constructor configures logging and reads secrets from the environment. What is left of it here
are its documents and what it makes of the answers. Importing it takes about a second.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from ledger.domain.model import Tournament
from ledger.errors import Unreachable
from ledger.numerai.answers import Json

Send = Callable[[str, dict[str, Json], bool], dict[str, Json]]
"""Document, variables, whether to sign: to the answer's ``data``."""

_TOKEN = re.compile(
    r"(?P<skip>[\s,\ufeff]+|#[^\r\n]*)"
    r'|(?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\r\n]|\\.)*")'
    r"|(?P<name>[_A-Za-z]\w*)"
    r"|(?P<open>[({\[])|(?P<close>[)}\]])"
    r"|(?P<other>.)",
    re.DOTALL,
)


def is_query(document: str) -> bool:
    """Whether ``document`` only reads: every operation in it is a query.

    Anything that can't be recognised counts as a write, so that it is never sent twice.
    """
    depth, starts, reads = 0, True, False
    for token in _TOKEN.finditer(document):
        kind, text = token.lastgroup, token.group()
        if kind in {"skip", "text"}:
            continue
        if starts:
            if text not in {"{", "query", "fragment"}:
                return False
            reads = reads or text != "fragment"
            starts = False
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            starts = depth == 0 and text == "}"
    return reads and depth == 0


def api(tournament: Tournament, ask: Send, tell: Send) -> Any:
    """numerapi's object for ``tournament``; queries go through ``ask``, writes through ``tell``.

    Raises:
        Unreachable: numerapi can't be imported here, so nothing was sent.
    """
    return _classes()[tournament](ask, tell, int(tournament))


@cache
def _classes() -> dict[Tournament, Any]:
    try:
        from numerapi import CryptoAPI, NumerAPI, SignalsAPI
    except Exception as error:  # what it brings with it may break in ways of its own
        raise Unreachable(
            f"Nothing was sent: numerapi can't be imported ({type(error).__name__}).",
            "Install numstake-tui anew into an environment of its own.",
            sent=False,
        ) from error

    bases = {
        Tournament.CLASSIC: NumerAPI,
        Tournament.SIGNALS: SignalsAPI,
        Tournament.CRYPTO: CryptoAPI,
    }
    own = {"__init__": _init, "_login": _no_login, "raw_query": _raw_query}
    return {key: type(f"Our{base.__name__}", (base,), own) for key, base in bases.items()}


def _init(self: Any, ask: Send, tell: Send, tournament: int) -> None:
    self.logger = logging.getLogger("numerapi")
    self.token = None
    self.show_progress_bars = False
    self.tournament_id = tournament
    self.global_data_dir = "."
    self._ask = ask
    self._tell = tell


def _no_login(self: Any, public_id: str | None = None, secret_key: str | None = None) -> None:
    """The key belongs to the transport."""


def _raw_query(
    self: Any,
    query: str,
    variables: dict[str, Json] | None = None,
    authorization: bool = False,
    **_repeating: object,
) -> dict[str, Json]:
    send = self._ask if is_query(query) else self._tell
    return {"data": send(query, variables or {}, authorization)}
