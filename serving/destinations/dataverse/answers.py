"""What Dataverse means by an error: which row, which setting, or only not now."""

import re
from datetime import datetime
from http import HTTPStatus

from serving.destinations.calls.answers import Answer, redacted, seconds_of
from serving.destinations.dataverse.odata import error_of
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    Trouble,
)

_NO_SUCH_RECORD = "0x80040217"
_HELD = ("Sql Number: 1205", "deadlock exception")
"""Another call held the same record; Dataverse has undone this one."""
_TOO_SLOW = "SQL timeout expired"

_SETTINGS = (
    (
        r"(?:Invalid property|undeclared property|Could not find a property named) '([\w.@]+)'",
        "the table has no column {}",
        "create it, or take it out of `fields`; names are logical names, in small letters",
    ),
    (
        r" of '(\w+)' on record of type '\w+' is outside the valid range. Accepted Values",
        "the choice {} has no such option",
        "give each word of the field an option's number in `words`",
    ),
    (
        r"Cannot convert ()",
        "a column has another type than its field",
        "compare types of columns with `fields`; a choice takes the whole numbers of `words`",
    ),
    (
        r"The key in the request URI is not valid()",
        "the table has no alternate key of the column that `key_field` names",
        "define the key on that column alone, and wait until its index is active",
    ),
)
"""What blames a setting and not a row: the vendor's words, ours, and the mend."""

_MENDS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "give the application user a role that may create and write the table "
    "and every column of `fields`",
    HTTPStatus.NOT_FOUND: "see that `entity_set` is the table's entity set name",
}


def trouble_of(answer: Answer, now: datetime, *, rows: int) -> Trouble:
    """What to do about an answer to so many rows that is no success."""
    code, message = error_of(answer.content)
    code = code or str(answer.status)
    words = redacted(message) or answer.words()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = seconds_of(answer.headers, now)
        return Busy("Dataverse takes no more for now", code=code, seconds=seconds)
    if any(sign in message for sign in _HELD) or (_TOO_SLOW in message and rows == 1):
        return Busy("another call holds the same records", code=code)
    if _TOO_SLOW in message or answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BatchRefused(words, code=code)
    if _has_failed(answer.status):
        seconds = seconds_of(answer.headers, now)
        return OutcomeUnknown("Dataverse has failed", code=code, seconds=seconds)
    return _setting(answer.status, code, message) or BatchRefused(words, code=code)


def _has_failed(status: int) -> bool:
    """Whether a status leaves open what was done; one below 400 is no error that can be read."""
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.NOT_IMPLEMENTED):
        return status == HTTPStatus.REQUEST_TIMEOUT
    return not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _setting(status: int, code: str, message: str) -> Misconfigured | None:
    """The setting that an error speaks of, if it is not about one row."""
    for words, sentence, mend in _SETTINGS:
        found = re.search(words, message)
        if found:
            return Misconfigured(sentence.format(found[1]), code=code, mend=mend)
    if code == _NO_SUCH_RECORD or "for record with id" in message:
        return None
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
        return None
    mend = _MENDS.get(status, "see that `url` and `api_version` are right")
    return Misconfigured(f"Dataverse answers {status}", code=code, mend=mend)
