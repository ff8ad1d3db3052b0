"""A receiver of webhooks: it checks who sends, applies a message once, and tells of each row."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.destinations.webhook.signature import WINDOW_SECONDS, is_signed, key_of
from serving.rehearsal.journal import Received
from serving.rehearsal.stub import Stub

PATH = "/scores"
SECRET = "whsec_" + "cmVoZWFyc2Fs" * 4
ROWS_MOST = 1_000


class _Said(NamedTuple):
    """A message that was carried out, and what was answered."""

    content: bytes
    reply: bytes


class WebhookStub(Stub):
    """A receiver at `/scores`; `state` holds the values of each key.

    Rows whose key is in `refuses` are rejected, each by itself. Without `reports_rows` it answers
    with 204 alone.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        key_field: str = "customer_key",
        secret: str = SECRET,
        reports_rows: bool = True,
        refuses: frozenset[str] = frozenset(),
        keeps_content: bool = False,
    ) -> None:
        super().__init__(now=now, keeps_content=keeps_content)
        self.state: dict[str, Mapping[str, Any]] = {}
        self.secret = secret
        self.reports_rows = reports_rows
        self.refuses = refuses
        self._key_field = key_field
        self._said: dict[str, _Said] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """The one address."""
        return [Route(PATH, self._receive, methods=["POST"])]

    async def _receive(self, request: Request) -> Response:
        content = await request.body()
        fault = self._fault(request, content)
        if fault:
            return fault
        message_id = request.headers["webhook-id"]
        before = self._said.get(message_id)
        if before and before.content != content:
            return _refused(409, "another message came under this id")
        if before is None:
            rows = json.loads(content)["rows"]
            reply = json.dumps({"results": [self._take(message_id, row) for row in rows]}).encode()
            before = self._said[message_id] = _Said(content, reply)
        if not self.reports_rows:
            return Response(status_code=204)
        return Response(before.reply, media_type="application/json")

    def _fault(self, request: Request, content: bytes) -> Response | None:
        """Why a message is not taken: form, time, signature, size."""
        headers = request.headers
        if headers.get("content-type") != "application/json":
            return _refused(415, "JSON is expected")
        timestamp = headers.get("webhook-timestamp", "")
        if not timestamp.isdecimal() or not headers.get("webhook-id"):
            return _refused(400, "webhook-id or webhook-timestamp is missing")
        if abs(self.now().timestamp() - int(timestamp)) > WINDOW_SECONDS:
            return _refused(401, "the message is too old, or of the future")
        said = (headers["webhook-id"], int(timestamp), content)
        if not is_signed(key_of(self.secret), *said, headers.get("webhook-signature", "")):
            return _refused(401, "the signature is not right")
        return self._misshapen(content)

    def _misshapen(self, content: bytes) -> Response | None:
        try:
            rows = json.loads(content)["rows"]
        except (ValueError, KeyError, TypeError):
            return _refused(400, "it holds no rows")
        if len(rows) > ROWS_MOST:
            return _refused(413, "too many rows")
        keys = [row[self._key_field] for row in rows]
        return None if len({*keys}) == len(keys) else _refused(400, "a key comes twice")

    def _take(self, message_id: str, row: Mapping[str, Any]) -> Mapping[str, str]:
        key, is_taken = row[self._key_field], row[self._key_field] not in self.refuses
        self.journal.note_row(
            Received(
                at=self.now(),
                batch=message_id,
                key=key,
                op=row["op"],
                values=row["values"],
                accepted=is_taken,
            )
        )
        if not is_taken:
            said = {"status": "rejected", "code": "UNKNOWN_CUSTOMER", "message": "no such customer"}
            return {self._key_field: key, **said}
        self.state[key] = row["values"]
        return {self._key_field: key, "status": "delivered"}


def _refused(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)
