"""The user's own command, told about each notice once: when it becomes loud.

It runs without a shell, with the notice as one JSON document on standard input. What it prints is
dropped; when it fails or takes too long, the log says so and it is not tried again.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ledger.clock import iso
from ledger.domain.concern import Level
from ledger.domain.text import value

if TYPE_CHECKING:
    from ledger.reports.notices.notice import Notice

log = logging.getLogger(__name__)

_SECRETS = ("NUMSTAKE_", "NUMERAI_", "KEYRING_")
"""How the names of environment variables begin that the command is not given: API keys, ours and
numerapi's, and passwords of keyrings in files."""


class NoticeMemory(Protocol):
    """Remembers which notices were told."""

    def told(self) -> frozenset[str]: ...

    def tell(self, id_: str) -> bool: ...


def notice_json(notice: Notice) -> dict[str, Any]:
    """A notice as the command line and the hook have it; times in ISO 8601 UTC."""
    document: dict[str, Any] = {
        "id": notice.id,
        "kind": notice.kind.value,
        "level": notice.level.value,
        "tournament": None if notice.tournament is None else int(notice.tournament),
        "models": list(notice.models),
        "round": notice.round,
        "nmr": None if notice.nmr is None else str(notice.nmr),
        "at": None if notice.at is None else iso(notice.at),
        "sentence": notice.sentence,
    }
    told: dict[str, Any] = value(document)
    return told


def tell(
    notices: Iterable[Notice], command: Sequence[str], timeout: float, memory: NoticeMemory
) -> tuple[Notice, ...]:
    """Run ``command`` for every loud notice that was not told before; those it was run for.

    One that is quiet at first is told when it has become loud. A notice counts as told before the
    command starts, so it is never told twice. ``timeout`` in seconds is for each of them.
    """
    if not command:
        return ()
    earlier = memory.told()
    delivered = []
    for notice in notices:
        if notice.level is not Level.LOUD or notice.id in earlier:
            continue
        if memory.tell(notice.id):
            run(command, notice, timeout)
            delivered.append(notice)
    return tuple(delivered)


def run(command: Sequence[str], notice: Notice, timeout: float) -> bool:
    """Run ``command`` once; ``False`` when it could not be run, failed or took too long."""
    try:
        subprocess.run(  # noqa: S603 - the user's own command, without a shell
            list(command),
            input=json.dumps(notice_json(notice), ensure_ascii=False).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=True,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        log.warning("The notice command took longer than %g s for %s", timeout, notice.id)
    except (OSError, subprocess.CalledProcessError) as error:
        log.warning("The notice command failed for %s: %s", notice.id, type(error).__name__)
    else:
        return True
    return False


def _environment() -> dict[str, str]:
    return {
        name: text for name, text in os.environ.items() if not name.upper().startswith(_SECRETS)
    }
