"""What the sandbox assumes of the live server, and where it can be kinder.

Certain: seen working in a public client. Likely: in a published schema, or one witness. A
recording: seen in a single recorded answer. Open: nobody tells, so this is the sandbox's choice.
The field of :class:`Manners` that a form hangs on is named in brackets; without one the form is
served always. ``KIND`` has the other form of all of them.

==========================================================  ==========================  ============
by default                                                  kinder                      how sure
==========================================================  ==========================  ============
arguments are found by snake_case: ``model_name`` passes                                certain
``roundNumber__gte`` and its kin; ``roundNumberGte`` is     both pass                   certain,
refused [camel_ranges]                                                                  __lte likely
``$modelId: ID!`` is refused where ``v2RoundModel-          ID and String pass          certain
Performances`` wants a String [id_variables]
elsewhere String and ID variables pass for an ID                                        certain
deprecated fields are gone: multipliers of a performance,   they answer                 "any day"
``currentPayoutSelection`` [deprecated_fields]
refusals come as HTTP 200 with ``errors``                   HTTP 400                    both seen
[refusal_status]
every other refusal of a name has "Did you mean"; by        none has                    both seen
the name, always the same [hints]
missing scope: null, a path, HTTP 200 [refusal_status]      HTTP 400, no data           both seen
``__schema`` is blocked, ``__type`` answers and prints                                  certain
camel case of names with double underscores
more than 3 aliases are refused [max_aliases]               any number                  some saw it
an operation costs at most 20,000: a field 1, a list of     any cost                    open
performances its rounds (100 when it names none, three
aliases added up), scores nested in it 4, other lists 10
[max_complexity]
a page of ``stakeTransactions`` holds at most 500           all, unless limited         open
[max_page]
``stakeTransactions`` are newest first [oldest_first]                                   open
``lastNRounds`` counts up to 1,000, from the newest round                               certain
performances without a range are all there are                                          open
without ``distinctOnRound: true`` about every fifth         once                        seen
performance comes twice [doubled_rows]
``latestSubmissions(latestNRounds: N)`` has a row for each  only what was submitted,    certain
of the newest N + 1 or N + 2 rounds; "none" with null id,   of N rounds
filename and timestamp where nothing was submitted
[none_rows]
``latestValue`` is settled less a pending decrease,         projected, and settled      a recording
``stakeValue`` the projection [recorded_values]
``returns`` are percent, null for a model that never had                                certain
a stake; so are those of profiles                                                       likely
times of performances end in +00:00, others in Z                                        certain
amounts, factor and ``atRisk`` are text, scores numbers,                                certain
zero is 0E-18; ``pendingModelPayouts`` lists zeros
``v3StakeConfig`` of a tournament that is not atomic is     null                        open
null with an error [unknown_contracts_fail]
the published rates hold for each key and field, aliases                                open
count singly, what was refused does not count
over the rate: HTTP 200 with code ``rate_limited`` and                                  both seen
HTTP 429, in turn
a resolver that fails: null, an error with a path, 200                                  certain
the Ethereum endpoint refuses requests without a User-      it takes them               some do
Agent: HTTP 403, a web page [nameless_rpc]
logs from above an Ethereum node's newest block: none, no                               seen
error
==========================================================  ==========================  ============
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manners:
    """Which of the forms above are served; the defaults are the harder ones.

    ``None`` for a maximum means that there is none.
    """

    camel_ranges: bool = False
    id_variables: bool = False
    deprecated_fields: bool = False
    refusal_status: int = 200
    hints: bool = True
    max_aliases: int | None = 3
    max_complexity: int | None = 20_000
    max_page: int | None = 500
    oldest_first: bool = False
    doubled_rows: bool = True
    none_rows: bool = True
    recorded_values: bool = True
    unknown_contracts_fail: bool = True
    nameless_rpc: bool = False


HARD = Manners()
"""Nothing kinder than what is known of the live server."""

KIND = Manners(
    camel_ranges=True,
    id_variables=True,
    deprecated_fields=True,
    refusal_status=400,
    hints=False,
    max_aliases=None,
    max_complexity=None,
    max_page=None,
    doubled_rows=False,
    none_rows=False,
    recorded_values=False,
    unknown_contracts_fail=False,
    nameless_rpc=True,
)
"""The kinder form of everything."""

NAMED = {"hard": HARD, "kind": KIND}
"""Manners by name."""
