"""`jejak doctor`: what is fit to learn from and what is not, before any training."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from features.catalog import Vocabulary
from features.contracts import CONTRACTS, STAGES, Frame
from features.errors import DataRefused, WorkspaceInvalid
from features.families import catalog
from features.health.costs import check_costs
from features.health.finding import Finding, refused
from features.health.matches import bare_records, check_matches
from features.health.personas import check_personas
from features.health.rules import check_rules
from features.health.sources import check_files, check_ingested
from features.health.stages import check_stages, stage_counts
from features.health.tables import check_tables
from features.identity.decisions import LikelyReport, likely_report
from features.identity.report import match_report
from features.identity.standing import Standing
from features.known.told import Told
from features.lake import Snapshot, open_lake
from features.sources.rates import read_rates
from features.vocabulary import vocabulary
from models.judging.suspects import look_at, suspects
from models.learning.readiness import Readiness, heard, labelled, readiness
from models.rows.panel import Panel
from pipelines.data.checkup import Checkup
from pipelines.data.ingest import snapshot_until
from pipelines.settings.config import attributes_of
from pipelines.terminal.progress import step
from pipelines.workspace import Workspace, open_workspace

CHURN = "churn"


def examine(root: Path, as_of: date | None, *, names: bool = False) -> Checkup:
    """Look at the workspace in a folder, and at its lake if there is one; nothing is written.

    With `names` the likely matches are printed with the people in them.
    """
    workspace = open_workspace(root)
    until = workspace.cutoff(as_of)
    with step("Looking at the sources"):
        found = [*check_files(workspace.settings.sources, workspace.root), *_rates(workspace)]
    try:
        snapshot = open_lake(workspace.lake)
    except DataRefused as error:
        return Checkup(as_of=until, findings=(*found, _not_ingested(error)))
    with step("Looking at the lake"):
        events = snapshot.events()
        found += [*_behind(workspace, until), *_in_lake(workspace, snapshot, events, until)]
        standing = snapshot.standing()
        matches = match_report(standing.identity, standing.records) if standing else None
        found += check_matches(matches, bare_records(standing)) if standing and matches else []
    with step("Looking at where customers stand"):
        placed, stages, personas = _placed(workspace, snapshot, events, until)
    with step("Looking at what can be learned"):
        target, suspected = _learnable(workspace, snapshot, until)
    return Checkup(
        as_of=until,
        findings=(*found, *placed, *target.findings, *suspected),
        targets=(target,),
        matches=matches,
        accounts=_accounts(standing) if standing else None,
        stages=stages,
        personas=personas,
        likely=_likely(workspace, standing) if standing else None,
        names=names,
    )


def _rates(workspace: Workspace) -> Iterator[Finding]:
    """The refusal that ingest would end with, where the rates of exchange cannot be read."""
    settings = workspace.settings
    try:
        read_rates(settings.money, workspace.root, currency=settings.workspace.currency)
    except DataRefused as error:
        yield refused(
            "S01",
            error,
            "correct [money] in jejak.toml",
            "take `currency` out of the sources, if all their money is the workspace's",
        )


def _not_ingested(error: DataRefused) -> Finding:
    return Finding(
        code="S02",
        severity="note",
        sentence=f"{error.what}; all that the rows tell is examined once they are in the lake",
        measured=0.0,
        needed=1.0,
        mends=(error.mend, "then run `jejak doctor` again", "mend first what is said above"),
    )


def _behind(workspace: Workspace, until: datetime) -> Iterator[Finding]:
    """The refusal that training would end with, where the lake does not reach the cutoff."""
    try:
        snapshot_until(workspace, until)
    except DataRefused as error:
        yield refused(
            "S02",
            DataRefused(error.what, mend=error.mend),
            "look at whether the nightly run still happens",
            "stand at the day of the last ingest with --as-of",
        )


def _in_lake(
    workspace: Workspace, snapshot: Snapshot, events: Frame, until: datetime
) -> list[Finding]:
    settings = workspace.settings
    return [
        *check_ingested(settings.sources, snapshot.manifest.sources, settings.quarantine.max_share),
        *check_tables(
            events,
            snapshot.customers(),
            settings.sources,
            until=until,
            now=datetime.now(UTC),
            zone=settings.workspace.zone,
        ),
    ]


def _placed(
    workspace: Workspace, snapshot: Snapshot, events: Frame, until: datetime
) -> tuple[list[Finding], dict[str, dict[str, int]], dict[str, int]]:
    """What is found of stages and personas, and the customers in each."""
    settings = workspace.settings
    told = Told(
        events=events,
        customers=snapshot.customers(),
        contracts=snapshot.table(CONTRACTS.name),
        stages=snapshot.table(STAGES.name),
    )
    history = snapshot.stage_history()
    found, personas = check_personas(told.customers, settings.personas, until)
    found = [
        *_rules(workspace, told, max(until, snapshot.as_of)),
        *check_stages(told.stages, history, settings.stages, until),
        *check_costs(events, settings.journey.channel_costs),
        *found,
    ]
    return found, stage_counts(history, settings.stages, until), personas


def _rules(workspace: Workspace, told: Told, until: datetime) -> list[Finding]:
    """Whether the next ingest can judge the rules of stages; E01 tells if there is no event."""
    settings = workspace.settings
    try:
        words = vocabulary([told], until)
    except DataRefused:
        return []
    attributes, zone = attributes_of(settings.sources), settings.workspace.zone
    return check_rules(told, settings.stages, attributes, words, until=until, zone=zone)


def _accounts(standing: Standing) -> int | None:
    """How many customers are scored, where contacts roll up to accounts."""
    return standing.whose["customer_id"].n_unique() if len(standing.accounts) else None


def _likely(workspace: Workspace, standing: Standing) -> LikelyReport | None:
    threshold = workspace.settings.identity.likely_threshold
    return None if threshold is None else likely_report(standing.links, standing.traits, threshold)


def _learnable(
    workspace: Workspace, snapshot: Snapshot, until: datetime
) -> tuple[Readiness, list[Finding]]:
    """The tier of the target, and what gives it away."""
    settings, target = workspace.settings, workspace.settings.churn
    try:
        words = vocabulary(snapshot.told(), until)
    except DataRefused as error:
        no_words = refused("E01", error, "run `jejak ingest`", "correct what is said above")
        return Readiness(target=CHURN, tier="refused", findings=(no_words,)), []
    wrong = [*_features(workspace, words)]
    features = look_at(words, target)
    panel = heard(CHURN, words, target) or labelled(
        CHURN,
        snapshot.told(),
        features,
        target,
        settings.panel,
        watermark=min(workspace.told_until(until), snapshot.watermark),
        zone=settings.workspace.zone,
    )
    if not isinstance(panel, Panel):
        return panel, wrong
    ready = readiness(CHURN, panel, target, settings.panel)
    return ready, [*wrong, *suspects(CHURN, panel, features, snapshot.customers(), target)]


def _features(workspace: Workspace, words: Vocabulary) -> Iterator[Finding]:
    """The refusal that training would end with, where the workspace's own features are wrong."""
    try:
        catalog(workspace.settings.features, words, workspace.own_features())
    except WorkspaceInvalid as error:
        yield refused(
            "F01",
            error,
            "once that is done, run `jejak features --check --family own`",
            "move the file away: the champion goes on, unless it needs a feature of it",
        )
