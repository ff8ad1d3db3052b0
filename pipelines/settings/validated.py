"""Tables of the workspace file as parameters of the rooms, with every mistake in them."""

import dataclasses
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from features.errors import JejakError
from features.mistakes import Mistake, unknown_key
from pipelines.settings.mistakes import dotted, from_validation

Params = TypeVar("Params")


def validated(
    key: str, values: object, kind: type[Params], mistakes: list[Mistake]
) -> Params | None:
    """An instance of the parameters `kind`, or None with what is wrong added to `mistakes`."""
    if not isinstance(values, dict):
        mistakes.append(Mistake(key, "must be a table", f"head it with [{key}]"))
        return None
    known = [one.name for one in dataclasses.fields(cast("Any", kind))]
    mistakes.extend(
        unknown_key(f"{key}.{name}", name, known) for name in values if name not in known
    )
    text = json.dumps({name: values[name] for name in values if name in known}, default=str)
    try:
        return _adapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        mistakes.extend(told for detail in details for told in from_validation(key, detail))
    except JejakError as error:
        mistakes.append(Mistake(dotted(key, ()), error.what, error.mend))
    return None


@cache
def _adapter(kind: type[Params]) -> TypeAdapter[Params]:
    return TypeAdapter(kind)


def repeated(section: str, raw: list[Any]) -> Iterator[Mistake]:
    """Names that two tables of a list share."""
    names = [one.get("name") for one in raw if isinstance(one, dict)]
    for at, name in enumerate(names):
        if name is not None and name in names[:at]:
            yield Mistake(f"{section}[{at}].name", f"{name!r} is used twice", "name it differently")
