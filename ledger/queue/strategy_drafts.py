"""Where changes of an allocation strategy are queued for, sent another way, and marked as done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.model import Model, System, Tournament
from ledger.domain.names import said
from ledger.domain.queue.change import (
    FUNDS,
    OPEN,
    SETTINGS,
    UNSENT,
    Change,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    Channel,
    ModelSetting,
    strategy_id,
)
from ledger.errors import ChangeError
from ledger.queue.signing import confirmed
from ledger.store.turns import OTHERS_TURN

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.domain.nmr import NMR
    from ledger.reports.queue.checklist import Checklist
    from ledger.store import Store


class StrategyDrafts:
    """Changes of allocation strategies in one ledger.

    ``must_write`` raises :class:`ledger.errors.ReadOnly` where nothing may be changed;
    ``setting_of`` is a model's present setting by its id, as far as all of it is known.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: AtomicSettings,
        *,
        must_write: Callable[[], None],
        setting_of: Callable[[str], ModelSetting | None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._must_write = must_write
        self._setting_of = setting_of

    def setting(self, model_id: str) -> ModelSetting | None:
        """What a model's strategy will do once the queue is done, as far as all of it is known.

        The newest open change of the queue counts, then what is known of it now.
        """
        return self.queued_setting(model_id) or self._setting_of(model_id)

    def queued_setting(self, model_id: str) -> ModelSetting | None:
        """What the newest open change of the queue sets; ``None`` where none sets anything."""
        queued = (
            change.setting
            for change in self._store.changes(states=OPEN)
            if change.model_id == model_id and change.setting is not None
        )
        return next(queued, None)

    def add(
        self,
        model_id: str,
        kind: ChangeKind,
        *,
        per_round: NMR | None = None,
        mode: StakeMode | None = None,
        enabled: bool | None = None,
        conditions: Conditions | None = None,
        channel: Channel | None = None,
        reason: str = "Drafted.",
    ) -> Change:
        """Put a new setting for one model at the end of the queue, as a draft.

        What is ``None`` stays as it is.

        Raises:
            ChangeError: no such model, its tournament is continuous, nothing would change, or
                what is to stay is not known.
        """
        self._must_write()
        model = self._store.model(model_id, archived=False)
        self._check_system(model.tournament)
        if kind not in SETTINGS:
            raise ChangeError(f"{kind.value} is no setting of a strategy.", "Deposit or withdraw.")
        base = self.setting(model_id)
        setting = _setting_after(model, base, per_round, mode, enabled)
        if setting == base:
            raise ChangeError(
                f"{said(model.name)} is set like that already.", "Nothing was queued."
            )
        return self._store.add_change(
            model=model,
            system=System.ATOMIC,
            kind=kind,
            nmr=None,
            conditions=conditions or Conditions(),
            reason=reason,
            channel=channel or Channel(self._settings.channel),
            setting=setting,
            base=base,
        )

    def add_funds(
        self,
        tournament: Tournament,
        kind: ChangeKind,
        nmr: NMR,
        *,
        conditions: Conditions | None = None,
        channel: Channel | None = None,
        reason: str = "Drafted.",
    ) -> Change:
        """Put a deposit into, or a withdrawal from, a strategy at the end of the queue.

        Raises:
            ChangeError: the tournament is continuous, or the amount is not above zero.
        """
        self._must_write()
        self._check_system(tournament)
        if kind not in FUNDS:
            raise ChangeError(f"{kind.value} moves nothing between owner's wallet and strategy.")
        return self._store.add_change(
            model=strategy_model(tournament),
            system=System.ATOMIC,
            kind=kind,
            nmr=nmr,
            conditions=conditions or Conditions(),
            reason=reason,
            channel=channel or Channel(self._settings.channel),
        )

    def checklist(self, change_id: int) -> Checklist:
        """A change as steps to carry out by hand.

        Raises:
            ChangeError: it is about continuous staking.
        """
        from ledger.reports.queue.checklist import build_checklist

        change = self._store.change(change_id)
        if change.system is not System.ATOMIC:
            raise ChangeError(f"Change {change.id} is about continuous staking.")
        return build_checklist(change)

    def to_mark(self, change_id: int) -> Change:
        """A change that is to be marked as done.

        Raises:
            ChangeError: it is not confirmed, or goes another way.
        """
        self._must_write()
        change = confirmed(self._store.change(change_id))
        if change.channel is not Channel.BY_HAND:
            raise ChangeError(
                f"Change {change.id} goes out as a transaction.", "Only what is done by hand is."
            )
        return change

    def mark_done(self, change_id: int) -> Change:
        """The user carried a confirmed change out by hand; it settles when a sync shows it.

        Raises:
            ChangeError: it is not confirmed, or goes another way.
        """
        change = self.to_mark(change_id)
        with self._store.executing(OTHERS_TURN):
            self._store.move(
                change.id,
                ChangeState.SENDING,
                expect=change.state,
                reason="Carried out by hand.",
                attempt=uuid.uuid4().hex,
                last_read=change,
            )
            done = self._store.move(
                change.id,
                ChangeState.ACCEPTED,
                expect=ChangeState.SENDING,
                reason="You marked it as done.",
            )
        if change.setting is not None:
            self._store.strategies.set_user_setting(
                change.tournament, change.model_id, change.setting
            )
        return done

    def choose(self, change_id: int, channel: Channel) -> Change:
        """Send an unsent change another way; a confirmed one has to be confirmed again, and what
        was signed for it is given up.

        Raises:
            ChangeError: it was sent, or is about continuous staking.
        """
        self._must_write()
        change = self._store.change(change_id)
        if change.system is not System.ATOMIC or channel is Channel.NUMERAI:
            raise ChangeError(f"Change {change.id} can't go that way.")
        if change.state not in UNSENT:
            raise ChangeError(f"Change {change.id} is {change.state.value}.")
        if channel is change.channel:
            return change
        return self._store.edit(
            change,
            nmr=change.nmr,
            conditions=change.conditions,
            channel=channel,
            reason=f"Goes {channel.value} instead of {change.channel.value}.",
        )

    def _check_system(self, tournament: Tournament) -> None:
        if self._settings.decide(tournament, self._store.systems()) is not System.ATOMIC:
            raise ChangeError(
                f"{tournament.label} is on continuous staking: it has no allocation strategy.",
                "Increase or decrease the stake instead.",
            )


def strategy_model(tournament: Tournament) -> Model:
    """What stands for a tournament's whole strategy where a change names its model."""
    return Model(strategy_id(tournament), f"{tournament.label} strategy", tournament)


def _setting_after(
    model: Model,
    base: ModelSetting | None,
    per_round: NMR | None,
    mode: StakeMode | None,
    enabled: bool | None,
) -> ModelSetting:
    if base is not None:
        return ModelSetting(
            base.per_round if per_round is None else per_round,
            base.mode if mode is None else mode,
            base.enabled if enabled is None else enabled,
        )
    if per_round is None or mode is None:
        raise ChangeError(
            f"How {said(model.name)} is set now is not known, so nothing can stay as it is.",
            "Give per-round stake and mode, or configure an Ethereum endpoint and sync.",
        )
    return ModelSetting(per_round, mode, enabled is not False)
