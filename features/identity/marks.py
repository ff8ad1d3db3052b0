"""Keyed hashes: equal handles give equal marks, and without the key nobody can try them out."""

from base64 import b32hexencode, urlsafe_b64encode
from hashlib import blake2b

from features.errors import DataRefused

_SHORTEST_KEY = 16
_LONGEST_KEY = 64


def mark(kind: str, handle: str, key: bytes) -> str:
    """Twelve characters that stand for one handle of one kind."""
    content = f"{kind}\0{handle}".encode()
    return urlsafe_b64encode(blake2b(content, digest_size=9, key=key).digest()).decode()


def name(prefix: str, text: str, key: bytes = b"") -> str:
    """An id of 17 characters that survives systems which ignore case.

    A text that is a mark already needs no key.

    >>> name("c", "crm 7", b"sixteen bytes ok")
    'c8bvbup1prdffdoea'
    """
    digest = blake2b(text.encode(), digest_size=10, key=key).digest()
    return prefix + b32hexencode(digest).decode().lower()


def check_key(key: bytes) -> None:
    """Refuse a key that could be guessed or that the hash cannot take."""
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise DataRefused(
            f"the identity key has {len(key)} bytes",
            where="identity",
            mend=f"give it {_SHORTEST_KEY} to {_LONGEST_KEY} random bytes",
        )
