"""What a workspace says of a Salesforce org, and what of it cannot be meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from features.mistakes import Mistake, unknown_key
from serving.destinations.spec import DestinationSpec

HOSTS = (".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
LOOPBACK = ("127.0.0.1", "localhost")
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
SECRETS = ("client_id", "client_secret", "private_key")
VERSION_LEAST = 41.0
"""The first version of the API with Bulk 2.0 jobs."""

_NAME = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SalesforceParams:
    """Which org, which object of it, and how long to wait for a job.

    `instance` is the org's own address, `https://NAME.my.salesforce.com`. Who logs in by a
    certificate is `username`, at the `audience` (of a sandbox `https://test.salesforce.com`). A
    job is looked at after `poll_seconds`, then less and less often, for `wait_seconds`.
    """

    instance: str
    object: str = "Contact"
    api_version: float = 67.0
    username: str = ""
    audience: str = AUDIENCES[0]
    poll_seconds: float = 5.0
    wait_seconds: float = 3600.0


def params_of(spec: DestinationSpec) -> SalesforceParams:
    """The options of a destination in which no mistake was found."""
    told = spec.options
    preset = SalesforceParams(instance=str(told["instance"]).rstrip("/"))
    return SalesforceParams(
        instance=preset.instance,
        object=str(told.get("object", preset.object)),
        api_version=float(told.get("api_version", preset.api_version)),
        username=str(told.get("username", preset.username)),
        audience=str(told.get("audience", preset.audience)),
        poll_seconds=float(told.get("poll_seconds", preset.poll_seconds)),
        wait_seconds=float(told.get("wait_seconds", preset.wait_seconds)),
    )


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What a destination of this kind says and cannot mean; keys are those of the settings."""
    return [
        *_unknown(spec),
        *_wrong_address(spec),
        *_wrong_names(spec),
        *_wrong_numbers(spec),
        *_wrong_secrets(spec),
    ]


def _unknown(spec: DestinationSpec) -> Iterator[Mistake]:
    known = tuple(SalesforceParams.__dataclass_fields__)
    for name in spec.options:
        if name not in known:
            yield unknown_key(f"options.{name}", name, known)
    for name in spec.secrets:
        if name not in SECRETS:
            yield unknown_key(f"secrets.{name}", name, SECRETS)


def _wrong_address(spec: DestinationSpec) -> Iterator[Mistake]:
    url = urlsplit(str(spec.options.get("instance", "")))
    host = url.hostname or ""
    ours = url.scheme == "https" and host.endswith(HOSTS)
    if not (ours or (url.scheme == "http" and host in LOOPBACK)) or url.path.strip("/"):
        mend = "write the org's own, https://NAME.my.salesforce.com"
        yield Mistake("options.instance", "is no address of a Salesforce org", mend)
    audience = spec.options.get("audience", AUDIENCES[0])
    if audience not in AUDIENCES:
        yield Mistake("options.audience", f"is {audience!r}", f"write {' or '.join(AUDIENCES)}")


def _wrong_names(spec: DestinationSpec) -> Iterator[Mistake]:
    if not _NAME.fullmatch(str(spec.options.get("object", "Contact"))):
        yield Mistake("options.object", "is no API name", "write one such as Contact")
    if not _NAME.fullmatch(spec.key_field) or not spec.key_field.endswith("__c"):
        mend = "name an External ID field that is Unique, such as Customer_Key__c"
        yield Mistake("key_field", f"{spec.key_field!r} is no field of one's own", mend)
    for name in spec.fields:
        if not _NAME.fullmatch(name):
            mend = "write the field's API name, such as Churn_Score__c"
            yield Mistake(f"fields.{name}", "is no API name", mend)


def _wrong_numbers(spec: DestinationSpec) -> Iterator[Mistake]:
    least = {"api_version": VERSION_LEAST, "poll_seconds": 1.0, "wait_seconds": 0.0}
    for name, smallest in least.items():
        told = spec.options.get(name, smallest)
        try:
            fits = not isinstance(told, bool) and float(told) >= smallest
        except ValueError:
            fits = False
        if not fits:
            yield Mistake(f"options.{name}", f"is {told!r}", f"write {smallest:g} or more")


def _wrong_secrets(spec: DestinationSpec) -> Iterator[Mistake]:
    by_certificate = "private_key" in spec.secrets
    if "client_id" not in spec.secrets:
        yield Mistake(
            "secrets.client_id", "is missing", "name the consumer key of the connected app"
        )
    if by_certificate == ("client_secret" in spec.secrets):
        reason = "there are two ways to log in" if by_certificate else "there is no way to log in"
        yield Mistake("secrets", reason, "name either client_secret or private_key")
    if by_certificate and not spec.options.get("username"):
        yield Mistake("options.username", "is missing", "say who logs in by the private key")
