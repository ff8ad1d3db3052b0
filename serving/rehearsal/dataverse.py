"""Dataverse as far as scores meet it: tokens, limits, upserts of many rows and of one."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import parse_qs, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.destinations.dataverse.multipart import Part, content_type, read, written
from serving.rehearsal.dataverse_table import Column, Refused, Table, Upsert
from serving.rehearsal.journal import Received
from serving.rehearsal.stub import Stub
from serving.rehearsal.window import Window

OPERATIONS_MOST = 1000
_SERVICE = "/api/data/v9.2"
_UPSERT_MULTIPLE = "Microsoft.Dynamics.CRM.UpsertMultiple"
_REQUESTS, _CONCURRENT, _TIME = "0x80072322", "0x80072326", "0x80072321"
TOO_MANY = {
    _REQUESTS: "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    _TIME: "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds "
    "over time window of 300 seconds. Decrease number of concurrent requests or reduce the "
    "duration of requests and try again later.",
    _CONCURRENT: "Number of concurrent requests exceeded the limit of 52.",
}
"""What the three limits of Dataverse answer, by their codes."""


class DataverseStub(Stub):
    """An environment with one table, which anybody with a token may write.

    Without `takes_many` the table does not know UpsertMultiple; without `numbers` the answers in a
    batch do not say which operation they belong to, but stand in the same order. `url` is the
    environment's address as its clients write it, for which tokens are given.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        columns: Mapping[str, Column],
        takes_many: bool = True,
        numbers: bool = True,
        keeps_content: bool = False,
        **table: Any,  # noqa: ANN401  (fields of Table)
    ) -> None:
        super().__init__(now=now, keeps_content=keeps_content)
        self.table = Table(columns=columns, **table)
        self.takes_many, self.numbers = takes_many, numbers
        self.client_id, self.client_secret = "client", "secret"
        self.token_seconds = 3599
        self.requests = Window(6000, 300, now)
        self._tokens: dict[str, datetime] = {}

    def token(self) -> str:
        """A token that is good for a while."""
        token = f"token-{len(self._tokens) + 1}"
        self._tokens[token] = self.now() + timedelta(seconds=self.token_seconds)
        return token

    def expire_tokens(self) -> None:
        """From now on nobody is signed in."""
        self._tokens = dict.fromkeys(self._tokens, self.now())

    def routes(self) -> Sequence[BaseRoute]:
        """Entra and the Web API; on one server here."""
        api = {
            "/sdkmessagefilters": (self._filters, "GET"),
            "/EntityDefinitions": (self._definitions, "GET"),
            "/EntityDefinitions({rest:path}": (self._choices, "GET"),
            "/$batch": (self._batch, "POST"),
            f"/{{entity_set}}/{_UPSERT_MULTIPLE}": (self._upsert_multiple, "POST"),
            "/{address:path}": (self._upsert, "PATCH"),
        }
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._sign_in, methods=["POST"]),
            *(
                Route(_SERVICE + path, self._guarded(answer), methods=[method])
                for path, (answer, method) in api.items()
            ),
        ]

    def _guarded(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """An address for those who are signed in and do not ask too often."""

        async def guarded(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self._tokens.get(token, self.now()) <= self.now():
                return Response(status_code=401, headers={"www-authenticate": "Bearer"})
            if not self.requests.take():
                return too_many(_REQUESTS, self.requests.seconds_left())
            try:
                return await answer(request)
            except Refused as refused:
                return _error(refused)

        return guarded

    async def _sign_in(self, request: Request) -> Response:
        form = {name: told[0] for name, told in parse_qs((await request.body()).decode()).items()}
        scope = f"{str(request.base_url).rstrip('/')}/.default"
        if form.get("grant_type") != "client_credentials" or form.get("scope") != scope:
            return _no_token(400, "invalid_scope", "AADSTS70011: The scope is not valid.")
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            told = f"AADSTS7000215: Invalid client secret provided for app '{self.client_id}'."
            return _no_token(401, "invalid_client", told)
        answer = {"token_type": "Bearer", "expires_in": self.token_seconds}
        return JSONResponse({**answer, "access_token": self.token()})

    async def _filters(self, request: Request) -> Response:
        asked = request.query_params
        expected = "sdkmessageid/name eq @m and primaryobjecttypecode eq @t"
        if asked.get("$filter") != expected:
            raise Refused(400, "0x0", "Syntax error in '$filter'.")
        knows = self.takes_many and asked.get("@m") == "'UpsertMultiple'"
        found = knows and asked.get("@t") == f"'{self.table.name}'"
        return JSONResponse({"value": [{"sdkmessagefilterid": "f9bedb46"}] * found})

    async def _definitions(self, request: Request) -> Response:
        found = request.query_params.get("$filter") == f"LogicalName eq '{self.table.name}'"
        definition = {
            "LogicalName": self.table.name,
            "EntitySetName": self.table.entity_set,
            "PrimaryIdAttribute": f"{self.table.name}id",
        }
        return JSONResponse({"value": [definition] * found})

    async def _choices(self, _: Request) -> Response:
        """Choices by their labels: there are none here."""
        return JSONResponse({"value": []})

    async def _upsert_multiple(self, request: Request) -> Response:
        if request.path_params["entity_set"] != self.table.entity_set:
            segment = request.path_params["entity_set"]
            raise Refused(404, "0x8006088a", f"Resource not found for the segment '{segment}'.")
        if not self.takes_many:
            raise Refused(400, "0x80040800", "UpsertMultiple has not yet been implemented.")
        targets = _json(request.headers.get("content-type", ""), await request.body()).get(
            "Targets"
        )
        if not isinstance(targets, list):
            raise Refused(400, "0x0", "The parameter 'Targets' is missing.")
        self._write([self._target(target) for target in targets], _trace(request))
        return Response(status_code=204)

    def _target(self, target: dict[str, Any]) -> Upsert:
        if target.get("@odata.type") != f"Microsoft.Dynamics.CRM.{self.table.name}":
            raise Refused(400, "0x0", "The item's '@odata.type' is missing or another table's.")
        values = {name: value for name, value in target.items() if not name.startswith("@odata.")}
        return Upsert(key=self.table.key_of(str(target.get("@odata.id"))), values=values)

    async def _upsert(self, request: Request) -> Response:
        address = request.path_params["address"]
        self._patch(address, dict(request.headers), await request.body(), _trace(request))
        return Response(status_code=204)

    def _patch(self, address: str, headers: Mapping[str, str], body: bytes, trace: str) -> None:
        values = _json(headers.get("content-type", ""), body)
        self._write([Upsert(key=self.table.key_of(address), values=values)], trace)

    def _write(self, upserts: Sequence[Upsert], trace: str) -> None:
        accepted = False
        try:
            self.table.write(upserts)
            accepted = True
        finally:
            for one in upserts:
                cleared = all(value is None for value in one.values.values())
                received = Received(
                    at=self.now(),
                    batch=trace,
                    key=one.key,
                    op="clear" if cleared else "set",
                    values=one.values,
                    accepted=accepted,
                )
                self.journal.note_row(received)

    async def _batch(self, request: Request) -> Response:
        """One operation after the other, up to the first that fails unless told to go on."""
        try:
            asked = read(await request.body(), request.headers.get("content-type", ""))
        except ValueError:
            raise Refused(400, "0x0", "Invalid batch: no boundary.") from None
        if len(asked) > OPERATIONS_MOST:
            raise Refused(400, "0x80060888", "The batch holds more than 1000 operations.")
        goes_on = "odata.continue-on-error" in request.headers.get("prefer", "")
        answers: list[Part] = []
        failed = False
        for part in asked:
            answers.append(self._operation(part, _trace(request)))
            failed = failed or " 204 " not in answers[-1].line
            if failed and not goes_on:
                break
        boundary = "batchresponse_4f1c"
        headers = {"content-type": content_type(boundary), "odata-version": "4.0"}
        status = 400 if failed and not goes_on else 200
        return Response(written(answers, boundary), status_code=status, headers=headers)

    def _operation(self, part: Part, trace: str) -> Part:
        number = part.number if self.numbers else ""
        told = {"odata-version": "4.0"}
        try:
            self._patch(_address(part.line), part.headers, part.body, trace)
        except Refused as refused:
            reason = _error(refused)
            line = f"HTTP/1.1 {refused.status} Refused"
            told |= {"content-type": "application/json; odata.metadata=minimal"}
            return Part(number=number, line=line, headers=told, body=bytes(reason.body))
        return Part(number=number, line="HTTP/1.1 204 No Content", headers=told)


def too_many(code: str, seconds: float) -> Response:
    """What each of the three limits answers."""
    error = {"error": {"code": code, "message": TOO_MANY[code]}}
    return JSONResponse(error, status_code=429, headers={"retry-after": str(ceil(seconds))})


def _address(line: str) -> str:
    """The record that a line such as `PATCH /api/data/v9.2/contacts(...) HTTP/1.1` means."""
    method, _, rest = line.partition(" ")
    url = rest.removesuffix(" HTTP/1.1")
    if method != "PATCH" or " " in url or rest == url:
        raise Refused(405, "0x80060888", "Only single upserts are known here.")
    return unquote(url.partition(f"{_SERVICE}/")[2])


def _json(told: str, body: bytes) -> dict[str, Any]:
    if not re.match(r"application/json\b", told):
        raise Refused(415, "", "The content-type is no application/json.")
    try:
        values = json.loads(body)
    except ValueError:
        raise Refused(400, "0x0", "Error identified in Payload: no JSON.") from None
    if not isinstance(values, dict):
        raise Refused(400, "0x0", "Error identified in Payload: no object.")
    return values


def _error(refused: Refused) -> Response:
    error = {"code": refused.code, "message": refused.message}
    return JSONResponse({"error": error}, status_code=refused.status)


def _no_token(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)


def _trace(request: Request) -> str:
    return request.headers.get("x-ms-client-request-id", "")
