"""What a pane leaves out: by a text, by tournament, or because it is about one model alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tui.screens.going import Going
from tui.screens.seeking import Filters
from tui.widgets.filterbar import FilterBar

if TYPE_CHECKING:
    from ledger.domain.model import Tournament
    from tui.host import Host
    from tui.widgets.tables.grid import Grid


class Filtering(Going):
    """Mixed into panes."""

    ALL_TOURNAMENTS: ClassVar[bool] = True
    """Whether ``t`` also offers all tournaments together."""

    HAS_TOURNAMENTS: ClassVar[bool] = True
    """Whether ``t`` means anything here."""

    filter_text = ""
    """Only what contains these words is shown."""

    tournament: Tournament | None = None
    """Only what is in it is shown; ``None``: whatever it is in."""

    tournaments: tuple[Tournament, ...] = ()
    """Those there are to choose from."""

    only = ""
    """The id of the one model this is about; empty where it is about all."""

    only_rounds: Collection[int] | None = None
    """The rounds of that model that this is about, ``None`` for all."""

    @property
    def host(self) -> Host:
        """The app around it."""
        return cast("Host", self.app)

    @property
    def grid(self) -> Grid[Any] | None:
        """The table that has the focus, else the first there is."""
        raise NotImplementedError

    def refilter(self) -> None:
        """A filter changed: show the same report again. Override when it takes another one."""
        raise NotImplementedError

    def recaption(self) -> None:
        """Bring the second line up to date."""
        raise NotImplementedError

    def matches(self, *texts: str) -> bool:
        """Whether the text filter lets something with these texts through."""
        words = self.filter_text.casefold().split()
        text = " ".join(texts).casefold()
        return all(word in text for word in words)

    def in_tournament(self, tournament: Tournament) -> bool:
        """Whether the tournament filter lets ``tournament`` through."""
        return self.tournament is None or tournament is self.tournament

    def narrow(
        self,
        model_id: str,
        tournament: Tournament,
        title: str,
        numbers: Collection[int] | None = None,
    ) -> None:
        self.only, self.only_rounds, self.tournament = model_id, numbers, tournament
        self.TRAIL = (title,)

    def concerns(self, model_id: str) -> bool:
        """Whether this is about the model, or about all."""
        return self.only in {"", model_id}

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        if event.text != self.filter_text:
            self.filter_text = event.text
            self._keep_filters()
            self.refilter()

    def on_filter_bar_closed(self) -> None:
        grid = self.grid
        if grid is not None:
            grid.focus()

    async def action_filter(self) -> None:
        await self.query_one(FilterBar).open(self.filter_text)

    def action_tournament(self) -> None:
        if not self.HAS_TOURNAMENTS or self.only:
            return
        choices: list[Tournament | None] = [None] if self.ALL_TOURNAMENTS else []
        choices += self.tournaments
        if len(choices) > 1:
            at = choices.index(self.tournament) if self.tournament in choices else 0
            self.tournament = choices[(at + 1) % len(choices)]
            self._keep_filters()
            self.refilter()
            self.recaption()

    @property
    def filters(self) -> Filters:
        """What is filtered by."""
        return Filters(self.filter_text, self.tournament)

    def action_keep_filter(self) -> None:
        """Let filter and tournament hold on every pane, or on this one only again."""
        self.host.kept = self.filters if self.host.kept is None else None
        self.recaption()

    def _keep_filters(self) -> None:
        if self.host.kept is not None and not self.TRAIL:
            self.host.kept = self.filters

    def take_kept(self) -> bool:
        """Filter by what holds on every pane; whether that is something else than before. What a
        page was opened for is not filtered away."""
        kept, before = self.host.kept, self.filters
        if kept is None or self.TRAIL:
            return False
        self.filter_text = kept.text
        if kept.tournament is not None or self.ALL_TOURNAMENTS:
            self.tournament = kept.tournament
        return self.filters != before
