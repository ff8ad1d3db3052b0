"""What a workspace says of a table in Dataverse, and what of it cannot be meant."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from features.mistakes import Mistake, unknown_key
from serving.destinations.spec import DestinationSpec
from serving.secret import Secret

ROWS_MOST = 1000
ROWS = 200
"""A million rows are 5,000 calls of some seconds, below the 6,000 in five minutes; a row that
spoils its call takes 199 others back with it, not 999."""

_CLOUDS: Mapping[str, str] = {
    ".dynamics.com": "login.microsoftonline.com",
    ".microsoftdynamics.us": "login.microsoftonline.us",
    ".appsplatform.us": "login.microsoftonline.us",
    ".dynamics.cn": "login.partner.microsoftonline.cn",
}
"""Where environments of each of Microsoft's clouds lie, and who signs in to them."""

_NAME = r"[a-z][a-z0-9_]{0,127}"
_OPTIONS: Mapping[str, str] = {
    "url": r"https://[a-z0-9.-]+/?",
    "tenant_id": r"[\w.-]+",
    "client_id": r"[\w-]+",
    "table": _NAME,
    "entity_set": _NAME,
    "api_version": r"\d\.\d",
    "token_url": r"https://[a-z0-9.-]+/\S+",
}
_NEEDED = ("url", "tenant_id", "client_id")
_SECRET = "client_secret"  # noqa: S105  (its name)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of a destination, read; addresses end without a slash."""

    url: str
    token_url: str
    client_id: str
    client_secret: Secret
    table: str
    entity_set: str
    key_field: str
    api_version: str
    rows_a_batch: int


def settings(spec: DestinationSpec) -> Settings:
    """The options of a spec without mistakes, those that are not said by their defaults."""
    told = {name: str(value) for name, value in spec.options.items()}
    url = told["url"].rstrip("/")
    table = told.get("table", "contact")
    sign_in = f"https://{_sign_in(url)}/{told['tenant_id']}/oauth2/v2.0/token"
    return Settings(
        url=url,
        token_url=told.get("token_url", sign_in),
        client_id=told["client_id"],
        client_secret=spec.secrets[_SECRET],
        table=table,
        entity_set=told.get("entity_set", f"{table}s"),
        key_field=spec.key_field,
        api_version=told.get("api_version", "9.2"),
        rows_a_batch=int(told.get("rows_a_batch", ROWS)),
    )


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings say and cannot mean; keys are those of the settings."""
    return [*_wrong_options(spec), *_wrong_host(spec), *_wrong_secrets(spec), *_wrong_names(spec)]


def _wrong_options(spec: DestinationSpec) -> Iterator[Mistake]:
    known = (*_OPTIONS, "rows_a_batch")
    for name in _NEEDED:
        if name not in spec.options:
            yield Mistake(f"options.{name}", "is missing", _MENDS[name])
    for name, value in spec.options.items():
        if name not in known:
            yield unknown_key(f"options.{name}", name, known)
        elif name == "rows_a_batch":
            if type(value) is not int or not 1 <= value <= ROWS_MOST:
                yield Mistake(f"options.{name}", f"is {value!r}", f"write 1 to {ROWS_MOST}")
        elif not isinstance(value, str) or not re.fullmatch(_OPTIONS[name], value):
            yield Mistake(f"options.{name}", f"is {value!r}", _MENDS.get(name, _LOGICAL))


def _wrong_host(spec: DestinationSpec) -> Iterator[Mistake]:
    """An environment, and who signs in to it, are Microsoft's."""
    url, token_url = (str(spec.options.get(name, "")) for name in ("url", "token_url"))
    if url.startswith("https://") and not _sign_in(url):
        yield Mistake("options.url", "is no environment of Dataverse", _MENDS["url"])
    if token_url.startswith("https://") and urlsplit(token_url).hostname not in _CLOUDS.values():
        mend = f"the secret goes to one of {', '.join(dict.fromkeys(_CLOUDS.values()))}"
        yield Mistake("options.token_url", "is no address of Microsoft's", mend)


def _wrong_secrets(spec: DestinationSpec) -> Iterator[Mistake]:
    if _SECRET not in spec.secrets:
        yield Mistake(f"secrets.{_SECRET}", "is missing", "name env:NAME or file:PATH")
    for name in spec.secrets:
        if name != _SECRET:
            yield unknown_key(f"secrets.{name}", name, [_SECRET])


def _wrong_names(spec: DestinationSpec) -> Iterator[Mistake]:
    if not re.fullmatch(_NAME, spec.key_field):
        yield Mistake("key_field", f"{spec.key_field!r} is no name of a column", _LOGICAL)
    for name in spec.fields:
        if not re.fullmatch(_NAME, name):
            yield Mistake(f"fields.{name}", "is no name of a column", _LOGICAL)


def _sign_in(url: str) -> str:
    """Who signs in to an environment; empty where it is none."""
    host = urlsplit(url).hostname or ""
    return next((login for end, login in _CLOUDS.items() if host.endswith(end)), "")


_LOGICAL = "write its logical name: small letters, digits and _"
_MENDS: Mapping[str, str] = {
    "url": "write the environment's address, such as https://contoso.crm5.dynamics.com",
    "tenant_id": "write the directory (tenant) id of the application in Microsoft Entra",
    "client_id": "write the application (client) id in Microsoft Entra",
    "api_version": 'write it as "9.2"',
    "token_url": "leave it out, or write the https address of the token endpoint",
}
