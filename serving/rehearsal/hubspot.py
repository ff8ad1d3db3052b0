"""HubSpot as far as scores meet it: upserts in batches, reading, erasure, limits."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from features.clock import business_day
from serving.rehearsal.hubspot_portal import Portal, Property, Record, Refusal, Written
from serving.rehearsal.stub import Stub
from serving.rehearsal.window import Window

TOKEN = "pat-na1-rehearsal"  # noqa: S105  (of a server that holds nothing)
SCOPES = frozenset({"read", "write"})
WINDOW_SECONDS = 10
_ADDRESSES = ("/crm/v3/objects/{kind}", "/crm/objects/{version}/{kind}")


class HubSpotStub(Stub):
    """An account behind the addresses of HubSpot, of the legacy version and of dated ones.

    `window` is what it allows in ten seconds, `calls_a_day` in a day of its time zone; `token`
    lets in whoever has it, with the rights in `scopes`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        properties: Mapping[str, Property],
        kind: str = "contacts",
        keeps_content: bool = False,
    ) -> None:
        super().__init__(now=now, keeps_content=keeps_content)
        self.portal = Portal(now=now, journal=self.journal, properties=properties, kind=kind)
        self.token = TOKEN
        self.scopes = SCOPES
        self.window = Window(100, WINDOW_SECONDS, now)
        self.calls_a_day = 250_000
        self.zone = ZoneInfo("UTC")
        self._days: Counter[date] = Counter()

    def routes(self) -> Sequence[BaseRoute]:
        """What the vendor answers to."""
        return [
            Route(address + path, self._checked(answer, scope), methods=["POST"])
            for address in _ADDRESSES
            for path, answer, scope in (
                ("/batch/upsert", self._upsert, "write"),
                ("/batch/read", self._read, "read"),
            )
        ]

    def _checked(
        self, answer: Callable[[Any], Awaitable[Response]], scope: str
    ) -> Callable[[Request], Awaitable[Response]]:
        """An address for who may call it, and not too often; its answers tell what is left."""

        async def checked(request: Request) -> Response:
            try:
                response = await answer(await self._let_in(request, scope))
            except Refusal as refusal:
                response = JSONResponse(_envelope(refusal), status_code=refusal.status)
            response.headers.update(self._left())
            return response

        return checked

    async def _let_in(self, request: Request, scope: str) -> Any:  # noqa: ANN401  (any JSON)
        """The body of a call that is let in."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        self._count()
        if request.path_params["kind"] != self.portal.kind:
            raise Refusal(404, "OBJECT_NOT_FOUND", "Unable to infer object type")
        if scope not in self.scopes:
            needed = f"crm.objects.{self.portal.kind}.{scope}"
            message = "This app hasn't been granted all required scopes to make this call."
            raise Refusal(403, "MISSING_SCOPES", message, "", {"requiredGranularScopes": [needed]})
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(415, "VALIDATION_ERROR", "Unsupported Media Type")
        try:
            return json.loads(await request.body())
        except ValueError:
            raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON on line 1") from None

    def _count(self) -> None:
        day = business_day(self.now(), self.zone)
        if self._days[day] >= self.calls_a_day:
            raise _TooMany("daily", "DAILY")
        if not self.window.take():
            raise _TooMany("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")
        self._days[day] += 1

    def _left(self) -> dict[str, str]:
        day = business_day(self.now(), self.zone)
        told = {
            "Daily": self.calls_a_day,
            "Daily-Remaining": self.calls_a_day - self._days[day],
            "Interval-Milliseconds": round(self.window.seconds * 1000),
            "Max": self.window.calls,
            "Remaining": self.window.remaining(),
        }
        return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in told.items()}

    async def _upsert(self, body: Any) -> Response:  # noqa: ANN401  (any JSON)
        written = self.portal.upsert(_inputs(body))
        # Another order than that of the inputs: whoever joins by place is found out.
        good = [_result(one, one.record) for one in reversed(written) if one.record]
        bad = [_envelope(one.refusal) for one in written if one.refusal]
        errors = {"numErrors": len(bad), "errors": bad} if bad else {}
        return self._complete(good, errors)

    async def _read(self, body: Any) -> Response:  # noqa: ANN401  (any JSON)
        name = body["idProperty"]
        found = {one["id"]: self.portal.find(name, one["id"]) for one in body["inputs"]}
        missing = [key for key, record in found.items() if record is None]
        refusal = Refusal(
            404, "OBJECT_NOT_FOUND", "Could not get some objects", "", {"ids": missing}
        )
        errors = {"numErrors": 1, "errors": [_envelope(refusal)]} if missing else {}
        return self._complete([_told(record) for record in found.values() if record], errors)

    def _complete(self, results: list[dict[str, Any]], errors: Mapping[str, Any]) -> Response:
        at = _instant(self.now())
        told = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
        return JSONResponse({**told, **errors}, status_code=207 if errors else 200)


class _TooMany(Refusal):
    """The answer of 429, whose envelope is another one."""

    def __init__(self, limit: str, policy: str) -> None:
        super().__init__(429, "RATE_LIMITS", f"You have reached your {limit} limit.", policy)


def _inputs(body: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401  (any JSON)
    """The rows of a body; one without inputs is empty, and nothing is said of that."""
    inputs = body.get("inputs", []) if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not all(map(_is_input, inputs)):
        raise Refusal(400, "VALIDATION_ERROR", "Invalid input JSON: Cannot deserialize value")
    return inputs


def _is_input(told: Any) -> bool:  # noqa: ANN401  (any JSON)
    shape = {"id": str, "idProperty": str, "properties": dict}
    return (
        isinstance(told, dict)
        and all(isinstance(told.get(name), kind) for name, kind in shape.items())
        and all(isinstance(value, str) for value in told["properties"].values())
    )


def _result(one: Written, record: Record) -> dict[str, Any]:
    traced = {"objectWriteTraceId": one.trace} if one.trace else {}
    return {**_told(record), "new": one.is_new, **traced}


def _told(record: Record) -> dict[str, Any]:
    return {
        "id": record.number,
        "properties": {**record.properties, "hs_object_id": record.number},
        "createdAt": _instant(record.created_at),
        "updatedAt": _instant(record.updated_at),
        "archived": record.archived,
    }


def _envelope(refusal: Refusal) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": "error",
        "message": refusal.message,
        "correlationId": "6fa4ab4c-0000-4000-8000-000000000000",
    }
    if isinstance(refusal, _TooMany):
        limit = {"errorType": "RATE_LIMIT", "policyName": refusal.code}
        return {**told, **limit, "groupName": "publicapi:private-apps:rehearsal"}
    told |= {"category": refusal.category, "context": refusal.context, "links": {}}
    inner = {"message": refusal.message, "code": refusal.code, "context": refusal.context}
    return {**told, "errors": [inner] if refusal.code else []}


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
