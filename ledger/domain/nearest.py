"""What was probably meant by a name that is none."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.names import said

_MOST = 3
"""So many are suggested at most."""


def nearest(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` that are most like ``text``, in any case, the likeliest first."""
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in names}
    typed = text.casefold()
    near = get_close_matches(typed, folded, n=_MOST)
    begun = [name for name in folded if typed and name.startswith(typed) and name not in near]
    return tuple(folded[name] for name in (*near, *begun)[:_MOST])


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """``Did you mean alder? `` to stand before what there is; empty where nothing is near."""
    near = nearest(text, names)
    return f"Did you mean {' or '.join(map(said, near))}? " if near else ""
