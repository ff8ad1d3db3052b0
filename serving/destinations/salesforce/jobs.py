"""The calls of Salesforce's Bulk API 2.0, and what its refusals mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from serving.destinations.calls.answers import Answer, redacted, seconds_of
from serving.destinations.calls.http import Http
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    QuotaSpent,
    Trouble,
)
from serving.timing import Timing

ENDED = ("JobComplete", "Failed", "Aborted")
SUCCESSFUL, FAILED, UNPROCESSED = "successfulResults", "failedResults", "unprocessedrecords"

_JOB_ID = re.compile(r"[A-Za-z0-9]{15,18}", re.ASCII)
_SPOILT = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as Salesforce tells of it."""

    job_id: str
    state: str
    object: str = ""
    operation: str = ""
    owner: str = ""
    key_field: str = ""
    error: str = ""


class Jobs:
    """Jobs that upsert rows of one org, by their ids."""

    def __init__(self, http: Http, timing: Timing, api_version: float) -> None:
        self._http, self._timing = http, timing
        self.root = f"/services/data/v{api_version:.1f}"
        self.ingest = f"{self.root}/jobs/ingest"

    def create(self, asked: Mapping[str, str]) -> Job:
        """A job that waits for its rows."""
        return _job(self._checked(self._http.call("POST", self.ingest, json=asked)).mapping())

    def upload(self, job_id: str, content: bytes) -> None:
        """The rows of a job; a job takes them once. `BatchRefused` when it does not."""
        path = f"{self.ingest}/{job_id}/batches"
        headers = {"content-type": "text/csv; charset=UTF-8"}
        answer = self._http.call("PUT", path, content=content, headers=headers)
        code, words = _told(answer)
        if answer.status in _SPOILT and not _is_limit(code, words):
            raise BatchRefused("Salesforce refuses the rows of a job", code=code)
        self._checked(answer)

    def turn(self, job_id: str, state: str) -> Job | None:
        """The job in the state that it is now to have, or in the one that it has and keeps."""
        answer = self._http.call("PATCH", f"{self.ingest}/{job_id}", json={"state": state})
        if answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
            return self.look(job_id)
        return _job(self._checked(answer).mapping())

    def look(self, job_id: str) -> Job | None:
        """The job as it is; None when Salesforce no longer knows it."""
        answer = self._http.call("GET", f"{self.ingest}/{job_id}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return _job(self._checked(answer).mapping())

    def results(self, job_id: str, kind: str) -> bytes:
        """One list of results, as CSV; empty when Salesforce does not or no longer have it."""
        path = f"{self.ingest}/{job_id}/{kind}"
        answer = self._http.call("GET", path, headers={"accept": "text/csv"})
        if answer.status == HTTPStatus.NOT_FOUND or _told(answer)[0] == "INVALIDJOBSTATE":
            return b""
        return self._checked(answer).content

    def all(self) -> Iterator[Job]:
        """Every job of the org that the user may see, without its details, in no order."""
        path: str | None = f"{self.ingest}?jobType=V2Ingest"
        while path:
            answer = self._http.call("GET", path)
            if answer.status == HTTPStatus.FORBIDDEN and not _is_limit(*_told(answer)):
                return
            told = self._checked(answer).mapping()
            yield from map(_job, _list(told.get("records")))
            path = None if told.get("done", True) else str(told.get("nextRecordsUrl") or "")

    def left(self) -> Mapping[str, int]:
        """What is left of the day's allowances, where the user may know."""
        answer = self._http.call("GET", f"{self.root}/limits")
        if _is_limit(*_told(answer)):
            self._checked(answer)
        if answer.status != HTTPStatus.OK:
            return {}
        left = {name: _mapping(one).get("Remaining") for name, one in answer.mapping().items()}
        return {name: one for name, one in left.items() if isinstance(one, int)}

    def _checked(self, answer: Answer) -> Answer:
        """An answer that is none of refusal; otherwise the trouble that it means."""
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer
        raise self._trouble(answer)

    def _trouble(self, answer: Answer) -> Trouble:
        code, words = _told(answer)
        seconds = seconds_of(answer.headers, self._timing.now())
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or "Concurrent" in words:
            return Busy("Salesforce takes no more calls at once", code=code, seconds=seconds)
        if _is_limit(code, words):
            return QuotaSpent("the org has used up what it may call or load in a day", code=code)
        late = answer.status == HTTPStatus.REQUEST_TIMEOUT
        if late or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown("Salesforce failed to answer", code=code, seconds=seconds)
        return Misconfigured(
            f"Salesforce refuses: {code}: {redacted(words)}",
            code=code,
            mend="look at options.object, options.api_version, key_field and the user's rights",
        )


def _told(answer: Answer) -> tuple[str, str]:
    """The code and the words of a refusal, which is a list of errors; the status without one."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return "", ""
    try:
        told: Any = answer.json()
    except OutcomeUnknown:
        told = []
    first = _mapping(next(iter(_list(told)), told))
    return str(first.get("errorCode", answer.status)), str(first.get("message", ""))


def _is_limit(code: str, words: str) -> bool:
    return "LIMIT_EXCEEDED" in code or "Limit exceeded" in words


def _list(told: object) -> list[object]:
    """A list in an answer; whatever else stands there is an empty one."""
    return cast("list[object]", told) if isinstance(told, list) else []


def _mapping(told: object) -> Mapping[str, Any]:
    """An object in an answer; whatever else stands there is an empty one."""
    return cast("Mapping[str, Any]", told) if isinstance(told, dict) else {}


def _job(raw_job: object) -> Job:
    told = _mapping(raw_job)
    job_id = str(told.get("id", ""))
    if not _JOB_ID.fullmatch(job_id):
        raise OutcomeUnknown("an answer names no job", code="NO_JOB")
    return Job(
        job_id=job_id,
        state=str(told.get("state", "")),
        object=str(told.get("object", "")),
        operation=str(told.get("operation", "")),
        owner=str(told.get("createdById", "")),
        key_field=str(told.get("externalIdFieldName", "")),
        error=str(told.get("errorMessage") or ""),
    )
