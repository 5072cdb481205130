"""What the screens' tests share."""

from __future__ import annotations

from typing import Any

import pytest
from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_PARSED: dict[frozenset[tuple[str, str]], LRUCache[tuple[Any, ...], list[RuleSet]]] = {}
_parse_rules = Stylesheet._parse_rules


@pytest.fixture(autouse=True)
def nothing_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app does not look for garbage in pauses: a process with all tests has much to look
    through, and many pauses. The test of tidying brings it back."""
    from tui.terminal import tidying

    monkeypatch.setattr(tidying, "PAUSE", 3600.0)
    monkeypatch.setattr(tidying, "LONG_PAUSE", 3600.0)


@pytest.fixture(autouse=True)
def styles_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one app has parsed of stylesheets, others with the same variables need not: it takes a
    quarter of an app's start, and nobody changes it."""

    def parsed(sheet: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
        theirs = frozenset(sheet._variables.items())
        sheet._parse_cache = _PARSED.setdefault(theirs, LRUCache(1024))
        try:
            return _parse_rules(sheet, *source, **more)
        finally:
            sheet._parse_cache = LRUCache(1)  # what clears it means its own

    monkeypatch.setattr(Stylesheet, "_parse_rules", parsed)
