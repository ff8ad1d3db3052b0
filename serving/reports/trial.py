"""The report of one retraining: one page of HTML that asks nobody for anything."""

from collections.abc import Callable

from models.evidence.tables import Evidence
from models.judging.promotion import Verdict
from models.trial import Trial
from models.uplift.adoption import Adoption
from serving.pages.view import Section
from serving.pages.words import Words
from serving.reports import audit, beside, drivers, groups, origin, quality, steadiness
from serving.reports.material import Material
from serving.reports.page import ROOM, trial_page
from serving.reports.summary import summary

SECTIONS: tuple[Callable[[Material], Section | None], ...] = (
    audit.checks,
    beside.baselines,
    audit.champion,
    quality.ranking,
    quality.profit,
    quality.calibration,
    steadiness.stability,
    groups.transitions,
    groups.segments,
    drivers.importances,
    drivers.ablation,
    audit.leakage,
    audit.scores,
    origin.lineage,
)
"""Every part of the page below the first screen, in its order."""


def render(
    trial: Trial,
    evidence: Evidence,
    verdict: Verdict,
    *,
    title: str,
    currency: str,
    language: str,
    adoption: Adoption | None = None,
) -> str:
    """A trial, what speaks for and against it, and the decision, as one page of HTML.

    `title` names the workspace, `currency` its money in three letters, `language` is en or id.
    `adoption` says whether experiments proved the order of outreach; without one it is called a
    rule. Equal arguments give equal text. The page holds its style and charts, and no customer.
    """
    words = Words(language, ROOM)
    told = Material(
        trial=trial,
        evidence=evidence,
        verdict=verdict,
        words=words,
        currency=currency,
        adoption=adoption,
    )
    sections = [made for make in SECTIONS if (made := make(told)) is not None]
    return trial_page(words, title, summary(told), sections)
