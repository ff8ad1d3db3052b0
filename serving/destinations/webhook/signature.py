"""Signatures of Standard Webhooks: who sent a message, when, and that nobody altered it."""

import base64
import binascii
import hmac
from hashlib import sha256

PREFIX = "whsec_"
VERSION = "v1,"
BYTES_LEAST, BYTES_MOST = 24, 64
WINDOW_SECONDS = 300
"""How far the clocks of a sender and a receiver may differ."""


def key_of(secret: str) -> bytes:
    """The key in a secret: `whsec_` and Base64 of 24 to 64 bytes; `ValueError` otherwise.

    >>> key_of("whsec_" + "QUJD" * 8).decode()
    'ABCABCABCABCABCABCABCABC'
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    # Outside of the except clause, so that the secret is in no traceback.
    if not secret.startswith(PREFIX) or not BYTES_LEAST <= len(key) <= BYTES_MOST:
        raise ValueError(PREFIX)
    return key


def sign(key: bytes, message_id: str, timestamp: int, content: bytes) -> str:
    """The signature of the exact bytes of a message with this id and second since 1970."""
    told = f"{message_id}.{timestamp}.".encode() + content
    return VERSION + base64.b64encode(hmac.new(key, told, sha256).digest()).decode()


def is_signed(key: bytes, message_id: str, timestamp: int, content: bytes, given: str) -> bool:
    """Whether one of the signatures given, parted by spaces, is right."""
    right = sign(key, message_id, timestamp, content).encode()
    return any(hmac.compare_digest(right, one.encode()) for one in given.split())
