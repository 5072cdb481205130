"""What happens to rounds, payouts and models arrives in the ledger, and is never passed over."""

from __future__ import annotations

from datetime import timedelta

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState
from tests.ledger.syncing.conftest import NOW, Kept


def test_a_round_flagged_resolved_is_final_when_its_payouts_are(kept: Kept) -> None:
    slot = kept.signals()
    number = kept.running(slot)
    kept.sandbox.flag_resolved(slot.tournament, number, late_days=1)
    kept.later()
    assert kept.row(slot, number).state is PayoutState.PENDING
    resolves = kept.row(slot, number).resolves
    assert resolves is not None
    kept.sandbox.advance(to=resolves + timedelta(days=1, hours=2))
    kept.sync()
    row, entry = kept.row(slot, number), slot.entries[number]
    assert row.state is PayoutState.SETTLED
    assert row.payout == entry.payout
    assert kept.store.corrections(NOW) == ()


def test_a_settled_payout_that_is_corrected_is_kept_as_such(kept: Kept) -> None:
    slot = kept.signals()
    number = kept.settled(slot)
    before = kept.row(slot, number).payout
    assert before is not None
    kept.sandbox.correct_payout(slot.id, number, "0.5")
    kept.later()
    after = kept.row(slot, number).payout
    assert after == before + NMR("0.5")
    (correction,) = kept.store.corrections(NOW)
    assert (correction.model_id, correction.round) == (slot.id, number)
    assert (correction.before, correction.after) == (before, after)
    kept.later()
    assert len(kept.store.corrections(NOW)) == 1
    assert kept.lacks() == set()


def test_scores_that_are_nan_are_unknown_until_they_are_repaired(kept: Kept) -> None:
    slot = kept.signals()
    number = kept.running(slot)
    known = [score.value for score in kept.row(slot, number).scores]
    assert any(known)
    kept.sandbox.spoil_scores(slot.id, number)
    kept.later()
    assert [score.value for score in kept.row(slot, number).scores] == known, "as they were"
    assert (Fact.SCORE_VALUES, slot.id) in kept.lacks()
    resolves = kept.row(slot, number).resolves
    assert resolves is not None
    kept.sandbox.advance(to=resolves + timedelta(hours=2))
    kept.sync()
    kept.sandbox.repair_scores(slot.id, number)
    kept.later()
    kept.later()
    row = kept.row(slot, number)
    assert all(score.value is not None for score in row.scores if score.multiplier)
    assert (Fact.SCORE_VALUES, slot.id) not in kept.lacks()
    assert kept.unlike(kept.afresh()) == []


def test_a_renamed_model_keeps_its_history(kept: Kept) -> None:
    slot = kept.signals()
    rows = len(kept.store.performances(slot.tournament, model_id=slot.id))
    kept.sandbox.rename(slot.id, "a_new_name")
    kept.later()
    assert model(kept, slot.id).name == "a_new_name"
    assert len(kept.store.performances(slot.tournament, model_id=slot.id)) == rows
    assert kept.lacks() == set()


def test_a_model_archived_with_its_stake_keeps_it(kept: Kept) -> None:
    slot = kept.signals()
    kept.sandbox.archive(slot.id)
    kept.later()
    assert model(kept, slot.id).archived
    assert kept.store.stakes()[slot.id].settled == slot.stake
    assert kept.lacks() == set()


def test_a_deleted_model_stands_until_that_is_said_again(kept: Kept) -> None:
    slot = kept.signals()
    settled = kept.store.stakes()[slot.id].settled
    kept.sandbox.delete(slot.id)
    kept.later()
    assert model(kept, slot.id).missing_since == kept.sandbox.now()
    assert kept.store.stakes()[slot.id].settled == settled
    assert (Fact.LISTED, slot.id) in kept.lacks()
    kept.later()
    assert model(kept, slot.id).gone
    assert slot.id not in kept.store.stakes()
    assert (Fact.LISTED, slot.id) not in kept.lacks()
    assert kept.store.performances(slot.tournament, model_id=slot.id), "its history stays"


def test_a_name_given_to_another_model_mixes_nothing_up(kept: Kept) -> None:
    giver, taker = kept.sandbox.world.tournaments[kept.signals().tournament].slots[:2]
    name = giver.name
    held = {slot.id: kept.store.stakes()[slot.id].settled for slot in (giver, taker)}
    rows = kept.store.performances(giver.tournament, model_id=giver.id)
    kept.sandbox.pass_name(giver.id, taker.id)
    kept.later()
    assert model(kept, taker.id).name == name
    assert model(kept, giver.id).name == f"{name}_before"
    assert {one: kept.store.stakes()[one].settled for one in held} == held
    again = kept.store.performances(giver.tournament, model_id=giver.id)
    assert {row.round for row in again} == {row.round for row in rows}
    assert kept.lacks() == set()


def model(kept: Kept, model_id: str) -> Model:
    return next(one for one in kept.store.models(archived=True) if one.id == model_id)
