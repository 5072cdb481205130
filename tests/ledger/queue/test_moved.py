"""What changes move together, and what is typed to confirm it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind
from ledger.errors import ChangeError
from ledger.reports.queue.moved import Order, moved_together, phrase
from tests.ledger.queue.test_drafts import free_models

UP, DOWN, DRAIN = ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        ([(DOWN, "20", "alder"), (UP, "20", "birch")], "20 NMR from alder to birch"),
        (
            [(DOWN, "20", "alder"), (UP, "12.5", "birch"), (UP, "7.5", "cedar")],
            "20 NMR from alder to 2 models",
        ),
        ([(DOWN, "20", "alder"), (UP, "19", "birch")], "19 NMR to stake, 20 NMR to release"),
        ([(UP, "0.000000000000000001", "alder")], "0.000000000000000001 NMR to stake"),
        (
            [(UP, "1234.5", "alder"), (DRAIN, None, "birch")],
            "1234.5 NMR to stake, 1 model to drain",
        ),
        (
            [
                (ChangeKind.SET_PER_ROUND, None, "alder"),
                (ChangeKind.DEPOSIT, "3", "Classic strategy"),
            ],
            "3 NMR to deposit, 1 setting to change",
        ),
        ([(ChangeKind.TAKE_PROFIT_ON, None, "alder")], ""),
    ],
)
def test_what_goes_from_one_to_another_is_counted_once(
    orders: list[tuple[ChangeKind, str | None, str]], words: str
) -> None:
    assert words == moved_together(
        Order(kind, None if nmr is None else NMR(nmr), model) for kind, nmr, model in orders
    )


@pytest.mark.parametrize(
    ("models", "nmr", "text", "right", "wrong"),
    [
        (["alder"], "120.5", "alder", ["alder", " Alder "], ["", "120.5", "alde", "alder2"]),
        (["alder", "birch"], "120.500000000000000001", "2 models, 120.500",
         ["2 models, 120.500", "2 120.5", "2, 120.5 NMR", "2 models 120.5"],
         ["120.5", "2", "3 120.5", "2 120.4", "2 1e2", "2120.5", "2 120,5"]),
        (["alder", "birch"], "0.0004", "2 models, 0.0004", ["2 0.0004"], ["2 0", "2 0.000"]),
        (["аlder"], "3", "1 model, 3.000", ["1 3", "1 model, 3"], ["alder", "аlder", "3"]),
        (["alder", "birch"], None, "2 models", ["2 models", "2"], ["", "?", "1"]),
    ],
)  # fmt: skip
def test_what_is_typed(
    models: list[str], nmr: str | None, text: str, right: list[str], wrong: list[str]
) -> None:
    to_type = phrase(models, None if nmr is None else NMR(nmr), decimals=3)
    assert to_type.text == text
    assert all(to_type.matches(one) for one in right)
    assert not any(to_type.matches(one) for one in wrong)


def test_what_changed_since_it_was_shown_is_not_confirmed(book: Book) -> None:
    first, second = (book.queue.add(model, UP, NMR(1)) for model in free_models(book)[:2])
    shown = book.queue.confirmation([first.id, second.id])
    book.queue.confirm(first.id, shown=shown)
    (order,) = book.queue.confirmation([second.id]).changes
    a_wei_less = replace(shown, changes=(first, replace(order, nmr=NMR("0.999999999999999999"))))
    with pytest.raises(ChangeError, match="not what was shown"):
        book.queue.confirm(second.id, shown=a_wei_less)
