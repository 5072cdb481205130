"""What deserves attention, looked for in the background, and told to the user's command."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from ledger.domain.concern import Outlook
from tui import jobs
from tui.messages import NoticesFound, NoticesPassedOn

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.reports.notices.notice import Notice
    from tui.host import Host


_MINUTE = timedelta(minutes=1)


class Attention:
    """Keeps the app's notices up to date: after every change of the ledger, and as time passes."""

    def __init__(self, app: Host, book: Book) -> None:
        self._app = app
        self._book = book
        self._looked = book.now()

    def look(self) -> None:
        """Look for notices, in a thread, where what finds them is imported."""
        self._looked = self._book.now()
        jobs.run(self._app, self._find, NoticesFound, group="notices")

    def _find(self) -> tuple[Notice, ...]:
        return self._book.notices.all()

    def found(self, notices: tuple[Notice, ...]) -> None:
        """Show them. The command hears of them once no sync is about to say otherwise."""
        app = self._app
        app.notices = notices
        app.headline.notices = Counter(notice.level for notice in notices)
        app.draw_headline()
        if self._book.config.notices.command and not app.syncing.running:
            tell = partial(self._book.notices.tell, notices)
            jobs.run(app, tell, NoticesPassedOn, group="tell")

    def moves(self) -> bool:
        """Whether time alone has altered one: it is loud and says how many minutes are left, or
        has become so."""
        now, hours = self._book.now(), self._book.config.notices.close_within_hours
        loud_until = now + timedelta(hours=hours)
        return now - self._looked >= _MINUTE and any(
            notice.concern.outlook is Outlook.AVERTABLE
            and notice.at is not None
            and notice.at <= loud_until
            for notice in self._app.notices or ()
        )
