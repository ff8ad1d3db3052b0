"""Salesforce as far as scores meet it: tokens, limits, and the Bulk API 2.0."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.rehearsal.salesforce_org import ENDED, Job, Kind, Org
from serving.rehearsal.stub import Stub
from serving.rehearsal.window import Window

if TYPE_CHECKING:
    from jwt.types import Options

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USER = "005000000000001AAA"
VERSION_LEAST = 41
ASSERTION_SECONDS = 180
ROWS_A_BATCH = 10_000
UPLOAD_BYTES = 112_500_000
"""150 MB after base64."""
JOBS_A_PAGE = 1_000
IN_THE_LIST = ("id", "object", "operation", "createdById", "createdDate", "state", "jobType")
"""What the list of jobs tells of each: no External ID field, which the job itself tells."""
LISTS = {
    "successfulresults": ("successful", ["sf__Id", "sf__Created"]),
    "failedresults": ("failed", ["sf__Id", "sf__Error"]),
    "unprocessedrecords": ("unprocessed", []),
}
_DAY_SECONDS = 86_400


class SalesforceStub(Stub):
    """An org of one object behind the addresses of Salesforce.

    A token lasts `token_seconds`; `calls_a_day` and `batches_a_day` are what the org may use.
    With a `public_key`, assertions are checked by it.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        fields: Mapping[str, Kind],
        object_name: str = "Contact",
        key_field: str = "Customer_Key__c",
        public_key: str = "",
        keeps_content: bool = False,
    ) -> None:
        super().__init__(now=now, keeps_content=keeps_content)
        self.org = Org(
            now=now,
            journal=self.journal,
            fields=fields,
            object_name=object_name,
            key_field=key_field,
        )
        self.public_key = public_key
        self.client_id, self.client_secret, self.username = "client", "secret", "jejak@example.com"
        self.token_seconds = 7_200.0
        self.calls_a_day = Window(100_000, _DAY_SECONDS, now)
        self.batches_a_day = Window(15_000, _DAY_SECONDS, now)
        self.instance_url = ""
        """What the reply to a login says; without it the address that was asked."""
        self._tokens: dict[str, datetime] = {}

    def expire_tokens(self) -> None:
        """From now on nobody is logged in."""
        self._tokens.clear()

    def routes(self) -> Sequence[BaseRoute]:
        """What the vendor answers to."""
        ingest = "/services/data/v{version:float}/jobs/ingest"
        return [
            Route("/services/oauth2/token", self._login, methods=["POST"]),
            *self._both("/services/data/v{version:float}/limits", self._limits, "GET"),
            *self._both(ingest, self._jobs, "GET", "POST"),
            *self._both(ingest + "/{job_id}", self._job, "GET", "PATCH", "DELETE"),
            *self._both(ingest + "/{job_id}/batches", self._upload, "PUT"),
            *self._both(ingest + "/{job_id}/{kind}", self._results, "GET"),
        ]

    def _both(self, path: str, answer: Callable[[Request], Any], *methods: str) -> list[Route]:
        """An address with and without a slash at its end, for those who are logged in."""

        async def checked(request: Request) -> Response:
            return self._stranger(request) or await answer(request)

        return [Route(path + end, checked, methods=list(methods)) for end in ("", "/")]

    def _stranger(self, request: Request) -> Response | None:
        """What is answered instead to who is not logged in, or has called too often."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, self.now()) <= self.now():
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if not self.calls_a_day.take():
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if request.path_params["version"] < VERSION_LEAST:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        return None

    async def _login(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") == JWT_BEARER:
            fault = self._assertion_fault(form.get("assertion", ""))
        elif form.get("grant_type") == "client_credentials":
            given = (form.get("client_id"), form.get("client_secret"))
            fault = "" if given == (self.client_id, self.client_secret) else "invalid_client"
        else:
            fault = "unsupported_grant_type"
        if fault:
            refusal = {"error": fault, "error_description": "invalid client credentials"}
            return JSONResponse(refusal, status_code=400)
        token = f"00D!{len(self._tokens)}.{self.now().timestamp()}"
        return JSONResponse(self._let_in(token, str(request.base_url).rstrip("/")))

    def let_in(self, token: str) -> None:
        """A token that was given out elsewhere."""
        self._tokens[token] = self.now() + timedelta(seconds=self.token_seconds)

    def _let_in(self, token: str, address: str) -> dict[str, str]:
        self.let_in(token)
        return {
            "access_token": token,
            "instance_url": self.instance_url or address,
            "id": f"https://login.salesforce.com/id/00D000000000001AAA/{USER}",
            "token_type": "Bearer",
            "issued_at": str(round(self.now().timestamp() * 1000)),
            "signature": "c2lnbmF0dXJl",
        }

    def _assertion_fault(self, assertion: str) -> str:
        unread: Options = {"verify_exp": False, "verify_aud": False}
        try:
            claims = jwt.decode(assertion, self.public_key, algorithms=["RS256"], options=unread)
        except jwt.PyJWTError:
            return "invalid_grant"
        seconds = claims["exp"] - self.now().timestamp()
        said = (claims["iss"], claims["sub"], claims["aud"])
        hosts = ("https://login.salesforce.com", "https://test.salesforce.com")
        fits = said[:2] == (self.client_id, self.username) and said[2] in hosts
        return "" if fits and 0 < seconds <= ASSERTION_SECONDS else "invalid_grant"

    async def _limits(self, _: Request) -> Response:
        told = {"DailyApiRequests": self.calls_a_day, "DailyBulkApiBatches": self.batches_a_day}
        return JSONResponse(
            {name: {"Max": one.calls, "Remaining": one.remaining()} for name, one in told.items()}
        )

    async def _jobs(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._create(request)
        start = int(request.query_params.get("queryLocator", "0"))
        kept = [one for one in map(self.org.job, reversed(self.org.jobs)) if one]
        done = start + JOBS_A_PAGE >= len(kept)
        following = f"{request.url.path}?queryLocator={start + JOBS_A_PAGE}"
        told = [self._told(one, request) for one in kept[start : start + JOBS_A_PAGE]]
        records = [{name: one[name] for name in IN_THE_LIST} for one in told]
        return JSONResponse(
            {"done": done, "records": records, "nextRecordsUrl": None if done else following}
        )

    async def _create(self, request: Request) -> Response:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return _error(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
        try:
            asked = json.loads(await request.body())
        except ValueError:
            return _error(400, "JSON_PARSER_ERROR", "The body is no JSON")
        fault = self._job_fault(asked)
        if fault:
            return fault
        return JSONResponse(self._told(self.org.create(asked), request))

    def _job_fault(self, asked: Mapping[str, str]) -> Response | None:
        known = {"columnDelimiter": "COMMA", "contentType": "CSV", "lineEnding": "LF"}
        known |= {"operation": "upsert", "object": self.org.object_name}
        for name, value in asked.items():
            if name != "externalIdFieldName" and known.get(name) != value:
                code = "INVALIDENTITY" if name == "object" else "INVALIDJOB"
                return _error(400, code, f"{name} {value!r} is not supported by the Bulk API.")
        if asked.get("externalIdFieldName") != self.org.key_field:
            words = "does not match an External ID, Salesforce Id, or indexed field"
            told = f"InvalidJob : Field name provided, {asked.get('externalIdFieldName')} {words}"
            return _error(400, "INVALIDJOB", told)
        return None

    async def _job(self, request: Request) -> Response:
        job = self.org.job(request.path_params["job_id"])
        if job is None:
            return _gone()
        if request.method == "GET":
            self.org.look(job)
        elif request.method == "DELETE":
            return self._delete(job)
        else:
            state = json.loads(await request.body()).get("state")
            if not self._moves(job, state):
                return _error(400, "INVALIDJOBSTATE", f"Job is {job.state}, it cannot be {state}")
        return JSONResponse(self._told(job, request))

    def _delete(self, job: Job) -> Response:
        if job.state not in ENDED:
            return _error(400, "INVALIDJOBSTATE", f"Job is {job.state}, it cannot be deleted")
        del self.org.jobs[job.job_id]
        return Response(status_code=204)

    def _moves(self, job: Job, state: str) -> bool:
        if state == "Aborted" and job.state not in ENDED:
            self.org.abort(job)
            return True
        if state == "UploadComplete" and job.state == "Open":
            job.state = "UploadComplete"
            return True
        return False

    async def _upload(self, request: Request) -> Response:
        job = self.org.job(request.path_params["job_id"])
        if job is None:
            return _gone()
        if not request.headers.get("content-type", "").startswith("text/csv"):
            return _error(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
        if job.state != "Open" or job.content is not None:
            return _error(
                400, "CLIENT_INPUT_ERROR", f"Found multiple contents for job: {job.job_id}"
            )
        content = await request.body()
        if len(content) > UPLOAD_BYTES:
            return _error(
                413, "CLIENT_INPUT_ERROR", "The upload is larger than 150 MB after base64"
            )
        for _ in range(0, content.count(b"\n"), ROWS_A_BATCH):
            if not self.batches_a_day.take():
                return _error(400, "LIMIT_EXCEEDED", "ApiBatchItems Limit exceeded.")
        job.content, job.uploaded_at = content, self.now()
        return Response(status_code=201)

    async def _results(self, request: Request) -> Response:
        job = self.org.job(request.path_params["job_id"])
        name, extra = LISTS.get(request.path_params["kind"].lower(), ("", []))
        if job is None or not name:
            return _gone()
        if job.state not in ENDED:
            return _error(400, "INVALIDJOBSTATE", f"Job is {job.state}, it has no results yet")
        text = io.StringIO()
        rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows.writerows([[*extra, *job.header], *getattr(job, name)])
        return Response(text.getvalue(), media_type="text/csv")

    def _told(self, job: Job, request: Request) -> dict[str, Any]:
        path = request.url.path.split("/jobs/ingest")[0].lstrip("/")
        told = {
            "id": job.job_id,
            **job.asked,
            "createdById": USER,
            "createdDate": f"{job.created_at:%Y-%m-%dT%H:%M:%S.000+0000}",
            "state": job.state,
            "concurrencyMode": "Parallel",
            "jobType": "V2Ingest",
            "apiVersion": request.path_params["version"],
            "contentUrl": f"{path}/jobs/ingest/{job.job_id}/batches",
            "numberRecordsProcessed": len(job.successful) + len(job.failed),
            "numberRecordsFailed": len(job.failed),
            "retries": 0,
            "totalProcessingTime": 0,
        }
        return {**told, "errorMessage": job.error} if job.error else told


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse([{"errorCode": code, "message": message}], status_code=status)


def _gone() -> Response:
    return _error(404, "NOT_FOUND", "The requested resource does not exist")
