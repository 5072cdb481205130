"""A ledger in which facts are missing, as a sync writes them when Numerai does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.syncing.facts import SyncFacts
from ledger.store import Store
from tests.conftest import NOW

SINCE = NOW - timedelta(hours=2)
"""From this sync on they are missing: Tuesday 24 November, 07:00."""

EARLIER = NOW - timedelta(days=2)
"""When old ones were last told: Sunday 22 November, 09:00."""

WHY = "Numerai answered with an error."


def never(fact: Fact, subject: str = "") -> MissingFact:
    """A fact that was never told."""
    return MissingFact(fact, subject, None, SINCE, WHY)


def since(fact: Fact, subject: str = "", as_of: datetime = EARLIER) -> MissingFact:
    """A fact that was last told at ``as_of``."""
    return MissingFact(fact, subject, as_of, SINCE, WHY)


def untell(path: Path, *gaps: MissingFact, **facts: Any) -> None:
    """Write ``gaps`` as all that is missing, with other ``facts`` of a sync."""
    store = Store.open(path, clock=FrozenClock(NOW))
    store.apply(SyncFacts(missing=gaps, **facts))
    store.close()


def model_id(path: Path, name: str) -> str:
    """The id of the model called ``name``."""
    store = Store.open(path, clock=FrozenClock(NOW))
    (found,) = [model.id for model in store.models() if model.name == name]
    store.close()
    return found


def alter_models(path: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Set fields of models, by name."""
    store = Store.open(path, clock=FrozenClock(NOW))
    models = tuple(
        replace(model, **changes.get(model.name, {})) for model in store.models(archived=True)
    )
    store.apply(SyncFacts(models=models))
    store.close()


def alter_stakes(path: Path, model_ids: Iterable[str], **fields: Any) -> None:
    """Set fields of continuous stakes."""
    store = Store.open(path, clock=FrozenClock(NOW))
    wanted = set(model_ids)
    stakes = tuple(
        replace(stake, **fields) if key in wanted else stake
        for key, stake in store.stakes().items()
    )
    store.apply(SyncFacts(stakes=stakes))
    store.close()
