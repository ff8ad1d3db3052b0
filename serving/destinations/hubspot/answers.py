"""What an answer of HubSpot's means: of each row, or for all of them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from features.clock import shift
from serving.destinations.calls.answers import Answer, redacted, seconds_of
from serving.destinations.destination import Acknowledged, Outcome, Outcomes, Rejected
from serving.destinations.hubspot.settings import Settings
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    QuotaSpent,
    Trouble,
)

WINDOW_SECONDS = 10.0
LOCKED, MIGRATING = 423, 477
SECONDS_LOCKED, SECONDS_MIGRATING = 2.0, 60.0
REFUSED = (400, 409, 413)
CLIENT_ERRORS = range(400, 500)

NO_SUCH_PROPERTY = "PROPERTY_DOESNT_EXIST"
SETTINGS_WRONG: Mapping[str, str] = {
    NO_SUCH_PROPERTY: "make the property in HubSpot, or take it out of fields",
    "READ_ONLY_VALUE": "HubSpot fills this property itself: name another one in fields",
    "INVALID_OPTION": "add the value to the property's options in HubSpot, or say it by words",
    "NOT_UNIQUE": "name a property in key_field that has unique values in HubSpot",
}
"""Words of HubSpot's that blame a property and not a row, and how to mend it."""

_RIGHTS = {
    403: "give the token the right to write these objects, such as crm.objects.contacts.write",
    404: "look at object and version: HubSpot knows no such address",
}

Told = Mapping[str, Any]


def outcomes_of(answer: Answer, traces: Mapping[str, str], told: Settings) -> Outcomes:
    """What became of each row, joined by its trace and by its key, never by its place.

    `traces` gives the key of each trace. A row of which nothing is told, or two things, is left
    out: of it nothing is known.
    """
    body = _complete(answer)
    results, errors = [*_objects(body.get("results"))], [*_objects(body.get("errors"))]
    for error in errors:
        wrong = wrong_setting(error, told)
        if wrong:
            raise wrong
    named = [_keys_of(error, traces) for error in errors]
    said = [*_of_results(results, traces, told.key_field)]
    said += [
        (key, _rejected(error)) for error, keys in zip(errors, named, strict=True) for key in keys
    ]
    missing = set(traces.values()).difference(key for key, _ in said)
    nameless = [error for error, keys in zip(errors, named, strict=True) if not keys]
    if len(missing) == len(nameless) == 1 and len(results) + len(errors) == len(traces):
        said.append((missing.pop(), _rejected(nameless[0])))
    kinds = Counter(key for key, _ in {(key, type(outcome)) for key, outcome in said})
    return {key: outcome for key, outcome in said if kinds[key] == 1}


def trouble_of(answer: Answer, told: Settings, now: datetime) -> Trouble:
    """What an answer that is not of rows means for the batch."""
    status = answer.status
    error = _object_of(answer)
    code = _code(error) or str(status)
    if status in REFUSED:
        wrong = wrong_setting(error, told)
        return wrong or BatchRefused(_message(error) or answer.words(), code=code)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_many(answer, error, told, now)
    if status in (LOCKED, MIGRATING):
        default = SECONDS_LOCKED if status == LOCKED else SECONDS_MIGRATING
        asked = seconds_of(answer.headers, now) or 0.0
        seconds = max(asked, SECONDS_LOCKED) if asked else default
        return Busy("HubSpot has locked these objects for a while", code=code, seconds=seconds)
    if status in CLIENT_ERRORS and status != HTTPStatus.REQUEST_TIMEOUT:
        mend = _RIGHTS.get(status, "look at object, version and fields")
        return Misconfigured(f"HubSpot refuses the call with {status}", code=code, mend=mend)
    # A server that fails or whose gateway gives up may have written some of the rows.
    seconds = seconds_of(answer.headers, now)
    return OutcomeUnknown(f"HubSpot answers {status}", code=code, seconds=seconds)


def wrong_setting(error: Told, told: Settings) -> Misconfigured | None:
    """The trouble of an error that blames a property; its words are ours, HubSpot's quote values.

    The inner errors say so by their code, older answers within the message.
    """
    text = json.dumps(error)
    code = next((one for one in SETTINGS_WRONG if one in text), "")
    if not code and f"{told.key_field} is not a unique property" in text:
        code = "NOT_UNIQUE"
    if not code:
        return None
    blamed = [
        name for name in (told.key_field, *told.fields) if f'"{name}"' in text.replace("\\", "")
    ]
    names = ", ".join(blamed) or "a property"
    return Misconfigured(f"HubSpot refuses {names}", code=code, mend=SETTINGS_WRONG[code])


def _of_results(
    results: Iterable[Told], traces: Mapping[str, str], key_field: str
) -> Iterator[tuple[str, Outcome]]:
    keys = set(traces.values())
    for one in results:
        properties = one.get("properties")
        held = cast("Told", properties).get(key_field) if isinstance(properties, dict) else None
        trace = one.get("objectWriteTraceId")
        key = str(held) if trace is None else traces.get(str(trace), "")
        if key not in keys:
            continue
        if held is not None and not _same(str(held), key):
            yield key, Rejected("OTHER_KEY", "HubSpot wrote to a record of another key")
        elif one.get("archived") is True:
            yield key, Rejected("ARCHIVED", "the record is archived in HubSpot")
        else:
            yield key, Acknowledged()


def _same(one: str, other: str) -> bool:
    """Whether HubSpot takes two keys for one: it keeps no case, and no space around."""
    return one.strip().casefold() == other.strip().casefold()


def _rejected(error: Told) -> Rejected:
    return Rejected(_code(error) or "ERROR", _message(error))


def _keys_of(error: Told, traces: Mapping[str, str]) -> set[str]:
    """The rows that an error is about."""
    return {traces.get(one, one) for one in _names(error)} & set(traces.values())


def _names(error: Told) -> Iterator[str]:
    """The traces, keys and ids that an error is about."""
    context = error.get("context")
    for told in (error.get("objectWriteTraceId"), error.get("id")):
        if isinstance(told, str):
            yield told
    for values in cast("Told", context).values() if isinstance(context, dict) else ():
        if isinstance(values, list):
            yield from (one for one in cast("list[Any]", values) if isinstance(one, str))


def _complete(answer: Answer) -> Told:
    body = answer.mapping()
    if body.get("status") != "COMPLETE":
        raise OutcomeUnknown("HubSpot has not said that the batch is complete", code="PENDING")
    return body


def _too_many(answer: Answer, error: Told, told: Settings, now: datetime) -> Trouble:
    policy = error.get("policyName")
    spent = answer.headers.get("x-hubspot-ratelimit-daily-remaining") == "0"
    if policy == "DAILY" or (spent and policy is None):
        until = shift(now, 1, told.zone)
        return QuotaSpent("HubSpot's calls of the day are used up", code="DAILY", until=until)
    seconds = seconds_of(answer.headers, now)
    default = 1.0 if policy == "SECONDLY" else WINDOW_SECONDS
    code = policy if isinstance(policy, str) else "429"
    return Busy("HubSpot is called too often", code=code, seconds=seconds or default)


def _code(error: Told) -> str:
    """The vendor's word for what is wrong: of an inner error, else its category."""
    inner = (one.get("code") or one.get("subCategory") for one in _objects(error.get("errors")))
    said = (*inner, error.get("category"))
    return next((one for one in said if isinstance(one, str) and one), "")


def _message(error: Told) -> str:
    said = error.get("message")
    return redacted(said) if isinstance(said, str) else ""


def _object_of(answer: Answer) -> Told:
    """The error that an answer tells; empty where it is no JSON object."""
    try:
        return answer.mapping()
    except OutcomeUnknown:
        return {}


def _objects(told: object) -> Iterator[Told]:
    if isinstance(told, list):
        for one in cast("list[Any]", told):
            if isinstance(one, dict):
                yield cast("Told", one)
