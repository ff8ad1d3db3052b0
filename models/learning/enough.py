"""Enough to learn from? One check a question, each with what it measured and what is needed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from features.catalog import Vocabulary
from features.errors import DataRefused, ModelRefused
from features.health.finding import Finding, examined, refused
from features.known.told import Parts
from models.judging.grades import EVENTS_LEAST, EVENTS_STANDARD, ORIGINS_STANDARD
from models.rows.panel import Panel, PanelParams, first_told
from models.targets.churn import Churn

CUSTOMERS_LEAST = 100
"""With fewer, rows of few people are counted again at each cutoff."""


def check_enough(name: str, panel: Panel, target: Churn, *, origins: int) -> list[Finding]:
    """E01 to E06 for a panel with labels; `origins` are the cutoffs at which it can be measured.

    Where nobody leaves, or everybody, counting them (E05, E06) tells nothing more.
    """
    customers, rarer = len(panel.column("customer_id").unique()), panel.events_rarer
    wrong_rate = list(_base_rate(name, panel, target))
    found = [
        *examined("E01", f"{name}: its steps occur", []),
        *examined("E02", f"{name}: the history is long enough", []),
        *examined("E03", f"{name}: {customers:,} customers at risk", _customers(name, customers)),
        *examined("E04", f"{name}: some leave and some stay", wrong_rate),
    ]
    return (
        found
        if wrong_rate
        else [
            *found,
            *examined("E05", f"{name}: {rarer:,} rows of the rarer kind", _rarer(name, rarer)),
            *examined("E06", f"{name}: measured at {origins} origins", _origins(name, origins)),
        ]
    )


def unheard_steps(name: str, words: Vocabulary, target: Churn) -> list[Finding]:
    """E01: steps of the target that no event has."""
    return [
        Finding(
            code="E01",
            severity="stop",
            sentence=f"{name}: no event has the step {step!r}, by which a customer is active",
            measured=0.0,
            needed=1.0,
            mends=(
                f"name another step in [{name}]; there are: {', '.join(words.steps)}",
                "map a source's `step` to that word",
                "add the source in which it happens, and run `jejak ingest`",
            ),
        )
        for step in target.own_steps
        if step not in words.steps
    ]


def short_history(
    name: str, parts: Parts, watermark: datetime, target: Churn, params: PanelParams
) -> Finding:
    """E02: the qualifying events span less than one training cutoff needs."""
    first = first_told(parts, target)
    days = max((watermark - first) // timedelta(days=1), 0) if first else 0
    needed = params.history_days + target.embargo_days + target.horizon_days
    return Finding(
        code="E02",
        severity="stop",
        sentence=f"{name}: {days} days from its first event to the last label, and one training "
        f"cutoff needs {needed} (history_days, embargo_days and horizon_days)",
        measured=float(days),
        needed=float(needed),
        mends=(
            "ingest a longer history",
            "shorten `history_days` in [panel]",
            f"shorten `horizon_days` in [{name}], if a shorter warning is of use",
        ),
    )


def nobody_at_risk(name: str, error: DataRefused) -> Finding:
    """E03: the panel has no row."""
    return refused(
        "E03",
        DataRefused(f"{name}: {error.what}", mend=error.mend),
        "lengthen `active_within_days`",
        "stand at a day that the sources reach with --as-of",
    )


def _customers(name: str, customers: int) -> Iterator[Finding]:
    if customers < CUSTOMERS_LEAST:
        yield Finding(
            code="E03",
            severity="warn",
            sentence=f"{name}: {customers} customers were ever at risk; below {CUSTOMERS_LEAST} "
            "the same few people are counted again at each cutoff",
            measured=float(customers),
            needed=float(CUSTOMERS_LEAST),
            mends=(
                "ingest the customers of all shops, teams or countries together",
                f"lengthen `active_within_days` in [{name}]",
                "work by hand for now: so few can be called one by one",
            ),
        )


def _base_rate(name: str, panel: Panel, target: Churn) -> Iterator[Finding]:
    try:
        target.check_base_rate(panel.y)
    except ModelRefused as error:
        yield refused(
            "E04",
            ModelRefused(f"{name}: {error.what}", mend=error.mend),
            "look at whether the qualifying steps happen to everybody, as a mailing does",
            "look at whether one of the sources has stopped",
        )


def _rarer(name: str, rarer: int) -> Iterator[Finding]:
    if rarer >= EVENTS_STANDARD:
        return
    least = EVENTS_LEAST if rarer < EVENTS_LEAST else EVENTS_STANDARD
    yield Finding(
        code="E05",
        severity="warn" if rarer < EVENTS_LEAST else "note",
        sentence=f"{name}: {rarer} rows in the rarer of churned and stayed; "
        f"{'a model needs' if rarer < EVENTS_LEAST else 'the standard tier needs'} {least}"
        f"{', and until then rules answer' if rarer < EVENTS_LEAST else ''}",
        measured=float(rarer),
        needed=float(least),
        mends=(
            "ingest a longer history or more customers",
            "take a cutoff more often: shorten `every_days` in [panel]",
            f"change `horizon_days` in [{name}], so that leaving is neither rare nor the rule",
        ),
    )


def _origins(name: str, origins: int) -> Iterator[Finding]:
    if origins < ORIGINS_STANDARD:
        yield Finding(
            code="E06",
            severity="note" if origins else "warn",
            sentence=f"{name}: a model can be measured at {origins} of the last cutoffs; "
            f"{'the standard tier' if origins else 'each model'} needs "
            f"{ORIGINS_STANDARD if origins else 1}",
            measured=float(origins),
            needed=float(ORIGINS_STANDARD if origins else 1),
            mends=(
                "ingest a longer history",
                "shorten `history_days` or `every_days` in [panel]",
                f"shorten `horizon_days` in [{name}], so that labels mature sooner",
            ),
        )
