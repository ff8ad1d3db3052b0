"""From scores to what a destination shall hold: the key, a payload and one hash a customer."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256

import pandas as pd

from features.mistakes import Mistake, nearest
from models.answers.rules import COLOURS
from serving.decide import BANDS
from serving.destinations.destination import Value
from serving.destinations.fields.cells import NOTHING, ODD, holds, is_plain, known, to_json, writer
from serving.destinations.fields.views import Holds, view, views
from serving.destinations.spec import DestinationSpec

KEY_MISSING = "KEY_MISSING"
TEXT_ODD = "TEXT_ODD"
COLUMNS = ["customer_id", "key", "payload", "hash", "fault"]
DECIMALS_MOST = 15
PLACE = ("url", "instance", "object", "table", "entity_set", "folder")
"""The options of any kind that say where a destination lies."""

SAID = {"risk_band": BANDS, "health_colour": (*COLOURS.values(),)}
"""Columns that say one of a few words."""


def payloads(scores: pd.DataFrame, spec: DestinationSpec, *, zone: str = "UTC") -> pd.DataFrame:
    """What the row of each customer shall hold there: customer_id, key, payload, hash, fault.

    The payload is JSON of the mapped values, in the order of `spec.fields`. Two rows of a key have
    one hash exactly when their values are the same, but for what every run writes anew. A row that
    cannot be sent has a fault, an empty payload and an empty hash: KEY_MISSING, or TEXT_ODD for
    text that holds a NUL or half of a character. Dates are days of the zone.
    """
    cells = [_cells(scores, spec, name, zone) for name in spec.fields]
    lasting = [not known(column).is_of_the_run for column in spec.fields.values()]
    whole = _template([*spec.fields])
    part = _template([name for name, stays in zip(spec.fields, lasting, strict=True) if stays])
    begun = _of_place(spec)
    rows: list[tuple[str | None, str, str, str]] = []
    for key, row in zip(_keys(scores, spec), zip(*cells, strict=True), strict=True):
        fault = _fault(key, row)
        if key is None or fault:
            rows.append((key or None, "", "", fault))
            continue
        payload = whole % row
        kept = payload if all(lasting) else part % _chosen(row, lasting)
        rows.append((key, payload, _fingerprint(begun, key, kept), ""))
    told = pd.DataFrame(rows, columns=COLUMNS[1:], dtype="object")
    told.insert(0, "customer_id", scores["customer_id"].to_numpy(dtype="object"))
    return told


def cleared(spec: DestinationSpec) -> str:
    """The payload of a customer without a score.

    >>> cleared(DestinationSpec(name="crm", kind="sql", fields={"churn": "churn_probability"}))
    '{"churn":null}'
    """
    return to_json({name: spec.clear.get(name) for name in spec.fields})


def values_of(payload: str) -> dict[str, Value]:
    """The values of a payload by field, typed; None empties a field.

    >>> values_of('{"churn":0.71,"band":null}')
    {'churn': 0.71, 'band': None}
    """
    return json.loads(payload)


def fingerprint(spec: DestinationSpec, key: str, payload: str) -> str:
    """The hash of what a destination holds of a key, as 64 hexadecimal digits.

    Where the destination lies belongs to it: what another table or portal acknowledged under the
    same name tells nothing of this one. An address that is a secret does not.
    """
    return _fingerprint(_of_place(spec), key, payload)


def shape(spec: DestinationSpec, zone: str) -> str:
    """A hash of all that decides what a destination is told of a score.

    Of two plans that differ in it the later one holds.
    """
    told = {
        "key": spec.key,
        "fields": list(spec.fields.items()),
        "decimals": dict(spec.decimals),
        "words": {name: dict(words) for name, words in spec.words.items()},
        "clear": dict(spec.clear),
        "when_not_scored": spec.when_not_scored,
        "channel": spec.channel,
        "zone": zone,
    }
    return sha256(_of_place(spec) + json.dumps(told, sort_keys=True).encode()).hexdigest()


def _of_place(spec: DestinationSpec) -> bytes:
    """What every hash of one destination begins with."""
    place = {name: spec.options[name] for name in PLACE if name in spec.options}
    return f"{spec.key_field}\0{to_json(place)}\0".encode()


def _fingerprint(begun: bytes, key: str, payload: str) -> str:
    return sha256(begun + f"{key}\0{payload}".encode()).hexdigest()


def columns() -> tuple[str, ...]:
    """What may be mapped; besides, `churn_probability_56` and its like for other horizons."""
    return tuple(views())


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the fields of a destination say and cannot mean; keys are those of the settings."""
    return [
        *_unknown_columns(spec),
        *_wrong_words(spec),
        *_wrong_decimals(spec),
        *_wrong_clear(spec),
    ]


def _cells(scores: pd.DataFrame, spec: DestinationSpec, name: str, zone: str) -> list[str]:
    """A field of every customer as JSON; each value that is there is written once."""
    codes, values = pd.factorize(known(spec.fields[name]).take(scores))
    written = [*map(writer(spec, name, zone), values.tolist()), NOTHING]
    return [written[code] for code in codes.tolist()]  # what is missing has the code -1


def _template(names: Sequence[str]) -> str:
    """An object of JSON with a `%s` for each value."""
    said = (to_json(name).replace("%", "%%") + ":%s" for name in names)
    return "{" + ",".join(said) + "}"


def _chosen(row: Sequence[str], kept: Sequence[bool]) -> tuple[str, ...]:
    return tuple(cell for cell, stays in zip(row, kept, strict=True) if stays)


def _keys(scores: pd.DataFrame, spec: DestinationSpec) -> list[str | None]:
    """The key of each customer: None where there is none, empty where its text is odd."""
    raw_keys = known(spec.key).take(scores).astype("object")
    keys: list[str | None] = []
    for missing, key in zip(raw_keys.isna(), raw_keys, strict=True):
        given = None if missing or not key.strip() else key
        keys.append(given if given is None or is_plain(given) else ODD)
    return keys


def _fault(key: str | None, row: Sequence[str]) -> str:
    if key is None:
        return KEY_MISSING
    return TEXT_ODD if key == ODD or ODD in row else ""


def _unknown_columns(spec: DestinationSpec) -> Iterator[Mistake]:
    for name, column in spec.fields.items():
        if view(column) is None:
            reason = f"a score has no column {column!r}"
            yield Mistake(f"fields.{name}", reason, nearest(column, columns()))
    told = view(spec.key)
    if told is None or told.holds != "text":
        texts = [name for name in columns() if known(name).holds == "text"]
        yield Mistake("key", f"{spec.key!r} names no text of a score", nearest(spec.key, texts))


def _wrong_words(spec: DestinationSpec) -> Iterator[Mistake]:
    for name, words in spec.words.items():
        column = spec.fields.get(name, "")
        told = view(column)
        if not column:
            yield Mistake(f"words.{name}", "is no field", nearest(name, spec.fields))
        elif told is not None and told.holds != "text":
            yield Mistake(f"words.{name}", f"{column} is no text", "leave it out")
        else:
            unsaid = [word for word in words if word not in SAID.get(column, words)]
            for word in unsaid:
                mend = nearest(word, SAID[column])
                yield Mistake(f"words.{name}.{word}", f"{column} never says so", mend)


def _wrong_decimals(spec: DestinationSpec) -> Iterator[Mistake]:
    for name, places in spec.decimals.items():
        told = view(spec.fields.get(name, ""))
        if name not in spec.fields:
            yield Mistake(f"decimals.{name}", "is no field", nearest(name, spec.fields))
        elif told is not None and told.holds != "number":
            yield Mistake(f"decimals.{name}", "holds no number with decimals", "leave it out")
        elif not 0 <= places <= DECIMALS_MOST:
            yield Mistake(f"decimals.{name}", f"is {places}", f"write 0 to {DECIMALS_MOST}")


def _wrong_clear(spec: DestinationSpec) -> Iterator[Mistake]:
    for name, value in spec.clear.items():
        column = spec.fields.get(name, "")
        if not column:
            yield Mistake(f"clear.{name}", "is no field", nearest(name, spec.fields))
        elif view(column) and not _fits(value, holds(spec, name)):
            reason = f"{value!r} is no value of a field that holds a {holds(spec, name)}"
            yield Mistake(
                f"clear.{name}", reason, "write one, or leave it out: the field is emptied"
            )


def _fits(value: Value, told: Holds) -> bool:
    """Whether a field takes a value: text takes any, numbers take numbers."""
    if told == "text":
        return True
    if told in ("instant", "date"):
        return isinstance(value, str)
    return not isinstance(value, str | bool) and (told == "number" or isinstance(value, int))
