"""A receiver of one's own: signed JSON by POST, as Standard Webhooks has it, safe to repeat."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from features.mistakes import Mistake, unknown_key
from serving.destinations.at_once import AtOnce
from serving.destinations.calls.answers import Answer, redacted, seconds_of
from serving.destinations.calls.http import Http
from serving.destinations.destination import (
    Acknowledged,
    Batch,
    Destination,
    Memo,
    Outcome,
    Outcomes,
    Rejected,
    Tools,
)
from serving.destinations.fields.cells import to_json
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown, Trouble
from serving.destinations.webhook.signature import key_of, sign

OPTIONS = ("url", "trust_2xx", "rows_a_batch")
SECRETS = ("secret", "url")
TAKEN = ("op", "values")
ROWS_A_BATCH = 100
ROWS_MOST = 1_000

OF_ROWS = (400, 409, 413, 422)
UNTOLD = (408, 425)
"""The receiver may have begun, as it may with every status of 500 and more."""


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings of a receiver say and cannot mean."""
    return [*_of_options(spec), *_of_secrets(spec), *_of_names(spec)]


def opened(spec: DestinationSpec, tools: Tools) -> Destination:
    """The receiver as a destination, before any call."""
    return Webhook(spec, tools)


class Webhook(AtOnce):
    """An https address that takes rows, and may say of each what became of it."""

    def __init__(self, spec: DestinationSpec, tools: Tools) -> None:
        self.rows_a_batch = int(spec.options.get("rows_a_batch", ROWS_A_BATCH))
        self._spec = spec
        self._tools = tools

    def calls(self, batch: Batch) -> Sequence[str]:
        """The one call of a batch; an address that is a secret is told by its host alone."""
        parts = urlsplit(self._url)
        is_shown = "url" in self._spec.options
        address = self._url if is_shown else f"{parts.scheme}://{parts.hostname}/***"
        size = len(self._content(batch))
        return [f"POST {address}, {len(batch.rows)} rows, {size} bytes, signed"]

    def send(self, batch: Batch, memo: Memo) -> Outcomes:  # noqa: ARG002  (the id is the batch's)
        """Post the rows; what the answer does not tell of stays unknown."""
        content = self._content(batch)
        answer = self._http.call(
            "POST",
            self._url,
            content=content,
            headers=self._headers(batch.batch_id, content),
            authorized=False,
        )
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._trouble(answer)
        return self._outcomes(batch, answer)

    def close(self) -> None:
        """Give the connection back."""
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _url(self) -> str:
        if "url" in self._spec.options:
            return str(self._spec.options["url"])
        return self._spec.secrets["url"].reveal().strip()

    @cached_property
    def _http(self) -> Http:
        return Http(self._url, tools=self._tools, public_only=True)

    def _content(self, batch: Batch) -> bytes:
        """The same bytes whenever a batch is sent again."""
        key_field = self._spec.key_field
        rows = [
            {"op": row.op, key_field: row.key, "values": dict(row.values)} for row in batch.rows
        ]
        told = {"type": "scores", "batch_id": batch.batch_id, "run_id": batch.run_id, "rows": rows}
        return to_json(told).encode()

    def _headers(self, message_id: str, content: bytes) -> dict[str, str]:
        """Signed with the secret as it is now, at the moment of sending."""
        timestamp = int(self._tools.timing.now().timestamp())
        try:
            signature = sign(self._key(), message_id, timestamp, content)
        except ValueError:
            signature = ""
        if not signature:
            mend = "write whsec_ and the Base64 of 24 to 64 random bytes (openssl rand -base64 32)"
            raise Misconfigured("the secret `secret` is none of Standard Webhooks", mend=mend)
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }

    def _key(self) -> bytes:
        return key_of(self._spec.secrets["secret"].reveal())

    def _trouble(self, answer: Answer) -> Trouble:
        status = answer.status
        code, host = str(status), urlsplit(self._url).hostname
        if status in OF_ROWS:
            return BatchRefused(answer.words(), code=code)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            seconds = seconds_of(answer.headers, self._tools.timing.now())
            return Busy(f"{host} has too much to do", code=code, seconds=seconds)
        if status in UNTOLD or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown(f"{host} failed with status {code}", code=code)
        if status == HTTPStatus.GONE:
            mend = "take the destination out of jejak.toml, or write its new address"
            return Misconfigured(
                f"{host} takes no more: the receiver is gone", code=code, mend=mend
            )
        mend = "look at the address, and at what the receiver expects"
        return Misconfigured(f"{host} answers with status {code}", code=code, mend=mend)

    def _outcomes(self, batch: Batch, answer: Answer) -> Outcomes:
        """What the receiver says of each row; all are delivered where its status is trusted."""
        results = _results(answer)
        if results is not None:
            return _by_key(results, {row.key for row in batch.rows}, self._spec.key_field)
        if self._spec.options.get("trust_2xx"):
            return {row.key: Acknowledged() for row in batch.rows}
        raise OutcomeUnknown("the answer tells of no row, see `trust_2xx`", code="NO_ROW_RESULTS")


def _results(answer: Answer) -> list[Any] | None:
    """The results of rows in an answer; None where it has none."""
    try:
        told = answer.json()
    except OutcomeUnknown:
        return None
    results = told.get("results") if isinstance(told, dict) else None
    return results if isinstance(results, list) else None


def _by_key(results: list[Any], keys: set[str], key_field: str) -> dict[str, Outcome]:
    """Results joined by key, whatever their order; a row with two different ones has none."""
    said: dict[str, set[Outcome]] = {}
    for one in results:
        key = one.get(key_field) if isinstance(one, dict) else None
        if isinstance(key, str) and key in keys and (outcome := _outcome(one)):
            said.setdefault(key, set()).add(outcome)
    return {key: outcomes.pop() for key, outcomes in said.items() if len(outcomes) == 1}


def _outcome(result: dict[str, Any]) -> Outcome | None:
    if result.get("status") == "delivered":
        return Acknowledged()
    if result.get("status") == "rejected":
        code, message = (redacted(str(result.get(name, ""))) for name in ("code", "message"))
        return Rejected(code or "REJECTED", message)
    return None


def _of_options(spec: DestinationSpec) -> Iterator[Mistake]:
    said = spec.options
    for name in said:
        if name not in OPTIONS:
            yield unknown_key(f"options.{name}", name, OPTIONS)
    if not isinstance(said.get("trust_2xx", False), bool):
        yield Mistake("options.trust_2xx", "is neither true nor false")
    rows = said.get("rows_a_batch", ROWS_A_BATCH)
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= ROWS_MOST:
        yield Mistake("options.rows_a_batch", f"is {rows!r}", f"write 1 to {ROWS_MOST}")
    if ("url" in said) == ("url" in spec.secrets):
        mend = "write one of `options.url` and, where the address itself is one, `secrets.url`"
        yield Mistake("options.url", "the address is said twice or not at all", mend)
    elif "url" in said and not _is_address(said["url"]):
        yield Mistake("options.url", "is no https address", "write https://host/path")


def _is_address(url: object) -> bool:
    """Whether an address may be called; plain http is for rehearsals, which replace it."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        return bool(parts.hostname) and parts.scheme == "https" and not parts.username
    except ValueError:
        return False


def _of_secrets(spec: DestinationSpec) -> Iterator[Mistake]:
    if "secret" not in spec.secrets:
        yield Mistake("secrets.secret", "is not said", 'write secret = "env:NAME", to sign with')
    for name in spec.secrets:
        if name not in SECRETS:
            yield unknown_key(f"secrets.{name}", name, SECRETS)


def _of_names(spec: DestinationSpec) -> Iterator[Mistake]:
    if spec.key_field in TAKEN:
        reason = f"{spec.key_field!r} stands beside the key in every row"
        yield Mistake("key_field", reason, "name it otherwise")
