"""Records by a key of one's own, as OData addresses them, and errors as OData tells them."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

UNADDRESSABLE = "/<>*%&:\\?+"
"""Dataverse finds no record by a key that holds one of these, says its documentation."""

_UNSURE = "#"
"""It would begin a fragment where an address is not escaped, and Dataverse may not unescape it."""


def is_addressable(key: str) -> bool:
    """Whether a key leads to its own record, and surely to no other.

    Blanks at an end are refused too, because a database that ignores them would find the record
    of the key without them.

    >>> is_addressable("O'Brien 7"), is_addressable("C/1"), is_addressable("C-1 ")
    (True, False, False)
    """
    return key == key.strip() and bool(key) and not any(map(_hinders, key))


def record(entity_set: str, key_field: str, key: str) -> str:
    """The address of a record within the service, not escaped for a URL.

    >>> record("contacts", "new_customerkey", "O'Brien")
    "contacts(new_customerkey='O''Brien')"
    """
    doubled = key.replace("'", "''")
    return f"{entity_set}({key_field}='{doubled}')"


def path(address: str) -> str:
    """An address as it stands in a URL.

    >>> path("contacts(new_customerkey='Sri Dewi')")
    "contacts(new_customerkey='Sri%20Dewi')"
    """
    return quote(address, safe="()='")


def error_of(content: bytes) -> tuple[str, str]:
    """The code and the words of an error, with those of its cause; empty where there are none.

    >>> error_of(b'{"error":{"code":"0x1","message":"No.","innererror":{"message":"Too long"}}}')
    ('0x1', 'No. Too long')
    """
    try:
        error = _mapping(_mapping(json.loads(content)).get("error"))
    except (ValueError, RecursionError):
        return "", ""
    told = _text(error, "message")
    cause = _text(_mapping(error.get("innererror")), "message")
    return _text(error, "code"), told if cause in told else f"{told} {cause}".strip()


def _hinders(character: str) -> bool:
    is_odd = character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"
    return is_odd or character in UNADDRESSABLE or character in _UNSURE


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
