"""What an API key may be allowed to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "read_user_info": "account, wallet and stakes can't be read.",
        "read_submission_info": "submissions can't be read, so Slots stays empty.",
        "stake": "no stake change can be sent; everything else works.",
        "web3_staking": "claims of single atomic positions can't be read; their stakes can.",
    }
)
"""The scopes this program uses, and what the lack of each means."""

OPENED: Mapping[str, str] = MappingProxyType(
    {
        "read_user_info": "account, wallet and stakes",
        "read_submission_info": "submissions, for Slots",
        "stake": "stake changes; without it a key only reads",
        "web3_staking": "claims of single atomic positions",
    }
)
"""The same scopes, and what each is for."""

NEVER_MORE = "Scopes can't be added to a key later: for more, make a new key and log in with it."
"""What to know before a key is made, and when one lacks something."""
