"""Names: no two models are ever shown alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import Model, Tournament
from ledger.domain.names import clean
from ledger.errors import ChangeError
from ledger.rules.naming import meant, name_of, names, the_one, told_apart, within

ALDER = Model("3f2a0000-1", "alder", Tournament.SIGNALS)
TWIN = Model("3f2b0000-2", "alder", Tournament.SIGNALS)
BIRCH = Model("77777777-3", "birch", Tournament.CLASSIC)

models = st.lists(
    st.builds(
        Model,
        st.text("0123456789abcdef", min_size=6, max_size=8),
        st.sampled_from(["alder", "Alder", "birch", "аlder", clean("a" * 3000)]),
        st.sampled_from(Tournament),
    ),
    unique_by=lambda model: model.id,
    max_size=12,
)


def test_a_name_of_its_own_stays() -> None:
    assert names([ALDER, BIRCH]) == {ALDER.id: "alder", BIRCH.id: "birch"}


def test_the_tournament_tells_apart_where_it_differs() -> None:
    other = replace(TWIN, tournament=Tournament.CLASSIC)
    assert names([ALDER, other]) == {ALDER.id: "alder (Signals)", other.id: "alder (Classic)"}
    assert within([ALDER, other]) == {ALDER.id: "alder", other.id: "alder"}


def test_the_id_tells_apart_where_nothing_else_does() -> None:
    assert names([ALDER, TWIN]) == {ALDER.id: "alder (3f2a)", TWIN.id: "alder (3f2b)"}
    nearer = replace(TWIN, id="3f2a0001-2")
    assert names([ALDER, nearer])[ALDER.id] == "alder (3f2a0000)"
    assert [model.name for model in told_apart([ALDER, TWIN])] == ["alder (3f2a)", "alder (3f2b)"]
    assert name_of("nobody", names([ALDER])) == "nobody"


def test_letters_that_may_look_like_others_bring_the_id() -> None:
    lookalike = replace(TWIN, name="аlder", tournament=Tournament.SIGNALS)
    assert names([ALDER, lookalike]) == {ALDER.id: "alder", lookalike.id: "аlder (3f2b)"}
    assert meant("аlder", [ALDER, lookalike]) == (lookalike,)
    long = [replace(model, name=clean("a" * 3000)) for model in (ALDER, TWIN)]
    assert len(set(names(long).values())) == 2
    assert meant("a" * 3000, long[:1]) == (long[0],)


@given(models)
def test_no_two_are_alike(found: list[Model]) -> None:
    shown = [label.casefold() for label in names(found).values()]
    assert len(set(shown)) == len(found)
    for model in found:
        assert meant(names(found)[model.id], found) == (model,)
        assert meant(model.id, found) == (model,)
        assert model in meant(model.name, found)


def test_an_exact_id_is_that_model_whatever_others_are_called() -> None:
    named = replace(BIRCH, name=ALDER.id)
    assert the_one(ALDER.id, [named, ALDER]) == ALDER
    assert meant(ALDER.id, [named, ALDER]) == (ALDER,)


def test_a_name_of_several_is_refused_with_the_list() -> None:
    other = replace(TWIN, tournament=Tournament.CLASSIC)
    with pytest.raises(ChangeError) as caught:
        the_one("alder", [ALDER, other, BIRCH])
    assert "2 models" in caught.value.what
    for model in (ALDER, other):
        assert f"{model.id} ({model.tournament.label})" in caught.value.advice
    assert the_one("birch", [ALDER, other, BIRCH]) == BIRCH
    with pytest.raises(ChangeError, match="no model here"):
        the_one("cedar", [ALDER, other, BIRCH])
