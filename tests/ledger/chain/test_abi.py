"""Our own coding against the libraries it spares us, and every constant against its signature."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain import abi, contracts, reverts
from ledger.chain.abi import Modes, Row
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.errors import BadChainAnswer
from tests.ledger.chain.evm import ARTEFACT, KEY, MODES

eth_abi = pytest.importorskip("eth_abi")
eth_utils = pytest.importorskip("eth_utils")

amounts = st.integers(0, 2**128 - 1).map(NMR.from_wei)
keys = st.binary(min_size=32, max_size=32).map(lambda key: "0x" + key.hex())
settings = st.builds(ModelSetting, amounts, st.sampled_from(StakeMode), st.booleans())
rows = st.builds(Row, st.integers(0, 2**256 - 1), keys, settings)
modes = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(lambda two: Modes(*two))


def row_values(row: Row, modes: Modes) -> tuple[object, ...]:
    setting = row.setting
    return (
        row.tournament,
        bytes.fromhex(row.key[2:]),
        setting.per_round.wei,
        modes.number(setting.mode),
        setting.enabled,
    )


FUNCTIONS = [value for value in vars(contracts).values() if isinstance(value, contracts.Function)]


@pytest.mark.parametrize("function", [*FUNCTIONS, *contracts.ERRORS], ids=str)
def test_a_selector_is_its_signatures(function: contracts.Function) -> None:
    assert function.selector == "0x" + eth_utils.keccak(text=function.signature)[:4].hex()


def test_the_topic_is_its_signatures() -> None:
    digest = eth_utils.keccak(text="ModelConfigUpdated(uint256,bytes32,uint128,uint8,bool)")
    assert "0x" + digest.hex() == contracts.MODEL_CONFIG_UPDATED_TOPIC


def test_the_artefact_is_of_this_source() -> None:
    source = (ARTEFACT.parent / "strategy.sol").read_bytes()
    stated = json.loads(ARTEFACT.read_text())["source_sha256"]
    assert stated == hashlib.sha256(source).hexdigest(), "run tests/ledger/chain/contracts/rebuild"


@given(rows, modes)
def test_a_setting_is_coded_as_eth_abi_does(row: Row, modes: Modes) -> None:
    data = abi.set_model_config(row.tournament, row.key, row.setting, modes)
    types = contracts.SET_MODEL_CONFIG.arguments
    assert data[10:] == eth_abi.encode(types, row_values(row, modes)).hex()


@given(st.lists(rows, min_size=1, max_size=4), modes)
def test_several_settings_are_coded_as_eth_abi_does(several: list[Row], modes: Modes) -> None:
    data = abi.set_model_configs(several, modes)
    kind = "(uint256,bytes32,uint128,uint8,bool)[]"
    values = [row_values(row, modes) for row in several]
    assert data[10:] == eth_abi.encode([kind], [values]).hex()
    assert len(abi.decode_call(data, modes).rows) == len(several)


@given(amounts)
def test_funds_are_coded_as_eth_abi_does_and_read_back(nmr: NMR) -> None:
    for made, function in ((abi.deposit, contracts.DEPOSIT), (abi.withdraw, contracts.WITHDRAW)):
        data = made(nmr)
        assert data == function.selector + eth_abi.encode(["uint256"], [nmr.wei]).hex()
        decoded = abi.decode_call(data, MODES)
        assert decoded.sentences == (f"{function.name}: amount {nmr} NMR",)


@given(amounts, st.integers(0, 255), st.booleans())
def test_a_setting_on_chain_is_read_as_eth_abi_does(nmr: NMR, mode: int, enabled: bool) -> None:
    word = "0x" + eth_abi.encode(["uint128", "uint8", "bool"], [nmr.wei, mode, enabled]).hex()
    assert abi.setting_words(word, "it") == (nmr, mode, enabled)


@pytest.mark.parametrize("nmr", [NMR.from_wei(2**128), NMR("-1")])
def test_an_amount_has_to_fit_uint128(nmr: NMR) -> None:
    with pytest.raises(ValueError, match="uint128"):
        abi.set_model_config(8, KEY, ModelSetting(nmr, StakeMode.CONSTANT), MODES)
    with pytest.raises(ValueError, match="uint128"):
        abi.withdraw(nmr)


@pytest.mark.parametrize(
    "value", [None, 1, "", "0x", "0x0g", "0x" + "0" * 63, "0x" + "0" * 66, "0x" + "f" * 192]
)
def test_words_that_are_no_setting_are_refused(value: object) -> None:
    with pytest.raises(BadChainAnswer):
        abi.setting_words(value, "it")


@pytest.mark.parametrize("value", ["0x" + "0" * 64, "0x" + "f" * 64, "0x" + "1" * 40])
def test_a_word_that_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(BadChainAnswer):
        abi.address(value, "it")


@pytest.mark.parametrize(
    "data",
    [
        "0x",
        "0xdeadbeef",
        contracts.DEPOSIT.selector,
        contracts.DEPOSIT.selector + "0" * 63,
        contracts.SET_MODEL_CONFIG.selector + "f" * 64 * 5,
        contracts.SET_MODEL_CONFIGS.selector + abi.uint(32) + abi.uint(2) + "0" * 64 * 5,
    ],
)
def test_data_that_is_no_call_of_ours_is_refused(data: str) -> None:
    with pytest.raises(ValueError):
        abi.decode_call(data, MODES)


def test_a_call_is_readable() -> None:
    setting = ModelSetting(NMR("1.5"), StakeMode.COMPOUND, enabled=False)
    decoded = abi.decode_call(abi.set_model_config(8, KEY, setting, MODES), MODES)
    assert decoded.sentences == (
        f"setModelConfig: tournament 8, model {KEY}, per round 1.5 NMR, mode 1 (compound),"
        " enabled no",
    )


@pytest.mark.parametrize(
    ("signature", "values", "words"),
    [
        ("NotOwner()", [], "NotOwner()"),
        ("InsufficientBalance(uint256,uint256)", [3, 4], "InsufficientBalance(3, 4)"),
        ("Error(string)", ["no “means” no\x1b[2J"], "“no “means” no[2J”"),
        ("Panic(uint256)", [0x11], "panic 0x11, arithmetic overflow or underflow"),
        ("OnTheMoon()", [], "selector 0x"),
    ],
)
def test_a_revert_is_told_in_words(signature: str, values: list[object], words: str) -> None:
    types = contracts.Function(signature, "").arguments
    data = eth_utils.keccak(text=signature)[:4] + eth_abi.encode(types, values)
    assert words in reverts.in_words("0x" + data.hex())


@given(st.binary(max_size=200))
def test_no_revert_data_breaks_the_telling(data: bytes) -> None:
    for selector in ("", "08c379a0", "4e487b71", "cf479181", "118cdaa7"):
        assert reverts.in_words("0x" + selector + data.hex()).isprintable()
