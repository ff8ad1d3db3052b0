"""What a workspace says of objects in HubSpot, and what of it cannot be meant."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from features.clock import is_zone
from features.mistakes import Mistake, unknown_key
from serving.destinations.spec import DestinationSpec
from serving.secret import Secret

URL = "https://api.hubapi.com"
CALLS = 100
"""What HubSpot allows the smallest account in ten seconds."""

CALLS_MOST = 250

_LEGACY = "v3"
_HERE = r"http://(127\.0\.0\.1|localhost)"
_SECRET = "token"  # noqa: S105  (its name)
_PROPERTY = r"[a-z][a-z0-9_]{0,99}"
_OPTIONS: Mapping[str, str] = {
    "url": rf"https://[a-z0-9.-]+/?|{_HERE}(:\d{{1,5}})?/?",
    "object": r"[A-Za-z][A-Za-z0-9_]{0,99}|[0-9]-[0-9]{1,12}",
    "version": rf"{_LEGACY}|20[0-9]{{2}}-(0[1-9]|1[0-2])",
    "time_zone": r"\S+",
}
_MENDS: Mapping[str, str] = {
    "url": f"leave it out: HubSpot is at {URL}",
    "object": "write contacts, companies, or the name or number of an object of your own",
    "version": 'write "v3", or the date of a version, such as "2026-03"',
    "time_zone": "write the account's time zone, such as Asia/Jakarta",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of a destination, read. `calls` is None where HubSpot's own word counts."""

    url: str
    kind: str
    version: str
    key_field: str
    fields: tuple[str, ...]
    token: Secret
    zone: ZoneInfo
    calls: int | None

    @property
    def path(self) -> str:
        """Where objects of the kind are, in the version that is named."""
        if self.version == _LEGACY:
            return f"/crm/{_LEGACY}/objects/{self.kind}"
        return f"/crm/objects/{self.version}/{self.kind}"


def settings(spec: DestinationSpec) -> Settings:
    """The options of a spec without mistakes, those that are not said by their defaults."""
    told = spec.options
    calls = told.get("calls_in_10_seconds")
    return Settings(
        url=str(told.get("url", URL)).rstrip("/"),
        kind=str(told.get("object", "contacts")),
        version=str(told.get("version", _LEGACY)),
        key_field=spec.key_field,
        fields=tuple(spec.fields),
        token=spec.secrets[_SECRET],
        zone=ZoneInfo(str(told.get("time_zone", "UTC"))),
        calls=None if calls is None else int(calls),
    )


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings say and cannot mean; keys are those of the settings."""
    return [*_wrong_options(spec), *_wrong_secrets(spec), *_wrong_names(spec)]


def _wrong_options(spec: DestinationSpec) -> Iterator[Mistake]:
    known = (*_OPTIONS, "calls_in_10_seconds")
    for name, value in spec.options.items():
        if name not in known:
            yield unknown_key(f"options.{name}", name, known)
        elif name == "calls_in_10_seconds":
            if type(value) is not int or not 1 <= value <= CALLS_MOST:
                yield Mistake(f"options.{name}", f"is {value!r}", f"write 1 to {CALLS_MOST}")
        elif not isinstance(value, str) or not re.fullmatch(_OPTIONS[name], value):
            yield Mistake(f"options.{name}", f"is {value!r}", _MENDS[name])
        elif name == "url" and not _is_hubspots(value):
            yield Mistake("options.url", "is no address of HubSpot's", _MENDS["url"])
        elif name == "time_zone" and not is_zone(value):
            yield Mistake("options.time_zone", f"{value!r} is not known", _MENDS["time_zone"])


def _is_hubspots(url: str) -> bool:
    """Whether an address is HubSpot's, or this machine's, which is called in rehearsals alone."""
    host = urlsplit(url).hostname or ""
    return host.endswith(".hubapi.com") or re.match(_HERE, url) is not None


def _wrong_secrets(spec: DestinationSpec) -> Iterator[Mistake]:
    if _SECRET not in spec.secrets:
        yield Mistake(f"secrets.{_SECRET}", "is missing", "name env:NAME or file:PATH")
    for name in spec.secrets:
        if name != _SECRET:
            yield unknown_key(f"secrets.{name}", name, [_SECRET])


def _wrong_names(spec: DestinationSpec) -> Iterator[Mistake]:
    mend = "write the property's internal name: small letters, digits and _"
    if spec.key_field == "email":
        reason = "HubSpot updates by e-mail only whole records"
        yield Mistake("key_field", reason, "make a property of your own that is unique")
    for key, name in [("key_field", spec.key_field), *((f"fields.{n}", n) for n in spec.fields)]:
        if not re.fullmatch(_PROPERTY, name):
            yield Mistake(key, f"{name!r} is no name of a property", mend)
