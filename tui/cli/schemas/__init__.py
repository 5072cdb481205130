"""What every ``--json`` prints, as JSON schemas: one for each command that has it.

They are made from definitions that name the domain's own values, so a new state or kind is in them
by itself; tests hold each against what its command prints. A version only ever gains fields and
values: who reads the output ignores what it does not know. What takes a field away or gives it
another meaning makes a new version.
"""

from __future__ import annotations

from typing import Any

VERSION = 1
"""Of all documents, but those in :data:`VERSIONS`."""

VERSIONS: dict[str, int] = {}
"""Of documents that had to break with what they were."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, dict[str, Any]]:
    """What each command prints, by the words that call it."""
    from tui.cli.schemas import account, earnings, queue, records, slots, stakes, targets

    rooms = (account, stakes, earnings, targets, queue, slots, records)
    return {name: document for room in rooms for name, document in room.DOCUMENTS.items()}


def schema(name: str) -> dict[str, Any]:
    """The schema of what ``name``, such as ``queue list``, prints.

    Raises:
        KeyError: it prints no JSON.
    """
    version = VERSIONS.get(name, VERSION)
    head = {
        "$schema": DIALECT,
        "$id": f"urn:numstake-tui:{name.replace(' ', ':')}:{version}",
        "title": f"numstake-tui {name} --json",
        "version": version,
    }
    return head | documents()[name]
