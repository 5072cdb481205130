"""What happens in the world beyond its calendar, on command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.sandbox.world import atomic
from ledger.sandbox.world.continuous import Declined
from ledger.sandbox.world.state import Competition, Entry, Slot
from ledger.sandbox.world.world import World

EVENTS = frozenset(
    {
        "flag_resolved",
        "correct_payout",
        "spoil_scores",
        "repair_scores",
        "rename",
        "archive",
        "delete",
        "restore",
        "pass_name",
        "set_on_website",
        "move_on_website",
    }
)
"""The methods of :class:`WorldEvents` that can be called over HTTP, by name."""


_Details = ParamSpec("_Details")


def _at_once(
    event: Callable[Concatenate[WorldEvents, _Details], None],
) -> Callable[Concatenate[WorldEvents, _Details], None]:
    """Let an event happen between two requests, when everything due before it has happened."""

    @wraps(event)
    def happening(
        events: WorldEvents, /, *details: _Details.args, **named: _Details.kwargs
    ) -> None:
        with events.moment():
            event(events, *details, **named)

    return happening


class WorldEvents:
    """Events for a world. Models are given by id, or by name when no two share it."""

    world: World

    def moment(self) -> AbstractContextManager[None]:
        """Holds requests back, with the world brought up to now."""
        raise NotImplementedError

    @_at_once
    def flag_resolved(
        self, tournament: Tournament | int, number: int, *, late_days: float = 0
    ) -> None:
        """Tell a running round as resolved from now on, while its payouts are still pending.

        They settle when the round resolves by the calendar, or ``late_days`` after that.

        Raises:
            ValueError: the round does not run.
        """
        competition = self.world.tournaments[Tournament(tournament)]
        state = competition.rounds.get(number)
        if state is None or state.resolved or late_days < 0:
            raise ValueError(f"round {number} of {competition.tournament.label} does not run")
        state.flagged = True
        state.late = timedelta(days=late_days)

    @_at_once
    def correct_payout(self, model: str, number: int, delta: str | NMR) -> None:
        """Change a settled payout by ``delta`` NMR, and what it went to: stake, wallet or idle.

        Raises:
            ValueError: it has not settled, or there is not that much to take back.
        """
        slot, change = self._slot(model), delta if isinstance(delta, NMR) else NMR(delta)
        entry = slot.entries.get(number)
        if entry is None or entry.payout is None or not entry.at_risk:
            raise ValueError(f"round {number} of {slot.name} has no settled payout")
        self._pay(slot, entry, change)
        entry.payout += change
        self.world.settled += change

    @_at_once
    def spoil_scores(self, model: str, number: int, *, nan: bool = True) -> None:
        """Tell all scores of a model in a round as NaN, or as null, until they are repaired."""
        self.world.spoilt[self._slot(model).id, number] = nan

    @_at_once
    def repair_scores(self, model: str, number: int) -> None:
        """Tell the scores of a model in a round as they are.

        Raises:
            ValueError: they were not spoilt.
        """
        if self.world.spoilt.pop((self._slot(model).id, number), None) is None:
            raise ValueError(f"the scores of {model} in round {number} are not spoilt")

    @_at_once
    def rename(self, model: str, name: str) -> None:
        """Give a model another name."""
        self._slot(model).name = name

    @_at_once
    def archive(self, model: str) -> None:
        """Archive a model with all that is staked on it."""
        self._slot(model).archived = True

    @_at_once
    def delete(self, model: str) -> None:
        """Delete a model: no answer shows it any more. Its NMR stays where it is."""
        self._slot(model).deleted = True

    @_at_once
    def restore(self, model_id: str) -> None:
        """Bring a deleted or archived model back, by its id.

        Raises:
            ValueError: there is no such model.
        """
        try:
            slot = self.world.any_slot(model_id)
        except KeyError:
            raise ValueError(f"no model {model_id}") from None
        slot.deleted = slot.archived = False

    @_at_once
    def pass_name(self, model: str, to: str, *, left_with: str | None = None) -> None:
        """Give a model's name to another model; the first is called ``left_with`` then.

        Raises:
            ValueError: both are the same model.
        """
        giver, taker = self._slot(model), self._slot(to)
        if giver is taker:
            raise ValueError(f"{model} has that name already")
        taker.name, giver.name = giver.name, left_with or f"{giver.name}_before"

    @_at_once
    def set_on_website(self, model: str, per_round: str, mode: str, enabled: bool = True) -> None:
        """What a model's owner saves on the V3 Stakes page.

        Raises:
            ValueError: its tournament is continuous, or the setting is none.
        """
        slot = self._slot(model)
        self._atomic(slot.tournament)
        setting = ModelSetting(NMR(per_round), StakeMode(mode), enabled)
        atomic.configure(self.world, slot, setting, self._website("setting"))

    @_at_once
    def move_on_website(self, tournament: Tournament | int, amount: str, *, out: bool) -> None:
        """A deposit into a tournament's strategy on the V3 Stakes page, or a withdrawal.

        Raises:
            ValueError: the tournament is continuous, or there is not that much.
        """
        competition = self._atomic(Tournament(tournament))
        move = atomic.withdraw if out else atomic.deposit
        try:
            move(self.world, competition, NMR(amount), self._website("funds"))
        except Declined as no:
            raise ValueError(str(no)) from None

    def _atomic(self, tournament: Tournament) -> Competition:
        competition = self.world.tournaments[tournament]
        if competition.system is not System.ATOMIC:
            raise ValueError(f"{competition.tournament.label} is on continuous staking")
        return competition

    def _website(self, what: str) -> str:
        """The hash of a transaction that the website has sent."""
        world = self.world
        return world.hash("website", what, len(world.settings), len(world.account_wallet.rows))

    def happen(self, event: str, /, **details: Any) -> None:
        """Call an event by name.

        Raises:
            ValueError: there is none of that name, or it cannot happen.
            TypeError: the details are not those of the event.
        """
        if event not in EVENTS:
            raise ValueError(f"no event {event!r}; there are {', '.join(sorted(EVENTS))}")
        getattr(self, event)(**details)

    def _slot(self, model: str) -> Slot:
        try:
            return self.world.slot(model)
        except KeyError:
            raise ValueError(f"no model {model}") from None

    def _pay(self, slot: Slot, entry: Entry, change: NMR) -> None:
        world, competition = self.world, self.world.tournaments[slot.tournament]
        if entry.system is System.ATOMIC:
            # What still waits for its claim is worth more or less by itself.
            if entry.waits:
                _check(entry.worth, change)
            else:
                _check(competition.idle, change)
                competition.idle += change
        elif entry.take_profit:
            _check(world.account_wallet.available, change)
            world.account_wallet.available += change
            here, there = "v2-stake", world.account_wallet.address
            ends = (here, there) if change > ZERO else (there, here)
            world.book(abs(change), "payout", *ends, slot.tournament)
        else:
            _check(slot.stake, change)
            slot.stake += change


def _check(there: NMR, change: NMR) -> None:
    if there + change < ZERO:
        raise ValueError(f"only {there} NMR can be taken back")
