"""What became of the rows of a job that has ended, and why it wrote none."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from serving.destinations.calls.answers import redacted
from serving.destinations.destination import Acknowledged, Outcome, Rejected
from serving.destinations.salesforce.jobs import FAILED, SUCCESSFUL, UNPROCESSED, Job, Jobs
from serving.destinations.salesforce.sheets import read_results
from serving.destinations.troubles import BatchRefused, Misconfigured, QuotaSpent, Trouble

LOCKED = "UNABLE_TO_LOCK_ROW"
FIELD_CODES = {"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"}
FIELD_MEND = "make the field, or give the user the right to edit it; a renamed one looks the same"

_CODE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_UNKNOWN_FIELD = re.compile(r"Field name not found : \W*(\w+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A job that has ended, with its lists: keys that were written, refused, or not got to."""

    job: Job
    written: AbstractSet[str]
    errors: Mapping[str, Rejected]
    left_out: AbstractSet[str]

    def outcomes(self) -> dict[str, Outcome]:
        """What became of each row; of a locked row, and of a key in two lists, nothing."""
        unclear = (self.written & self.errors.keys()) | self.left_out
        refused = {key: error for key, error in self.errors.items() if error.code != LOCKED}
        told: dict[str, Outcome] = {**refused, **dict.fromkeys(self.written, Acknowledged())}
        return {key: one for key, one in told.items() if key not in unclear}

    def trouble(self) -> Trouble | None:
        """Why nothing at all was written, where the reason is not in single rows."""
        codes = {error.code for error in self.errors.values()}
        if self.written or (self.errors and not codes <= FIELD_CODES):
            return None
        if self.errors:
            fields = next(iter(self.errors.values())).message.rpartition(":")[2]
            msg = f"the user may not write {re.sub(r'[^A-Za-z0-9_, ]', '', fields)}"
            return Misconfigured(msg, code=min(codes), mend=FIELD_MEND)
        return _failure(self.job) if self.job.state == "Failed" else None


def read_ended(job: Job, jobs: Jobs, key_field: str) -> Ended:
    """The lists of a job that has ended; a list that Salesforce no longer has is empty."""
    successful = read_results(jobs.results(job.job_id, SUCCESSFUL), key_field)
    failed = read_results(jobs.results(job.job_id, FAILED), key_field, "sf__Error")
    all_done = job.state == "JobComplete"
    rest = b"" if all_done else jobs.results(job.job_id, UNPROCESSED)
    return Ended(
        job=job,
        written={key for (key,) in successful},
        errors={key: _rejected(error) for key, error in failed},
        left_out={key for (key,) in read_results(rest, key_field)},
    )


def _failure(job: Job) -> Trouble | None:
    """What a job says that failed before its first row; None where sending again may help."""
    unknown = _UNKNOWN_FIELD.search(job.error)
    if unknown:
        msg = f"{job.object} has no field {unknown[1]} that the user may edit"
        return Misconfigured(msg, code="InvalidBatch", mend=FIELD_MEND)
    if "limit" in job.error.lower() or "quota" in job.error.lower():
        return QuotaSpent("the org has used up what it may load in a day", code="LIMIT")
    if "InvalidBatch" in job.error:
        return BatchRefused("Salesforce could not read the rows of a job", code="InvalidBatch")
    return None


def _rejected(error: str) -> Rejected:
    """A row's error, which is written CODE:words:fields--.

    >>> _rejected("STRING_TOO_LONG:data value too large:Band__c--")
    Rejected(code='STRING_TOO_LONG', message='data value too large:Band__c')
    """
    code, _, words = error.removesuffix("--").partition(":")
    known = _CODE.fullmatch(code.strip())
    return Rejected(known[0], redacted(words)) if known else Rejected("FAILED", redacted(error))
