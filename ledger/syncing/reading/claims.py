"""Staking contracts, claims and contract rounds of atomic tournaments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ledger.domain.knowledge import Fact
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.strategy import Claim, ModelKey, Origin, StakeRound, StakingContract
from ledger.domain.syncing.facts import StrategyNews
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.client import NumeraiClient
from ledger.numerai.wire import Problems
from ledger.syncing.requests import Request

SCOPE = "web3_staking"
"""The API key's scope for claims and contract rounds."""

_ALIASES = 3
"""What one request takes: the claims of each atomic tournament, and for the rest rounds."""


class ClaimReading:
    """Asks for staking contracts first; then, where the key may see them, for claims and for the
    rounds that resolve next. ``atomic``: tournaments that are known to have a contract."""

    def __init__(
        self,
        strategies: Mapping[Tournament, str],
        by_key: Mapping[str, str],
        atomic: Collection[Tournament],
    ) -> None:
        self.contracts: dict[Tournament, StakingContract] = {}
        self.problems = Problems()
        self._strategies = strategies
        self._by_key = by_key
        self._atomic = atomic
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
                reply, documents.ALIASES, now, self.problems, self._atomic
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
        for tournament in [one for one, staker in stakers.items() if not staker]:
            why = "Numerai does not tell the account's wallet, whose claims they are."
            self.problems.lacks(Fact.CLAIMS, str(int(tournament)), why)
        named = {tournament: staker for tournament, staker in stakers.items() if staker}
        resolving = _resolving_next(staking, rounds, now)[: _ALIASES - len(named)]
        if named or resolving:
            yield self._request(named, resolving, wire.ModelIndex(models, self._by_key))

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

    def _request(
        self,
        stakers: Mapping[Tournament, str],
        resolving: Sequence[tuple[Tournament, int]],
        models: wire.ModelIndex,
    ) -> Request:
        tournaments = {tournament.name.lower(): tournament for tournament in stakers}
        places = {f"round{i}": place for i, place in enumerate(resolving)}

        def take(reply: Reply) -> Iterable[Request]:
            self._claims |= wire.read_claims(reply, tournaments, models, self.problems, stakers)
            self._rounds.extend(wire.read_stake_rounds(reply, places, self.problems))
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        document = documents.claims(
            tuple(tournaments.items()), tuple(tournament for tournament, _ in resolving)
        )
        variables = {tournament.name.lower(): staker for tournament, staker in stakers.items()}
        variables |= {alias: str(number) for alias, (_, number) in places.items()}
        return Request("claims", document, take, fail, dict(variables))


def staking_contracts(client: NumeraiClient, now: datetime) -> dict[Tournament, StakingContract]:
    """The staking contracts as Numerai names them now.

    Raises:
        NumeraiError: it could not be asked.
    """
    reply = client.fetch(documents.STAKING_CONTRACTS, {})
    return wire.read_staking_contracts(reply, documents.ALIASES, now, Problems())


def _resolving_next(
    tournaments: Iterable[Tournament],
    rounds: Mapping[Tournament, Mapping[int, Round]],
    now: datetime,
) -> list[tuple[Tournament, int]]:
    """Running rounds, the one that resolves next first."""
    running = sorted(
        (entry.resolves, tournament, entry.number)
        for tournament in tournaments
        for entry in rounds.get(tournament, {}).values()
        if entry.resolves is not None and not entry.resolved and entry.opens <= now
    )
    return [(tournament, number) for _, tournament, number in running]
