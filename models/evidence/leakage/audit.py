"""The audit: every test, in the order of the codes."""

from collections.abc import Iterator
from dataclasses import asdict

import pandas as pd

from models.evidence.case import Case
from models.evidence.leakage.alone import too_good
from models.evidence.leakage.rebuilding import rebuilt
from models.evidence.leakage.shuffling import shuffled
from models.evidence.leakage.splits import splits
from models.evidence.leakage.tried import Tried
from models.evidence.tables import table
from models.judging.evaluation import Progress


def audit(case: Case, *, progress: Progress = lambda _: None) -> pd.DataFrame:
    """What the audit tried and found: code, test, value, limit, passed, note.

    Without parts nothing can be built again, and that test is missing.
    """
    found = sorted(_tried(case, progress), key=lambda one: one.code)
    rows = [{**asdict(one), "passed": one.passed} for one in found]
    return table("leakage", pd.DataFrame(rows))


def _tried(case: Case, progress: Progress) -> Iterator[Tried]:
    if len(case.parts):
        progress("leakage audit: building features without the future")
        yield rebuilt(case)
    progress("leakage audit: learning shuffled labels")
    yield shuffled(case)
    progress("leakage audit: splitting rows at random")
    yield splits(case)
    progress("leakage audit: looking at each feature alone")
    yield from too_good(case)
