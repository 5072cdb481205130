"""Keccak-256, the hash of Ethereum. The standard library has only its successor, SHA3-256.

A few hashes per sync, to try how keys may be made; what signs has its own libraries.
"""

from __future__ import annotations

from functools import lru_cache

_RATE = 136
_LANES = 25
_WORD = (1 << 64) - 1
_ROUNDS = 24


def _constants() -> tuple[list[int], list[int]]:
    """The round constants, and how far each lane is turned."""
    register, rounds = 1, []
    for _ in range(_ROUNDS):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        rounds.append(constant)
    turns, x, y = [0] * _LANES, 1, 0
    for step in range(_LANES - 1):
        turns[x + 5 * y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return rounds, turns


_CONSTANTS, _TURNS = _constants()


@lru_cache(maxsize=4096)
def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % _RATE))
    padded[-1] |= 0x80
    lanes = [0] * _LANES
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    for constant in _CONSTANTS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        mixed = [columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ mixed[index % 5] for index, lane in enumerate(lanes)]
        moved = [0] * _LANES
        for x in range(5):
            for y in range(5):
                moved[y + 5 * ((2 * x + 3 * y) % 5)] = _turned(lanes[x + 5 * y], _TURNS[x + 5 * y])
        lanes = [
            moved[x + 5 * y] ^ (~moved[(x + 1) % 5 + 5 * y] & moved[(x + 2) % 5 + 5 * y] & _WORD)
            for y in range(5)
            for x in range(5)
        ]
        lanes[0] ^= constant
    return lanes


def _turned(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _WORD if by else lane
