"""The workspace file `jejak.toml`: read once, validated whole, made of the rooms' parameters."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from features.catalog import FeatureParams
from features.clock import is_zone
from features.engine.partitions import ComputeParams
from features.errors import WorkspaceInvalid
from features.families import mistakes_in_features, mistakes_in_segments
from features.identity.standing import IdentityParams
from features.mistakes import Mistake, nearest, unknown_key
from features.sources.declared import mistakes_in_source
from features.sources.feelings import Feelings
from features.sources.rates import MoneyParams
from features.sources.spec import SourceSpec
from features.stages.personas import mistakes_in_personas
from features.stages.rules import mistakes_in_rules
from features.stages.stages import StageParams, mistakes_in_stage_facts, mistakes_in_stages
from models.learning.boosting import BoostingParams
from models.pains.targets import JourneyParams, mistakes_in_journey
from models.rows.panel import PanelParams
from models.targets.churn import Churn
from models.targets.inactivity import InactivityChurn
from models.targets.kinds import CHURN_KINDS
from models.targets.next_step import NextStep
from models.targets.progression import Progression
from models.transforms.chosen import TransformParams
from pipelines.flows.alerts import AlertParams
from pipelines.night.schedule import ScheduleParams
from pipelines.settings.destinations import destinations_told
from pipelines.settings.mistakes import SettingsInvalid, below
from pipelines.settings.plays import plays_told
from pipelines.settings.secrets import from_environment, section_from_environment
from pipelines.settings.validated import repeated, validated
from serving.decide import DecideParams, ExperimentParams, Play
from serving.delivery.params import DeliveryParams
from serving.destinations.spec import DestinationSpec
from serving.gates.params import GateParams
from serving.watching.params import WatchParams


@dataclass(frozen=True, kw_only=True)
class WorkspaceParams:
    """Who the business is: its name, its clock, its money and its language.

    `as_of` fixes the business day whose midnight is the newest cutoff; without it every command
    takes the last midnight that has passed.
    """

    name: str
    time_zone: str = "UTC"
    currency: str = "USD"
    language: Literal["en", "id"] = "en"
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not is_zone(self.time_zone):
            msg = f"time_zone {self.time_zone!r} is unknown; write one such as Asia/Jakarta"
            raise ValueError(msg)
        if not re.fullmatch("[A-Z]{3}", self.currency):
            msg = f"currency is {self.currency!r}; write its three letters, such as IDR"
            raise ValueError(msg)

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, kw_only=True)
class QuarantineParams:
    """How many unreadable rows a source may have before a run stops; a share from 0 to 1."""

    max_share: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.max_share <= 1:
            msg = f"max_share is {self.max_share}; write a share from 0 to 1"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class StoreParams:
    """Where the operational store is: a SQLAlchemy URL, `env:NAME` where it holds a password.

    Without one it is the file jejak.db of the workspace. Scores of runs older than `keep_days` are
    deleted; that there were such runs is kept.
    """

    url: str = ""
    keep_days: int = 730

    def __post_init__(self) -> None:
        if self.keep_days < 1:
            msg = f"keep_days is {self.keep_days}; write 1 or more"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that a workspace file says; one field a section."""

    workspace: WorkspaceParams
    churn: Churn
    sources: tuple[SourceSpec, ...]
    quarantine: QuarantineParams = field(default_factory=QuarantineParams)
    identity: IdentityParams = field(default_factory=IdentityParams)
    money: MoneyParams = field(default_factory=MoneyParams)
    sentiment: Feelings = field(default_factory=Feelings)
    stages: StageParams = field(default_factory=StageParams)
    personas: Mapping[str, str] = field(default_factory=dict[str, str])
    """The rule of each persona by its name; the first that holds wins."""
    panel: PanelParams = field(default_factory=PanelParams)
    features: FeatureParams = field(default_factory=FeatureParams)
    model: BoostingParams = field(default_factory=BoostingParams)
    transforms: TransformParams = field(default_factory=TransformParams)
    decide: DecideParams = field(default_factory=DecideParams)
    plays: tuple[Play, ...] = ()
    experiment: ExperimentParams | None = None
    progression: Progression | None = None
    next_step: NextStep | None = None
    compute: ComputeParams = field(default_factory=ComputeParams)
    store: StoreParams = field(default_factory=StoreParams)
    gates: GateParams = field(default_factory=GateParams)
    watch: WatchParams = field(default_factory=WatchParams)
    journey: JourneyParams = field(default_factory=JourneyParams)
    delivery: DeliveryParams = field(default_factory=DeliveryParams)
    schedule: ScheduleParams = field(default_factory=ScheduleParams)
    alerts: AlertParams = field(default_factory=AlertParams)
    destinations: tuple[DestinationSpec, ...] = ()


SECTIONS: dict[str, type] = {
    "workspace": WorkspaceParams,
    "quarantine": QuarantineParams,
    "identity": IdentityParams,
    "money": MoneyParams,
    "sentiment": Feelings,
    "stages": StageParams,
    "churn": Churn,
    "panel": PanelParams,
    "features": FeatureParams,
    "model": BoostingParams,
    "transforms": TransformParams,
    "decide": DecideParams,
    "experiment": ExperimentParams,
    "next_step": NextStep,
    "compute": ComputeParams,
    "store": StoreParams,
    "gates": GateParams,
    "watch": WatchParams,
    "journey": JourneyParams,
    "delivery": DeliveryParams,
    "schedule": ScheduleParams,
    "alerts": AlertParams,
}


def read_settings(path: Path) -> Settings:
    """The settings in a workspace file, or `SettingsInvalid` with every mistake in it."""
    raw = _parse(path)
    known = [*SECTIONS, "progression", "personas", "sources", "destinations", "plays"]
    mistakes: list[Mistake] = [unknown_key(name, name, known) for name in raw if name not in known]
    churn, chosen = _kind_of_churn(raw, mistakes)
    chosen |= section_from_environment("store", chosen, mistakes)
    sections: dict[str, Any] = {
        name: validated(name, chosen.get(name, {}), kind, mistakes)
        for name, kind in {**SECTIONS, "churn": churn}.items()
        if name in chosen or name in ("workspace", "churn")
    }
    if "progression" in chosen:
        sections["progression"] = _progression(chosen["progression"], sections, mistakes)
    if sections.get("features"):
        mistakes.extend(below("features", mistakes_in_features(sections["features"])))
    if sections.get("stages"):
        mistakes.extend(below("stages", mistakes_in_stages(sections["stages"])))
    if sections.get("journey"):
        order = (sections.get("stages") or StageParams()).order
        mistakes.extend(below("journey", mistakes_in_journey(sections["journey"], order)))
    personas = _personas(raw.get("personas", {}), mistakes)
    read = _sources(raw.get("sources"), mistakes)
    sources = tuple(one.judged_by(sections.get("sentiment") or Feelings()) for one in read)
    destinations = destinations_told(raw.get("destinations", []), path.parent, mistakes)
    plays = plays_told(
        raw.get("plays", []),
        mistakes,
        decide=sections.get("decide") or DecideParams(),
        stages=(sections.get("stages") or StageParams()) if "progression" in chosen else None,
    )
    if not mistakes:
        told = attributes_of(sources)
        mistakes.extend(below("personas", mistakes_in_personas(personas, told)))
        segments = mistakes_in_segments(sections.get("features", FeatureParams()), told)
        mistakes.extend(below("features", segments))
        stages = sections.get("stages", StageParams())
        mistakes.extend(below("stages", mistakes_in_stage_facts(stages, told)))
    if mistakes:
        raise SettingsInvalid(path, mistakes)
    return Settings(
        sources=sources, personas=personas, destinations=destinations, plays=plays, **sections
    )


def _progression(
    values: object, sections: Mapping[str, Any], mistakes: list[Mistake]
) -> Progression | None:
    """How customers go from stage to stage; the stages themselves are told by [stages]."""
    if not isinstance(values, dict):
        return validated("progression", values, Progression, mistakes)
    stages = sections.get("stages") or StageParams()
    ladder = {"order": stages.order, "exits": stages.exits}
    twice = "is told in [stages]; remove it here"
    mistakes.extend(Mistake(f"progression.{name}", twice) for name in ladder if name in values)
    return validated("progression", {**values, **ladder}, Progression, mistakes)


def attributes_of(sources: Iterable[SourceSpec]) -> list[str]:
    """The attributes of customers that some sources tell."""
    return [name for spec in sources if spec.table == "customers" for name in spec.attributes]


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WorkspaceInvalid(
            f"the workspace file cannot be opened ({error.strerror})",
            where=str(path),
            mend="look at the file's rights",
        ) from error
    except UnicodeDecodeError as error:
        raise WorkspaceInvalid(
            "the workspace file is not written in UTF-8",
            where=str(path),
            mend="save it as UTF-8 in your editor",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceInvalid(
            f"the workspace file is not TOML: {error}",
            where=str(path),
            mend="correct that line; texts stand in quotes, lists in square brackets",
        ) from error


def _kind_of_churn(
    raw: dict[str, Any], mistakes: list[Mistake]
) -> tuple[type[Churn], dict[str, Any]]:
    """The definition that `churn.kind` chooses, and the sections without it."""
    churn = raw.get("churn")
    if not isinstance(churn, dict):
        return InactivityChurn, raw
    kind = churn.get("kind", InactivityChurn.kind)
    if kind not in CHURN_KINDS:
        mistakes.append(Mistake("churn.kind", f"is {kind!r}", nearest(str(kind), CHURN_KINDS)))
    settings = {key: churn[key] for key in churn if key != "kind"}
    return CHURN_KINDS.get(kind, InactivityChurn), {**raw, "churn": settings}


def _personas(raw: object, mistakes: list[Mistake]) -> dict[str, str]:
    if not isinstance(raw, dict):
        mistakes.append(Mistake("personas", "must be a table", "head it with [personas]"))
        return {}
    rules = {str(name): text for name, text in raw.items() if isinstance(text, str)}
    for name in raw.keys() - rules.keys():
        mend = "write it as SQL in quotes, such as 'employees >= 250'"
        mistakes.append(Mistake(f"personas.{name}", "is no rule", mend))
    mistakes.extend(below("personas", mistakes_in_rules(rules)))
    return rules


def _sources(raw: object, mistakes: list[Mistake]) -> tuple[SourceSpec, ...]:
    if not isinstance(raw, list) or not raw:
        mend = "describe each file in a table of its own, headed [[sources]]"
        mistakes.append(Mistake("sources", "there is none", mend))
        return ()
    specs: list[SourceSpec] = []
    for at, one in enumerate(raw):
        unset: list[Mistake] = []
        values = from_environment(one, unset) if isinstance(one, dict) else one
        mistakes.extend(below(f"sources[{at}]", unset))
        spec = validated(f"sources[{at}]", values, SourceSpec, mistakes)
        if spec:
            mistakes.extend(below(f"sources[{at}]", mistakes_in_source(spec)))
            specs.append(spec)
    mistakes.extend(repeated("sources", raw))
    return tuple(specs)
