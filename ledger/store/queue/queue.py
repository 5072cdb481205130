"""The store's half about the queue; the SQL is in ``changes``, ``history`` and ``plans``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from ledger.clock import Clock
    from ledger.domain.model import Model, System, Tournament
    from ledger.domain.nmr import NMR
    from ledger.domain.policy import PolicyStep
    from ledger.domain.queue.change import (
        AccountSnapshot,
        Basis,
        Cause,
        Change,
        ChangeEvent,
        ChangeKind,
        ChangeState,
        Conditions,
        Observation,
        Stamp,
    )
    from ledger.domain.stakes.strategy import Channel, ModelSetting
    from ledger.domain.targets.plan import Plan
    from ledger.store.connection import Connections


class QueueStore:
    """Changes, in their order, with all they went through; each method is one transaction."""

    _connections: Connections
    _clock: Clock

    def add_change(
        self,
        *,
        model: Model,
        system: System,
        kind: ChangeKind,
        nmr: NMR | None,
        conditions: Conditions,
        reason: str,
        retry_of: int | None = None,
        channel: Channel | None = None,
        setting: ModelSetting | None = None,
        base: ModelSetting | None = None,
    ) -> Change:
        """Put a draft at the end of the queue. ``reason`` stays with it as why it was wanted.

        A continuous change needs no ``channel``, an atomic one does.

        Raises:
            ChangeError: the kind needs an amount above zero, a setting or another channel, or
                ``conditions`` or ``retry_of`` name an unknown change.
        """
        from ledger.domain.stakes.strategy import Channel
        from ledger.store.queue import changes

        with self._connections.writing() as connection:
            return changes.add_change(
                connection,
                model=model,
                system=system,
                kind=kind,
                amount=nmr,
                conditions=conditions,
                reason=reason,
                now=self._clock.now(),
                retry_of=retry_of,
                channel=channel or Channel.NUMERAI,
                setting=setting,
                base=base,
            )

    def add_plan(
        self,
        plan: Plan,
        *,
        pinned: tuple[Tournament, Mapping[str, str]] | None = None,
        channel: Channel | None = None,
        realising: Iterable[PolicyStep] = (),
    ) -> tuple[Change, ...]:
        """Put a plan's steps into the queue as drafts, in place of what it replaces.

        ``pinned`` are targets of a tournament, by model id, to be kept in the same transaction,
        ``realising`` what the steps take from accrued payouts.
        ``channel`` is the way of its atomic steps, by hand if none is named.

        Raises:
            ChangeError: the queue is not the one it was made from any more, something it
                replaces is sent, or a step can't be wanted; nothing was added.
        """
        from ledger.domain.stakes.strategy import Channel
        from ledger.store.policy import realised
        from ledger.store.queue import plans
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            added = plans.add_plan(
                connection, plan, now=self._clock.now(), channel=channel or Channel.BY_HAND
            )
            if pinned is not None:
                targets.edit_targets(connection, pinned[0], texts=pinned[1], locks={})
            ids = {index: change.id for index, change in enumerate(added)}
            realised.write_realised(connection, realising, ids)
            return added

    def edit(
        self,
        last_read: Change,
        *,
        nmr: NMR | None,
        conditions: Conditions,
        reason: str,
        channel: Channel | None = None,
        setting: ModelSetting | None = None,
        base: ModelSetting | None = None,
    ) -> Change:
        """Alter what the change ``last_read`` asks for. A confirmed one becomes a draft again.

        ``channel``, ``setting`` and ``base`` stay as they are when they are not given.

        Raises:
            ChangeError: it is not as ``last_read`` any more, was sent, or can't want that.
        """
        from ledger.domain.queue.change import ChangeEvent, ChangeState
        from ledger.store.queue import edits

        with self._connections.writing() as connection:
            event = ChangeEvent(last_read.id, self._clock.now(), ChangeState.DRAFT, reason)
            return edits.edit_change(
                connection,
                event,
                amount=nmr,
                conditions=conditions,
                last_read=last_read,
                channel=channel,
                setting=setting,
                base=base,
            )

    def place(self, change_id: int, *, before: int | None, reason: str) -> Change:
        """Put an unsent change right before the change ``before``, or behind all (``None``).

        Raises:
            ChangeError: one of the two does not exist or was sent.
        """
        from ledger.domain.queue.change import ChangeEvent, ChangeState
        from ledger.store.queue import edits

        with self._connections.writing() as connection:
            event = ChangeEvent(change_id, self._clock.now(), ChangeState.DRAFT, reason)
            return edits.place_change(connection, event, before=before)

    def note(
        self,
        change: Change,
        *,
        reason: str,
        after: AccountSnapshot | None = None,
        observed: Observation | None = None,
    ) -> None:
        """Add what the account looks like now to a change's history."""
        from ledger.domain.queue.change import ChangeEvent
        from ledger.store.queue import changes

        with self._connections.writing() as connection:
            event = ChangeEvent(
                change.id,
                self._clock.now(),
                change.state,
                reason,
                after=after,
                observed=observed,
                uptime=self._clock.uptime(),
            )
            changes.append_note(connection, event)

    def unseen(self) -> frozenset[int]:
        """Ids of changes that Numerai's answer accepted, and the account has not shown."""
        from ledger.store.queue import history

        with self._connections.reading() as connection:
            return history.read_unseen(connection)

    def sent_before_put_back(self) -> frozenset[int]:
        """Ids of changes sent before the ledger was put back from a backup, and not since."""
        from ledger.store import marks

        with self._connections.reading() as connection:
            return marks.read_sent_before(connection)

    def longest_lag(self) -> timedelta:
        """How long readings of the account were seen to lag behind what Numerai had accepted."""
        from ledger.store.queue import history

        with self._connections.reading() as connection:
            return history.read_longest_lag(connection)

    def change(self, change_id: int) -> Change:
        """One change.

        Raises:
            ChangeError: there is none with this id.
        """
        from ledger.store.queue import changes

        with self._connections.reading() as connection:
            return changes.read_change(connection, change_id)

    def changes(self, *, states: Collection[ChangeState] | None = None) -> tuple[Change, ...]:
        """Changes in one of ``states``, or all; newest first."""
        from ledger.store.queue import changes

        with self._connections.reading() as connection:
            return changes.read_changes(connection, states)

    def move(
        self,
        change_id: int,
        to: ChangeState,
        *,
        expect: ChangeState,
        reason: str,
        attempt: str | None = None,
        request: str | None = None,
        answer: str | None = None,
        before: AccountSnapshot | None = None,
        after: AccountSnapshot | None = None,
        last_read: Change | None = None,
        cause: Cause | None = None,
        observed: Observation | None = None,
        request_id: str | None = None,
        patience: timedelta | None = None,
    ) -> Change:
        """Take a change from ``expect`` to ``to``, with an event in its history.

        On disk when it returns. Of several that try the same step one succeeds. With a change
        that is confirmed or sent the ledger keeps what it rests on: see :meth:`basis`.

        Raises:
            ChangeError: it is not in ``expect``, it was edited since ``last_read``, there is
                no such step or change, another change of its model is under way, ``attempt``
                was used before, or it was sent and is not proved not to have arrived.
        """
        from ledger.domain.queue.change import ChangeEvent
        from ledger.store.queue import changes

        with self._connections.writing() as connection:
            now = self._clock.now()
            event = ChangeEvent(
                change_id,
                now,
                to,
                reason,
                attempt,
                request,
                answer,
                before,
                after,
                cause,
                observed,
                request_id,
                patience,
                self._clock.uptime(),
            )
            return changes.move_change(connection, event, expect=expect, last_read=last_read)

    def basis(self, change_id: int, *, sent: bool = False) -> Basis | None:
        """What the ledger held of a change's model when it was confirmed last, or was ``sent``."""
        from ledger.store.queue import bases

        with self._connections.reading() as connection:
            return bases.read_basis(connection, change_id, sent=sent)

    def last_write(self, kinds: Collection[ChangeKind]) -> datetime | None:
        """When a change of one of ``kinds`` last was on its way to Numerai, from any process."""
        from ledger.store.queue import bases

        with self._connections.reading() as connection:
            return bases.read_last_write(connection, kinds)

    def stamps(self) -> tuple[Stamp, ...]:
        """When which change came into which state, of all changes, in the order it happened."""
        from ledger.store.queue import history

        with self._connections.reading() as connection:
            return history.read_stamps(connection)

    def events(self, change_id: int) -> tuple[ChangeEvent, ...]:
        """A change's history, oldest first.

        Raises:
            ChangeError: there is no such change.
        """
        from ledger.store.queue import changes, history

        with self._connections.reading() as connection:
            changes.read_change(connection, change_id)
            return history.read_events(connection, change_id)
