"""Findings: what a check measured, what it needs, and three ways to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from features.errors import JejakError

Severity = Literal["stop", "warn", "note", "ok"]

SEVERITIES: tuple[Severity, ...] = ("stop", "warn", "note", "ok")
"""The worst first: training stops, its numbers may be wrong, worth knowing, all is well."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check has to say of one thing: a source, a target, a column.

    `sentence` begins with that thing and tells no customer. What is not `ok` has three `mends`,
    and the number `measured` beside the one `needed` where there are such numbers.
    """

    code: str
    severity: Severity
    sentence: str
    measured: float | None = None
    needed: float | None = None
    mends: tuple[str, ...] = ()


def examined(code: str, fine: str, found: Iterable[Finding]) -> list[Finding]:
    """What a check found; where that is nothing, that all is well.

    >>> [finding.severity for finding in examined("T01", "the hours fit the time zone", [])]
    ['ok']
    """
    return list(found) or [Finding(code=code, severity="ok", sentence=fine)]


def refused(code: str, error: JejakError, *mends: str) -> Finding:
    """A refusal that training would end with; its own mend comes before the others."""
    return Finding(
        code=code,
        severity="stop",
        sentence=f"{error.what}{f' ({error.where})' if error.where else ''}",
        mends=(error.mend, *mends),
    )


def share(part: int, whole: int) -> float:
    """Part of a whole from 0 to 1; 0 of nothing."""
    return part / whole if whole else 0.0
