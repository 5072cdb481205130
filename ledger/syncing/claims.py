"""Staking contracts, claims and contract rounds of atomic tournaments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ledger.domain.facts import StrategyNews
from ledger.domain.knowledge import Fact
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.round import Round
from ledger.domain.strategy import Claim, ModelKey, Origin, StakeRound, StakingContract
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.syncing.requests import Request

SCOPE = "web3_staking"
"""The API key's scope for claims and contract rounds."""

_ROUNDS = 3
"""Contract rounds asked for, those that resolve next of each tournament; a request takes three."""


class ClaimReading:
    """Asks for staking contracts first; then, where the key may see them, for claims and for the
    rounds that resolve next."""

    def __init__(self, strategies: Mapping[Tournament, str], by_key: Mapping[str, str]) -> None:
        self.contracts: dict[Tournament, StakingContract] = {}
        self.problems = Problems()
        self._strategies = strategies
        self._by_key = by_key
        self._answer = Reply({})
        self._may_see = False
        self._asked: list[Tournament] = []
        self._claims: dict[Tournament, tuple[Claim, ...]] = {}
        self._rounds: list[StakeRound] = []

    def ask_contracts(self, now: datetime) -> Request:
        """The request for the contracts. One that a tournament does not have is no problem."""

        def take(reply: Reply) -> Iterable[Request]:
            self._answer = reply
            self.contracts = wire.read_staking_contracts(
                reply, documents.ALIASES, now, self.problems
            )
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        return Request("staking contracts", documents.STAKING_CONTRACTS, take, fail)

    def requests(
        self,
        account: Account,
        models: Mapping[str, Model],
        rounds: Mapping[Tournament, Mapping[int, Round]],
        now: datetime,
        *,
        atomic: Collection[Tournament] = (),
    ) -> Iterator[Request]:
        """What else to ask for: nothing where the key may not see it or nothing is atomic.

        ``atomic``: tournaments that are so by whatever else is known.
        """
        self._may_see = SCOPE in account.scopes
        if not self._may_see:
            return
        staking = self._asked = sorted(self.contracts.keys() | set(atomic))
        stakers = {
            tournament: self._strategies.get(tournament) or account.wallet_address
            for tournament in staking
        }
        named = {tournament: staker for tournament, staker in stakers.items() if staker}
        if named:
            yield self._ask_claims(named, wire.KnownModels(models, self._by_key))
        numbers = {one: _resolving_next(rounds.get(one, {}).values(), now) for one in staking}
        places = [
            (tournament, resolving[turn])
            for turn in range(_ROUNDS)
            for tournament, resolving in numbers.items()
            if turn < len(resolving)
        ]
        if places:
            yield self._ask_rounds(places[:_ROUNDS])

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        return self.problems.missing.items()

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

    def lack(self, atomic: Collection[Tournament], now: datetime) -> None:
        """Report what was not told, or not asked for, of tournaments that turned out ``atomic``."""
        tournaments = set(atomic) - self.contracts.keys()
        for tournament in tournaments - set(self._asked) if self._may_see else ():
            why = "Numerai told no staking contract, so that nothing else was asked for."
            facts = (Fact.CLAIMS, Fact.STAKE_ROUNDS)
            self.problems.lacks(facts, str(int(tournament)), why, asked=False)
        aliases = {alias: one for alias, one in documents.ALIASES.items() if one in tournaments}
        wire.read_staking_contracts(self._answer, aliases, now, self.problems, tournaments)
        for tournament in tournaments:
            if self._answer.data.get(tournament.name.lower(), ...) is None:
                why = "Numerai tells no staking contract."
                self.problems.lacks(Fact.STAKING_CONTRACT, str(int(tournament)), why)

    def _ask_claims(self, stakers: Mapping[Tournament, str], models: wire.KnownModels) -> Request:
        aliases = {tournament.name.lower(): tournament for tournament in stakers}

        def take(reply: Reply) -> Iterable[Request]:
            self._claims |= wire.read_claims(reply, aliases, models, self.problems, stakers)
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        document = documents.claims(tuple(aliases.items()))
        variables = {alias: stakers[tournament] for alias, tournament in aliases.items()}
        return Request("claims", document, take, fail, variables)

    def _ask_rounds(self, places: Sequence[tuple[Tournament, int]]) -> Request:
        aliases = {f"round{i}": place for i, place in enumerate(places)}

        def take(reply: Reply) -> Iterable[Request]:
            self._rounds.extend(wire.read_stake_rounds(reply, aliases, self.problems))
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        document = documents.stake_rounds(tuple(tournament for tournament, _ in places))
        variables = {alias: str(number) for alias, (_, number) in aliases.items()}
        return Request("staking rounds", document, take, fail, variables)


def _resolving_next(rounds: Iterable[Round], now: datetime) -> tuple[int, ...]:
    running = sorted(
        (entry.resolves, entry.number)
        for entry in rounds
        if entry.resolves is not None and not entry.resolved and entry.opens <= now
    )
    return tuple(number for _, number in running[:_ROUNDS])
