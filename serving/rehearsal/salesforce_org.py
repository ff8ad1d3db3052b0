"""A made-up Salesforce org: one object with its records, and the jobs that change them."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Literal

from serving.rehearsal.journal import Journal, Received

Kind = Literal["text", "long text", "number", "checkbox"]

ENDED = ("JobComplete", "Failed", "Aborted")
EMPTIES = "#N/A"
ROWS_A_CHUNK = 200
DAYS_KEPT = 7
CHARACTERS: Mapping[str, int] = {"text": 255, "long text": 32_000}


@dataclass(kw_only=True)
class Job:
    """One job of the Bulk API, and what came of its rows: cells as they were uploaded."""

    job_id: str
    asked: Mapping[str, str]
    created_at: datetime
    state: str = "Open"
    content: bytes | None = None
    uploaded_at: datetime | None = None
    ended_at: datetime | None = None
    polls: int = 0
    error: str = ""
    header: list[str] = field(default_factory=list[str])
    successful: list[list[str]] = field(default_factory=list[list[str]])
    failed: list[list[str]] = field(default_factory=list[list[str]])
    unprocessed: list[list[str]] = field(default_factory=list[list[str]])


@dataclass(kw_only=True)
class Org:
    """What the org holds. Records are by external id; a field that is empty is not there.

    `fields` says what may be written; what a record needs when it is made is in `required`. Of
    the jobs, `polls_before_end` says how often one is looked at until it ends, `stuck` that none
    does, and `fails_after` how many rows are done when the next one fails. `row_errors` are what
    Salesforce says of a key instead of writing it, once each in turn.
    """

    now: Callable[[], datetime]
    journal: Journal
    fields: Mapping[str, Kind]
    object_name: str = "Contact"
    key_field: str = "Customer_Key__c"
    required: tuple[str, ...] = ()
    polls_before_end: int = 3
    stuck: bool = False
    fails_after: int | None = None
    row_errors: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    records: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    _ids: dict[str, str] = field(default_factory=dict[str, str])
    _chance: Random = field(default_factory=lambda: Random(6))  # noqa: S311  # an order of rows

    def create(self, asked: Mapping[str, str]) -> Job:
        """A job that waits for its rows."""
        job = Job(job_id=f"750{len(self.jobs):015d}", asked=asked, created_at=self.now())
        self.jobs[job.job_id] = job
        return job

    def job(self, job_id: str) -> Job | None:
        """A job that is still kept."""
        job = self.jobs.get(job_id)
        border = self.now() - timedelta(days=DAYS_KEPT)
        return job if job and (job.ended_at is None or job.ended_at > border) else None

    def look(self, job: Job) -> None:
        """A job goes on a little each time that it is looked at."""
        if job.state not in ("UploadComplete", "InProgress"):
            return
        job.polls += 1
        if job.polls > 1:
            job.state = "InProgress"
        if job.polls > self.polls_before_end and not self.stuck:
            self._process(job)

    def abort(self, job: Job) -> None:
        """End a job where it stands; what it uploaded has been seen, but not written."""
        job.header, job.unprocessed, _ = _parsed(job.content or b"")
        self._end(job, "Aborted")

    def _process(self, job: Job) -> None:
        job.header, rows, error = _parsed(job.content or b"")
        error = error or self._header_fault(job.header)
        done = 0 if error else len(rows) if self.fails_after is None else self.fails_after
        for start in range(0, done, ROWS_A_CHUNK):
            self._write_chunk(job, rows[start : min(start + ROWS_A_CHUNK, done)])
        job.unprocessed = rows[done:]
        job.error = error
        if done < len(rows) and not error:
            job.error = (
                "InternalServerError : Unable to process the batch. Batch will not be retried."
            )
        self._end(job, "Failed" if job.error else "JobComplete")

    def _end(self, job: Job, state: str) -> None:
        job.state = state
        job.ended_at = self.now()
        for rows in (job.successful, job.failed, job.unprocessed):
            self._chance.shuffle(rows)
        for row in job.successful:
            self._note(job, row[2:], accepted=True)
        for row in (*(row[2:] for row in job.failed), *job.unprocessed):
            self._note(job, row, accepted=False)

    def _note(self, job: Job, row: list[str], *, accepted: bool) -> None:
        told = dict(zip(job.header, row, strict=True))
        self.journal.note_row(
            Received(
                at=job.uploaded_at or job.created_at,
                batch=job.job_id,
                key=told.pop(self.key_field, ""),
                op="upsert",
                values=told,
                accepted=accepted,
            )
        )

    def _header_fault(self, header: list[str]) -> str:
        """What the Bulk API says of the first column that it does not know."""
        if self.key_field not in header:
            return _no_field(self.key_field)
        return next(
            (_no_field(one) for one in header if one not in self.fields and one != self.key_field),
            "",
        )

    def _write_chunk(self, job: Job, rows: list[list[str]]) -> None:
        place = job.header.index(self.key_field)
        seen: set[str] = set()
        for row in rows:
            key = row[place]
            fault = self._row_fault(key, dict(zip(job.header, row, strict=True)), seen)
            seen.add(key)
            if fault:
                job.failed.append(["", fault, *row])
                continue
            made = key not in self.records
            record_id = self._ids.setdefault(key, f"003{len(self._ids):015d}")
            self._write(key, dict(zip(job.header, row, strict=True)))
            job.successful.append([record_id, str(made).lower(), *row])

    def _row_fault(self, key: str, row: Mapping[str, str], seen: set[str]) -> str:
        if self.row_errors.get(key):
            return self.row_errors[key].pop(0)
        if key in ("", EMPTIES):
            return f"MISSING_ARGUMENT:{self.key_field} not specified:--"
        if key in seen:
            return f"DUPLICATE_VALUE:Duplicate external id specified: {key}:{self.key_field}--"
        missing = [one for one in self.required if row.get(one, "") in ("", EMPTIES)]
        if key not in self.records and missing:
            return f"REQUIRED_FIELD_MISSING:Required fields are missing: {missing}:{missing[0]}--"
        faults = (_value_fault(name, kind, row.get(name, "")) for name, kind in self.fields.items())
        return next(filter(None, faults), "")

    def _write(self, key: str, row: Mapping[str, str]) -> None:
        record = self.records.setdefault(key, {})
        for name, cell in row.items():
            if cell == EMPTIES:
                record.pop(name, None)
            elif cell and name != self.key_field:
                record[name] = cell


def _parsed(content: bytes) -> tuple[list[str], list[list[str]], str]:
    """The header, the rows, and what is wrong with the file; a BOM belongs to the first name."""
    if b"\r" in content:
        return (
            [],
            [],
            "InvalidBatch : LineEnding is invalid on user data. Current LineEnding setting is LF",
        )
    try:
        rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError):
        return [], [], "InvalidBatch : Failed to parse CSV"
    header = rows[0] if rows else []
    if any(len(row) != len(header) for row in rows):
        return [], [], "InvalidBatch : The number of columns differs between lines"
    return header, rows[1:], ""


def _no_field(name: str) -> str:
    return (
        f"InvalidBatch : InvalidBatch : Field name not found : {name}. Batch will not be retried."
    )


def _value_fault(name: str, kind: Kind, cell: str) -> str:
    if cell in ("", EMPTIES):
        return ""
    most = CHARACTERS.get(kind, len(cell))
    if len(cell) > most:
        return f"STRING_TOO_LONG:{name}: data value too large: (max length={most}):{name}--"
    if (kind == "number" and not _is_number(cell)) or (
        kind == "checkbox" and cell.lower() not in ("true", "false")
    ):
        return (
            f"INVALID_TYPE_ON_FIELD_IN_RECORD:{name}: value not of required type: {cell}:{name}--"
        )
    return ""


def _is_number(cell: str) -> bool:
    try:
        return Decimal(cell).is_finite()
    except InvalidOperation:
        return False
