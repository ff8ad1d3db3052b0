"""Readiness: which tier will score a target, and what is missing for the next one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from features.catalog import Feature, Vocabulary
from features.errors import DataRefused
from features.health.finding import Finding
from features.known.told import Parts
from models.judging.evaluation import purged
from models.judging.grades import EVENTS_LEAST, EVENTS_STANDARD, ORIGINS_STANDARD, tier
from models.learning import enough
from models.rows.panel import Panel, PanelParams, training_cutoffs, training_panel
from models.targets.churn import Churn

TIERS = {
    "refused": "nothing can be learned",
    "rules": "recency rules; no model, no probability",
    "logistic": "experimental: a logistic regression, LightGBM only where it beats that",
    "LightGBM": "standard: LightGBM, measured beside its baselines",
}
"""What scores under each tier, the lowest first."""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """How much there is to learn one target from, and the tier that it allows.

    `rarer` counts rows in the rarer of churned and stayed, `origins` the cutoffs at which a model
    can be measured; `missing` says what the next tier asks beyond that.
    """

    target: str
    tier: str
    rows: int = 0
    customers: int = 0
    churned: int = 0
    rarer: int = 0
    cutoffs: int = 0
    origins: int = 0
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def readiness(name: str, panel: Panel, target: Churn, params: PanelParams) -> Readiness:
    """What a panel with labels allows."""
    rarer, origins = panel.events_rarer, len(measurable(panel, params.origins))
    found = enough.check_enough(name, panel, target, origins=origins)
    wrong_rate = any(one.code == "E04" and one.severity == "stop" for one in found)
    reached = "refused" if wrong_rate else _tier(rarer, origins)
    return Readiness(
        target=name,
        tier=reached,
        rows=len(panel.rows),
        customers=len(panel.column("customer_id").unique()),
        churned=int(panel.y.sum()),
        rarer=rarer,
        cutoffs=len(panel.cutoffs),
        origins=origins,
        missing=tuple(_missing(reached, rarer, origins)),
        findings=tuple(found),
    )


def labelled(
    name: str,
    parts: Parts,
    features: tuple[Feature, ...],
    target: Churn,
    params: PanelParams,
    *,
    watermark: datetime,
    zone: ZoneInfo,
) -> Panel | Readiness:
    """The panel that a retraining would learn from, or why there is none."""
    cutoffs = training_cutoffs(parts, watermark, target, params, zone)
    if not cutoffs:
        short = enough.short_history(name, parts, watermark, target, params)
        return Readiness(target=name, tier="rules", findings=(short,))
    try:
        return training_panel(parts, cutoffs, features, target, watermark=watermark, zone=zone)
    except DataRefused as error:
        nobody = enough.nobody_at_risk(name, error)
        return Readiness(target=name, tier="refused", findings=(nobody,))


def heard(name: str, words: Vocabulary, target: Churn) -> Readiness | None:
    """Nothing where every step of the target occurs, else the refusal."""
    found = enough.unheard_steps(name, words, target)
    return Readiness(target=name, tier="refused", findings=tuple(found)) if found else None


def measurable(panel: Panel, origins: int) -> list[datetime]:
    """The last cutoffs at which a model can be measured, as `evaluation.backtest` takes them."""
    return [cutoff for cutoff in panel.cutoffs[-origins:] if purged(panel, cutoff).events_rarer]


def _tier(rarer: int, origins: int) -> str:
    if rarer < EVENTS_LEAST or not origins:
        return "rules"
    return {"standard": "LightGBM", "experimental": "logistic"}[tier(rarer, origins)]


def _missing(reached: str, rarer: int, origins: int) -> Iterator[str]:
    """What the tier above asks beyond what there is."""
    if reached in ("LightGBM", "refused"):
        return
    events, cutoffs = (
        (EVENTS_LEAST, 1) if reached == "rules" else (EVENTS_STANDARD, ORIGINS_STANDARD)
    )
    if rarer < events:
        yield f"{events - rarer} more rows of the rarer kind ({rarer} of {events})"
    if origins < cutoffs:
        yield f"{cutoffs - origins} more origins ({origins} of {cutoffs})"
