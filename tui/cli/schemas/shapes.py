"""The pieces that schemas are put together from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament

Shape = dict[str, Any]
"""A JSON schema, or a part of one."""

TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
NUMBER: Shape = {"type": "number"}
DECIMAL: Shape = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
AMOUNT: Shape = DECIMAL | {"description": "NMR, exact to the wei"}
WEI: Shape = {"type": "string", "pattern": r"^\d+$"}
TIME: Shape = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
}
DAY: Shape = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
TOURNAMENT: Shape = {"enum": [int(tournament) for tournament in Tournament]}


def record(fields: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with all of ``fields``, and with some of the ``optional`` ones."""
    return {
        "type": "object",
        "properties": dict(fields) | dict(optional or {}),
        "required": list(fields),
    }


def joined(*records: Shape) -> Shape:
    """One object with the fields of all ``records``."""
    fields = {name: shape for one in records for name, shape in one["properties"].items()}
    required = [name for one in records for name in one["required"]]
    return {"type": "object", "properties": fields, "required": required}


def listed(shape: Shape) -> Shape:
    """Any number of ``shape``."""
    return {"type": "array", "items": shape}


def named(shape: Shape) -> Shape:
    """``shape`` by names that are data: of models, rounds or places."""
    return {"type": "object", "additionalProperties": shape}


def optional(shape: Shape) -> Shape:
    """``shape``, or ``null`` where it is not known or there is none."""
    return {"anyOf": [shape, {"type": "null"}]}


def either(*shapes: Shape) -> Shape:
    """Any of ``shapes``."""
    return {"anyOf": list(shapes)}


def one_of(values: type[StrEnum] | tuple[str, ...]) -> Shape:
    """A word out of an enumeration."""
    return {"type": "string", "enum": [str(value) for value in values]}


def total(name: str) -> Shape:
    """A sum, ``null`` with unknown parts; ``NAME_of`` is there where it is not sure."""
    known = record({"known": AMOUNT, "unknown": COUNT, "as_of": optional(TIME)})
    return record({name: optional(AMOUNT)}, {f"{name}_of": known})


MISSING_FACT = record(
    {
        "fact": one_of(Fact),
        "subject": TEXT,
        "as_of": optional(TIME),
        "since": TIME,
        "why": TEXT,
        "acknowledged": FLAG,
    }
)
MISSING_FACTS = listed(MISSING_FACT)
MISSING_LINES = listed(
    record(
        {
            "fact": one_of(Fact),
            "subjects": listed(TEXT),
            "as_of": optional(TIME),
            "since": TIME,
            "must": FLAG,
            "acknowledged": FLAG,
            "sentence": TEXT,
        }
    )
)
MODEL: dict[str, Shape] = {"model": TEXT, "model_id": TEXT}
"""The fields that say which model something is about."""
