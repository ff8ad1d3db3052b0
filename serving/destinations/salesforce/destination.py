"""Salesforce: one job of the Bulk API 2.0 a batch, which upserts by an External ID."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from serving.destinations.calls.http import Http, Limits
from serving.destinations.destination import (
    Batch,
    Memo,
    Outcome,
    Outcomes,
    Row,
    Tools,
)
from serving.destinations.salesforce.jobs import (
    ENDED,
    FAILED,
    SUCCESSFUL,
    Job,
    Jobs,
)
from serving.destinations.salesforce.login import SalesforceLogin
from serving.destinations.salesforce.results import read_ended
from serving.destinations.salesforce.settings import SalesforceParams, mistakes, params_of
from serving.destinations.salesforce.sheets import CsvTable
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import (
    BatchRefused,
    OutcomeUnknown,
    QuotaSpent,
    Unfinished,
)

__all__ = ["Salesforce", "mistakes", "opened"]

UPLOAD_BYTES = 100_000_000
ROWS_A_BATCH = 150_000
ROWS_WITHIN = 10_000
"""Salesforce cuts a job into batches of its own of so many rows, and counts those a day."""

CALLS_TO_SPARE = 100
PAUSE_GROWS, PAUSE_SECONDS_MOST = 1.5, 60.0
GIVEN_UP_AFTER = timedelta(hours=24)
"""A job that has not ended so long after it was closed is aborted."""

_LIMITS = Limits(write_seconds=120, read_seconds=120, total_seconds=1800, answer_bytes=256 << 20)


def opened(spec: DestinationSpec, tools: Tools) -> "Salesforce":
    """The destination that a spec without mistakes describes."""
    return Salesforce(spec, params_of(spec), tools)


class Salesforce:
    """Scores in fields of one object of a Salesforce org.

    What is remembered of a batch is its job: its number before its rows go up, and that it is
    closed before it is. A job that is still open never runs: it is aborted, and another one made.
    One that was closed is only looked at until it ends. Of rows that a job did not get to, or that
    were locked, nothing is told: they are to be sent again.
    """

    def __init__(self, spec: DestinationSpec, params: SalesforceParams, tools: Tools) -> None:
        self._spec, self._params, self._timing = spec, params, tools.timing
        self._table = CsvTable(spec.key_field, tuple(spec.fields))
        self._login = SalesforceLogin(spec, params, tools)
        self._http = Http(
            params.instance, tools=tools, authorize=self._authorization, limits=_LIMITS
        )
        self._jobs = Jobs(self._http, tools.timing, params.api_version)
        self._asked = {
            "object": params.object,
            "operation": "upsert",
            "externalIdFieldName": spec.key_field,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        self.rows_a_batch = ROWS_A_BATCH
        self.bytes_a_batch: int | None = UPLOAD_BYTES - len(self._table.header)

    def weight(self, row: Row) -> int:
        """The bytes of a row's line."""
        return len(self._table.line(row))

    def calls(self, batch: Batch) -> Sequence[str]:
        """The calls that sending would make, for a person to read."""
        rows, _ = self._parted(batch)
        weight = len(self._table.header) + sum(map(self.weight, rows))
        job = f"{self._params.instance}{self._jobs.ingest}/JOB"
        return [
            f"POST {self._params.instance}/services/oauth2/token",
            f"GET {self._params.instance}{self._jobs.root}/limits",
            f"GET {self._params.instance}{self._jobs.ingest}?jobType=V2Ingest",
            f"POST {self._params.instance}{self._jobs.ingest} {json.dumps(self._asked)}",
            f"PUT {job}/batches: {len(rows)} rows, {weight} bytes of CSV",
            f'PATCH {job} {{"state": "UploadComplete"}}',
            f"GET {job}, again and again until it has ended",
            f"GET {job}/{SUCCESSFUL}",
            f"GET {job}/{FAILED}",
        ]

    def handed_over(self, notes: Mapping[str, str]) -> bool:
        """Whether the job may have been closed; from then on its rows are Salesforce's to write."""
        return "closing_at" in notes

    def send(self, batch: Batch, memo: Memo) -> Outcomes:
        """Upsert the rows by one job, and tell what became of each."""
        rows, refused = self._parted(batch)
        if not rows:
            return refused
        job = self._under_way(memo) or self._begin(rows, memo)
        told = self._outcomes(self._awaited(job, memo), memo)
        return {**{row.key: told[row.key] for row in rows if row.key in told}, **refused}

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _authorization(self, anew: bool) -> str:  # noqa: FBT001  (as Http calls it)
        return self._login.authorization(self._http, anew=anew)

    def _parted(self, batch: Batch) -> tuple[list[Row], dict[str, Outcome]]:
        """The rows that can be sent, and why the others cannot."""
        looked = [(row, self._table.refusal(row)) for row in batch.rows]
        refused: dict[str, Outcome] = {row.key: fault for row, fault in looked if fault}
        return [row for row, fault in looked if fault is None], refused

    def _under_way(self, memo: Memo) -> Job | None:
        """The job that an earlier call closed; None when there is none and one is to be made."""
        notes = memo.read()
        if "job" not in notes:
            return None
        job = self._jobs.look(notes["job"])
        if job and job.state == "Open":
            self._abort(job)
        elif job and (job.state != "Aborted" or self.handed_over(notes)):
            return job
        memo.write({})
        if self.handed_over(notes):
            # Whoever has been suppressed meanwhile is in the batch still: it is to be formed anew.
            raise OutcomeUnknown("a job is gone before it was seen to end", code="NO_JOB")
        return None

    def _begin(self, rows: Sequence[Row], memo: Memo) -> Job:
        """A new job, closed; what a kill must not lose is noted before the step that needs it."""
        self._check_left(len(rows))
        self._clear_the_way()
        job_id = self._jobs.create(self._asked).job_id
        memo.write({"job": job_id})
        try:
            self._jobs.upload(job_id, self._table.content(rows))
        except BatchRefused:
            self._jobs.turn(job_id, "Aborted")
            memo.write({})
            raise
        memo.write({"job": job_id, "closing_at": self._timing.now().isoformat()})
        closed = _still_there(self._jobs.turn(job_id, "UploadComplete"))
        if closed.state == "Open":
            raise OutcomeUnknown("a job could not be closed", code="OPEN")
        return closed

    def _check_left(self, rows: int) -> None:
        """Stop before a job that the day's allowances would not see to its end."""
        left = self._jobs.left()
        batches = -(-rows // ROWS_WITHIN)
        calls_left = left.get("DailyApiRequests", CALLS_TO_SPARE)
        if calls_left < CALLS_TO_SPARE or left.get("DailyBulkApiBatches", batches) < batches:
            msg = "too little is left of what the org may call or load in a day"
            raise QuotaSpent(msg, code="LIMITS")

    def _clear_the_way(self) -> None:
        """Abort what is left of earlier jobs of this destination, and wanted by nobody.

        One whose number was lost in a kill never runs; one of an earlier night that still runs
        would write its older values over newer ones.
        """
        for job in self._jobs.all():
            if job.state in ENDED or job.owner != self._login.user:
                continue
            seen = self._jobs.look(job.job_id) if self._is_like_ours(job) else None
            if seen and seen.key_field == self._spec.key_field and seen.state not in ENDED:
                self._abort(seen)

    def _is_like_ours(self, job: Job) -> bool:
        return (job.object, job.operation) == (self._params.object, "upsert")

    def _abort(self, job: Job) -> None:
        aborted = self._jobs.turn(job.job_id, "Aborted")
        if aborted and aborted.state not in ENDED:
            raise OutcomeUnknown("a job could not be aborted", code="NOT_ABORTED")

    def _awaited(self, job: Job, memo: Memo) -> Job:
        """The job once it has ended; `Unfinished` when that takes too long."""
        until = self._timing.now() + timedelta(seconds=self._params.wait_seconds)
        pause = self._params.poll_seconds
        while job.state not in ENDED:
            left = (until - self._timing.now()).total_seconds()
            if left <= 0:
                return self._given_up(job, memo)
            self._timing.sleep(min(pause, left))
            pause = min(pause * PAUSE_GROWS, max(PAUSE_SECONDS_MOST, self._params.poll_seconds))
            job = _still_there(self._jobs.look(job.job_id))
        return job

    def _given_up(self, job: Job, memo: Memo) -> Job:
        """A job that hangs for a day, aborted, so that its rows are free; a younger one is left."""
        closed_at = datetime.fromisoformat(memo.read()["closing_at"])
        if self._timing.now() - closed_at >= GIVEN_UP_AFTER:
            job = _still_there(self._jobs.turn(job.job_id, "Aborted"))
        if job.state not in ENDED:
            raise Unfinished(f"job {job.job_id} is still {job.state}", code=job.state)
        return job

    def _outcomes(self, job: Job, memo: Memo) -> Outcomes:
        """What became of the rows; a job that tells of none is forgotten, for another one."""
        ended = read_ended(job, self._jobs, self._spec.key_field)
        trouble, told = ended.trouble(), ended.outcomes()
        if not told or trouble:
            memo.write({})
        if trouble:
            raise trouble
        return told


def _still_there(job: Job | None) -> Job:
    if job is None:
        raise OutcomeUnknown("a job is gone before it was seen to end", code="NO_JOB")
    return job
