"""Claims and contract rounds of atomic tournaments, for keys that may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ledger.domain.facts import StrategyNews
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.round import Round
from ledger.domain.strategy import Claim, ModelKey, Origin, StakeRound, StakingContract
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.errands import Errand
from ledger.numerai.wire import Problems

SCOPE = "web3_staking"
"""The API key's scope for claims and contract rounds."""

_ROUNDS = 3
"""Contract rounds asked for per tournament, those that resolve next; one request takes three."""


class ClaimList:
    """Asks for claims and for the rounds that resolve next. ``contracts`` comes in first."""

    def __init__(
        self, strategies: Mapping[Tournament, str], by_key: Mapping[str, str], problems: Problems
    ) -> None:
        self.contracts: dict[Tournament, StakingContract] = {}
        self._strategies = strategies
        self._by_key = by_key
        self._problems = problems
        self._claims: dict[Tournament, tuple[Claim, ...]] = {}
        self._rounds: list[StakeRound] = []

    def errands(
        self,
        account: Account,
        models: Mapping[str, Model],
        rounds: Mapping[Tournament, Mapping[int, Round]],
        now: datetime,
    ) -> Iterator[Errand]:
        """What to ask for: nothing where the key may not see it or nothing is atomic."""
        if SCOPE not in account.scopes:
            return
        stakers = {
            tournament: self._strategies.get(tournament) or account.wallet_address
            for tournament in self.contracts
        }
        yield from self._ask_claims(
            {tournament: staker for tournament, staker in stakers.items() if staker},
            wire.KnownModels(models, self._by_key),
        )
        for tournament in self.contracts:
            wanted = _resolving_next(rounds.get(tournament, {}).values(), now)
            yield from self._ask_rounds(tournament, wanted)

    def news(self, now: datetime) -> StrategyNews:
        """What came in."""
        keys = {
            (claim.tournament, claim.model_id): claim.key
            for claims in self._claims.values()
            for claim in reversed(claims)
        }
        return StrategyNews(
            as_of=now,
            contracts=tuple(self.contracts.values()),
            claims=self._claims,
            stake_rounds=tuple(self._rounds),
            keys=tuple(
                ModelKey(tournament, model_id, key, Origin.CLAIMS)
                for (tournament, model_id), key in keys.items()
            ),
        )

    def _ask_claims(
        self, stakers: Mapping[Tournament, str], known: wire.KnownModels
    ) -> Iterator[Errand]:
        aliases = {tournament.name.lower(): tournament for tournament in stakers}
        if not aliases:
            return

        def take(reply: Reply) -> Iterable[Errand]:
            self._claims |= wire.read_claims(reply, aliases, known, self._problems)
            return ()

        document = documents.claims(tuple(aliases.items()))
        variables = {alias: stakers[tournament] for alias, tournament in aliases.items()}
        yield Errand("claims", document, take, variables, needed=False)

    def _ask_rounds(self, tournament: Tournament, numbers: tuple[int, ...]) -> Iterator[Errand]:
        aliases = {f"round{i}": (tournament, number) for i, number in enumerate(numbers)}
        if not aliases:
            return

        def take(reply: Reply) -> Iterable[Errand]:
            self._rounds.extend(wire.read_stake_rounds(reply, aliases, self._problems))
            return ()

        document = documents.stake_rounds(int(tournament), len(numbers))
        variables = {alias: str(number) for alias, (_, number) in aliases.items()}
        yield Errand("staking rounds", document, take, variables, needed=False)


def _resolving_next(rounds: Iterable[Round], now: datetime) -> tuple[int, ...]:
    running = sorted(
        (entry.resolves, entry.number)
        for entry in rounds
        if entry.resolves is not None and not entry.resolved and entry.opens <= now
    )
    return tuple(number for _, number in running[:_ROUNDS])
