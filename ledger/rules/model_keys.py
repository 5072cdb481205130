"""Whose key on chain is whose: told by the stakes that belong to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ledger.domain.nmr import NMR

StakesByRound = Mapping[int, NMR]


def match_keys(
    keys: Iterable[str],
    models: Mapping[str, StakesByRound],
    held: Mapping[tuple[str, int], NMR],
) -> dict[str, str]:
    """Keys by model id, where the stakes leave no doubt.

    ``models``: each model's positions as Numerai lists them, by round; ``held``: what the staking
    contract holds for a key in a round. A key is a model's when all of the model's positions are
    held under it to the wei, and neither fits another one as well.
    """
    pairs = [
        (model_id, key)
        for key in dict.fromkeys(keys)
        for model_id, stakes in models.items()
        if stakes and all(held.get((key, number)) == nmr for number, nmr in stakes.items())
    ]
    by_model = Counter(model_id for model_id, _ in pairs)
    by_key = Counter(key for _, key in pairs)
    return {model_id: key for model_id, key in pairs if by_model[model_id] == by_key[key] == 1}
