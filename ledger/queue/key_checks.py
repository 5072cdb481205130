"""May the owner's key sign under this model's key? Asked of the chain anew, right before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.names import said
from ledger.domain.queue.change import Change
from ledger.domain.stakes.strategy import KeyProof, ModelKey, ProvenBy, StrategyReading
from ledger.errors import ChangeError
from ledger.syncing.reading.key_proof import Findings, KeyFinding, Positions, proven_by_events
from ledger.syncing.reading.strategies import ChainReader

if TYPE_CHECKING:
    from ledger.store import Store

_BY_HAND = "Carry it out by hand on the V3 Stakes page."


class KeyWitness:
    """Proves the keys of one ledger's models; ``reader`` connects at the first need."""

    def __init__(self, store: Store, reader: Callable[[], ChainReader]) -> None:
        self._store = store
        self._reader = reader

    def prove(self, change: Change, strategy: str, key: ModelKey) -> ModelKey:
        """``key`` with what proves that it is the change's model's, kept in the ledger.

        Raises:
            ChangeError: nothing proves it, or something speaks against it; says what.
            LedgerError: the chain could not be read.
        """
        self._check_names(change, key)
        tournament = change.tournament
        reading = self._reader().read(tournament, strategy, staking=None)
        findings = self._compared(reading, key)
        self._check_stakes(change, key, findings)
        proof = self._proof(change, key, findings, reading)
        proven = ModelKey(tournament, change.model_id, key.key, key.origin, proof)
        if not self._store.read_only:
            self._store.strategies.learn_keys([proven])
        return proven

    def _check_names(self, change: Change, key: ModelKey) -> None:
        """Everybody who names a key for this model names this one, and for no other model."""
        named = {
            claim.key.lower()
            for claim in self._store.strategies.claims(change.tournament)
            if claim.model_id == change.model_id
        }
        confirmed = self._store.strategies.confirmed_for(change.id)
        if confirmed is not None and confirmed.key is not None and confirmed.key != key.key:
            raise _refused(
                change, f"it was {confirmed.key} when you confirmed this, and is {key.key} now"
            )
        if others := named - {key.key}:
            raise _refused(
                change,
                f"Numerai's claims name {min(others)} for it, the ledger {key.key} "
                f"({key.origin.value})",
            )
        for other in self._store.strategies.keys(change.tournament):
            if other.key == key.key and other.model_id != change.model_id:
                raise _refused(change, f"{key.key} is named for another model, too")

    def _compared(self, reading: StrategyReading, key: ModelKey) -> Findings:
        strategies, tournament = self._store.strategies, reading.tournament
        held = Positions(self._store, tournament)
        candidates = {other.key for other in strategies.keys(tournament)} | {key.key}
        candidates |= {claim.key for claim in strategies.claims(tournament)}
        candidates |= {event.key for event in strategies.events(tournament, reading.address)}
        return KeyFinding(self._reader(), reading, held).find(candidates)

    def _check_stakes(self, change: Change, key: ModelKey, findings: Findings) -> None:
        if findings.contradict(change.model_id, key.key):
            raise _refused(
                change,
                f"the staking contract holds other stakes under {key.key} than this model has "
                "(a sync may be due)",
            )

    def _proof(
        self, change: Change, key: ModelKey, findings: Findings, reading: StrategyReading
    ) -> KeyProof:
        if findings.keys.get(change.model_id) == key.key:
            evidence = findings.evidence(change.model_id)
            return KeyProof(ProvenBy.POSITIONS, evidence, reading.as_of)
        written = proven_by_events(self._store, change.tournament, reading.address, change.model_id)
        if written is not None and written[0] != key.key:
            raise _refused(change, f"not under {key.key}, but {written[1]}")
        if written is not None:
            return KeyProof(ProvenBy.EVENTS, written[1], reading.as_of)
        if key.proof is not None:
            return key.proof
        raise _refused(
            change,
            f"nothing proves that {key.key} ({key.origin.value}) is its own: "
            "no running position of it differs from all other models', and the strategy wrote no "
            "setting that you had set by hand",
        )


def key_sentence(change: Change, key: ModelKey) -> str:
    """What is signed under which key, and what proves it, for people."""
    proof = key.proof
    proven = (
        ""
        if proof is None
        else f" Proven by {proof.by.value} at {proof.at:%Y-%m-%d %H:%M} UTC: {proof.evidence}."
    )
    return f"Key of {said(change.model_name)} on chain: {key.key} ({key.origin.value}).{proven}"


def _refused(change: Change, why: str) -> ChangeError:
    return ChangeError(
        f"Nothing is signed for {said(change.model_name)}: which key on chain is its own is in "
        f"doubt: {why}.",
        _BY_HAND,
    )
