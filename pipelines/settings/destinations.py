"""The destinations of a workspace file: validated whole, their secrets left where they are."""

from dataclasses import replace
from pathlib import Path

from features.mistakes import Mistake
from pipelines.settings.mistakes import below
from pipelines.settings.secrets import secrets_told
from pipelines.settings.validated import repeated, validated
from serving.destinations import kinds
from serving.destinations.spec import DestinationSpec


def destinations_told(
    raw: object, folder: Path, mistakes: list[Mistake]
) -> tuple[DestinationSpec, ...]:
    """The tables headed `[[destinations]]`; paths of secrets are taken from the folder."""
    if not isinstance(raw, list):
        mend = "describe each in a table of its own, headed [[destinations]]"
        mistakes.append(Mistake("destinations", "is no list of tables", mend))
        return ()
    told = [_told(at, one, folder, mistakes) for at, one in enumerate(raw)]
    mistakes.extend(repeated("destinations", raw))
    return tuple(spec for spec in told if spec)


def _told(at: int, raw: object, folder: Path, mistakes: list[Mistake]) -> DestinationSpec | None:
    key, own = f"destinations[{at}]", list[Mistake]()
    is_table = isinstance(raw, dict)
    secrets = secrets_told(raw.get("secrets", {}), folder, own) if is_table else {}
    values = {name: raw[name] for name in raw if name != "secrets"} if is_table else raw
    spec = validated(key, values, DestinationSpec, mistakes)
    if spec:
        spec = replace(spec, secrets=secrets)
        own.extend(kinds.mistakes(spec))
    mistakes.extend(below(key, own))
    return spec
