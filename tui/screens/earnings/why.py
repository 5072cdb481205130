"""Why a round paid a model what it did: the reason every way to a payout ends at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from ledger.domain.names import said
from ledger.errors import ChangeError
from tui.explaining import explained
from tui.screens.dialogs.flow import follow, read
from tui.screens.dialogs.text_dialog import TextDialog

if TYPE_CHECKING:
    from ledger.domain.earnings.explanation import Explanation
    from ledger.domain.model import Tournament
    from tui.screens.pane import Pane


def show_why(
    pane: Pane[Any],
    tournament: Tournament,
    number: int,
    model: tuple[str, str],
    more: Content | None = None,
) -> None:
    """Explain what ``model`` (id, name) was paid in a round by the round's own numbers; ``more``
    stands below, and alone where the model had no part in the round."""

    async def steps() -> None:
        model_id, name = model
        parts = [more] if more is not None else []
        try:
            explanation = await read(
                lambda: pane.book.earnings.explain(tournament, number, model_id)
            )
        except ChangeError:
            if more is None:
                raise
        else:
            name = explanation.model_name
            parts = [*_parts(pane, explanation), *parts]
        text = Content("\n\n").join(parts)
        pane.app.push_screen(TextDialog(f"Round {number} · {said(name)}", text))

    follow(pane.app, steps, group="why")


def _parts(pane: Pane[Any], explanation: Explanation) -> list[Content]:
    missing = pane.missing_paragraphs(explanation.model_id, explanation.model_name)
    return [Content(explained(explanation)), *([missing] if missing.plain else [])]
