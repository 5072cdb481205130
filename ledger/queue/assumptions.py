"""Is a change whose turn it is still what the user said yes to?"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.nmr import ZERO
from ledger.domain.queue.change import DONE, FUNDS, REQUESTS, AccountSnapshot, Change, ChangeState
from ledger.domain.stakes.strategy import ModelSetting, Origin, SettingReading
from ledger.rules.queue.basis import (
    Turn,
    asked_for,
    moved_away,
    other_model,
    payouts_since,
    sent_since,
)
from ledger.rules.stakes.setting_readings import merged
from ledger.store import Store

_TELLING = frozenset({Origin.CHAIN, Origin.USER})

_BEHIND = (
    "The stake is not what the last sync showed: waits for a sync, which tells whether payouts "
    "explain it."
)


@dataclass(frozen=True, slots=True)
class Objection:
    """``why`` a change can't go out now, in words. ``broken``: it is another one than was
    confirmed, and needs another yes; otherwise it waits until that can be told."""

    why: str
    broken: bool = True


class Assumptions:
    """Compares changes of one ledger with what they were confirmed on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def about_model(self, change: Change) -> Objection | None:
        """Whether the change's model is still the one that was confirmed."""
        if change.kind in FUNDS:
            return None
        model = self.model(change)
        if model is None:
            return None
        why = other_model(change, self._store.basis(change.id), model)
        return None if why is None else Objection(why)

    def about_stake(self, change: Change, now: AccountSnapshot) -> Objection | None:
        """Whether stake and pending request are as they were confirmed, or as payouts and our
        own changes have made them since."""
        turn = self._turn(change, now)
        if turn is None:
            return Objection("There is no record of what it was confirmed on.")
        why = moved_away(turn)
        if why is None:
            return None
        unseen = next((own for own in turn.own if _unseen(own, now)), None)
        if unseen is not None:
            words = f"Waits until a sync shows what became of change {unseen.id} on this model."
            return Objection(words, broken=False)
        if self._behind(change, now):
            return Objection(_BEHIND, broken=False)
        return Objection(why)

    def about_setting(self, change: Change) -> Objection | None:
        """Whether a model's setting in its strategy is the one that was to be replaced, or what
        our own changes have made of it since."""
        reading = self._setting(change)
        shown = None if reading is None else reading.setting
        if change.base is None or reading is None or shown is None:
            return None
        if self._set_since(change, reading):
            return None
        expected = [change.base, *self._own_settings(change)]
        if shown in expected or shown == change.setting:
            return None
        return Objection(
            f"It was planned from {_in_words(change.base)}; now the setting is {_in_words(shown)}."
        )

    def on_chain(self, change: Change) -> bool:
        """Whether the chain itself tells the setting that ``change`` replaces."""
        return any(
            reading.model_id == change.model_id and reading.origin is Origin.CHAIN
            for reading in self._store.strategies.settings(change.tournament)
        )

    def model(self, change: Change) -> Model | None:
        """The change's model as the ledger has it."""
        models = self._store.models(archived=True)
        return next((model for model in models if model.id == change.model_id), None)

    def _turn(self, change: Change, now: AccountSnapshot) -> Turn | None:
        basis = self._store.basis(change.id)
        if basis is None:
            return None
        sent = [
            (other, event.at)
            for other in self._own(change)
            for event in self._store.events(other.id)
            if event.state is ChangeState.SENDING
        ]
        rows = self._store.performances(change.tournament, model_id=change.model_id, scores=False)
        own = list(dict.fromkeys(sent_since(basis, sent)))
        return Turn(change, basis, now, own, payouts_since(basis, rows, now.taken))

    def _own(self, change: Change) -> list[Change]:
        return [
            other
            for other in self._store.changes(states=DONE)
            if other.model_id == change.model_id and other.id != change.id
        ]

    def _own_settings(self, change: Change) -> list[ModelSetting]:
        """What our own changes since the confirmation have set."""
        basis = self._store.basis(change.id)
        since = basis.as_of if basis is not None else None
        return [
            other.setting
            for other in self._own(change)
            if other.setting is not None and (since is None or other.updated >= since)
        ]

    def _set_since(self, change: Change, reading: SettingReading) -> bool:
        """Whether our own change made what ``change`` was planned from after the setting was
        read: the reading is then older than that."""
        return any(
            other.setting == change.base and other.updated >= reading.as_of
            for other in self._own(change)
        )

    def _behind(self, change: Change, now: AccountSnapshot) -> bool:
        """Whether the ledger can't tell yet what payouts have done to the stake."""
        stake = self._store.stakes().get(change.model_id)
        if (ZERO if stake is None else stake.settled) != now.settled:
            return True
        missing = self._store.missing()
        payouts = missing.of(Fact.SETTLED_PAYOUTS, str(int(change.tournament)))
        return payouts is not None or missing.of(Fact.PERFORMANCES, change.model_id) is not None

    def _setting(self, change: Change) -> SettingReading | None:
        """As the chain or the user tells it: what positions suggest may lag behind."""
        readings = self._store.strategies.settings(change.tournament)
        settings = merged(reading for reading in readings if reading.origin in _TELLING)
        return settings.get(change.model_id)


def _unseen(own: Change, now: AccountSnapshot) -> bool:
    """Whether a request of ours was accepted, and neither is pending nor was it settled."""
    accepted = own.state is ChangeState.ACCEPTED and own.kind in REQUESTS
    return accepted and not asked_for(own, now)


def _in_words(setting: ModelSetting) -> str:
    state = "" if setting.enabled else ", disabled"
    return f"{setting.per_round} NMR per round, {setting.mode.value}{state}"
