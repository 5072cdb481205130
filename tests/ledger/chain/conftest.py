from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.chain.evm import World, running
from tests.ledger.chain.node import Node, serving


@pytest.fixture
def world() -> Iterator[World]:
    """A chain of this test's own."""
    with running() as url:
        made = World.on(url)
        yield made
        made.rpc.close()


@pytest.fixture
def node() -> Iterator[Node]:
    """A scripted endpoint of this test's own."""
    with serving() as made:
        yield made
