"""Names of models, told apart where two have the same one, or may look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
from ledger.domain.names import clean, listed
from ledger.errors import ChangeError

if TYPE_CHECKING:
    from ledger.domain.queue.change import Change

_SHORT = 4
"""Digits of an id that are shown at least."""


def names(models: Iterable[Model]) -> dict[str, str]:
    """The name of every model by id: as it is while no other of ``models`` has it.

    Else with its tournament, ``alder (Signals)``; where that does not tell them apart with the
    first digits of its id, ``alder (3f2a)``. So is one with letters beyond ASCII, which may look
    like any other.
    """
    every = tuple(models)
    plain = Counter(_key(model) for model in every)
    placed = Counter((_key(model), model.tournament) for model in every)
    return {
        model.id: f"{model.name} ({_short(model, every)})"
        if placed[_key(model), model.tournament] > 1 or not model.name.isascii()
        else model.name
        if plain[_key(model)] == 1
        else f"{model.name} ({model.tournament.label})"
        for model in every
    }


def within(models: Iterable[Model]) -> dict[str, str]:
    """The same for where the tournament is named beside the model anyway."""
    by_tournament: dict[Tournament, list[Model]] = {}
    for model in models:
        by_tournament.setdefault(model.tournament, []).append(model)
    return {key: name for own in by_tournament.values() for key, name in names(own).items()}


def told_apart(models: Iterable[Model]) -> tuple[Model, ...]:
    """``models`` under the names that :func:`within` gives them."""
    every = tuple(models)
    labels = within(every)
    return tuple(replace(model, name=labels[model.id]) for model in every)


def meant(text: str, models: Iterable[Model]) -> tuple[Model, ...]:
    """The models a user may mean: by id, by a name as it is shown over all tournaments, by a name
    that several may have, or by one as it is shown within a tournament; in any case.

    An id that is written exactly is that model, whatever another one is called.
    """
    every = tuple(models)
    shown, here = names(every), within(every)
    folded = {text.casefold(), clean(text).casefold()}
    exact = tuple(model for model in every if model.id == text)
    if exact:
        return exact
    keys: tuple[Callable[[Model], str], ...] = (
        lambda model: model.id,
        lambda model: shown[model.id],
        lambda model: model.name,
        lambda model: here[model.id],
    )
    for key in keys:
        matching = tuple(model for model in every if key(model).casefold() in folded)
        if matching:
            return matching
    return ()


def the_one(text: str, models: Iterable[Model]) -> Model:
    """The one model a user means, see :func:`meant`.

    Raises:
        ChangeError: there is none, or several; the advice lists them by id and tournament.
    """
    every = tuple(models)
    chosen = meant(text, every)
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        ids = ", ".join(f"{model.id} ({model.tournament.label})" for model in chosen)
        raise ChangeError(f"“{text}” is {len(chosen)} models.", f"Say which by id: {ids}.")
    labels = names(model for model in every if not model.archived)
    there = listed(sorted(labels.values())) or "none"
    from ledger.domain.nearest import did_you_mean

    suggestion = did_you_mean(text, labels.values())
    raise ChangeError(f"“{text}” is no model here.", f"{suggestion}There are: {there}.")


def renamed(change: Change, models: Iterable[Model]) -> Change:
    """``change`` under the name that :func:`within` gives its model, for what is said of it."""
    return replace(change, model_name=within(models).get(change.model_id, change.model_name))


def name_of(model_id: str, labels: Mapping[str, str]) -> str:
    """The name of a model, its id where the ledger has no such model."""
    return labels.get(model_id, model_id)


def _key(model: Model) -> str:
    """Names that differ in case only are read as the same one."""
    return model.name.casefold()


def _short(model: Model, models: Iterable[Model]) -> str:
    """As many first digits of the id as tell it from its namesakes."""
    others = [
        other.id
        for other in models
        if _key(other) == _key(model)
        and other.tournament is model.tournament
        and other.id != model.id
    ]
    length = _SHORT
    while length < len(model.id) and any(other.startswith(model.id[:length]) for other in others):
        length += 1
    return model.id[:length]
