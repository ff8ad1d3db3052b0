"""Keyed hashes of customers: who knows no key learns nothing from them, and can choose nothing."""

import hmac
from hashlib import sha256

_STEPS = 1 << 53
"""As many steps as a 64-bit float tells apart below 1."""


def mark(key: bytes, *words: str) -> str:
    """HMAC-SHA256 of some words, as hexadecimal digits; their borders count.

    >>> mark(b"key", "a", "bc") == mark(b"key", "ab", "c")
    False
    """
    told = b"".join(len(said).to_bytes(8, "big") + said for said in map(str.encode, words))
    return hmac.new(key, told, sha256).hexdigest()


def fraction(key: bytes, *words: str) -> float:
    """A number from 0 up to, not including, 1: the same for the same words, spread evenly.

    >>> 0 <= fraction(b"key", "offer", "c1") < 1
    True
    """
    return (int(mark(key, *words)[:16], 16) >> 11) / _STEPS
