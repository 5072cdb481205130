"""Answers as Numerai gives them, good and bad, one file per answer."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """``data`` of ``name``.json as the transport would hand it on."""
    text = (Path(__file__).parent / f"{name}.json").read_text()
    data: dict[str, Any] = json.loads(text, parse_float=Decimal)["data"]
    return data
