"""`jejak features --check`: the laws of features, tried on a sample of the workspace's lake."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from features.catalog import Feature
from features.clock import last_midnight, shift
from features.lake import Snapshot, open_lake
from features.own.laws import LAWS, Law, World, company
from features.own.own import OwnFeature
from pipelines.data.listing import known_features, of_family
from pipelines.terminal.progress import step
from pipelines.workspace import Workspace, open_workspace

BROKEN = 7
"""The exit code where a feature breaks a law."""

CUSTOMERS = 200
DAYS_BACK = (168, 28, 0)
"""The sample: so many customers, at midnights so many days before the last."""

ALL_LAWS: dict[str, Law] = {**LAWS, company.__name__: company}


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A feature that breaks a law, how, and the line of the workspace's own file if it is there."""

    law: str
    feature: str
    how: str
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What trying the laws found, on a sample of so many customers and cutoffs."""

    features: int
    customers: int
    cutoffs: int
    breaches: tuple[Breach, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or `BROKEN` if a feature breaks a law."""
        return BROKEN if self.breaches else 0

    def facts(self) -> dict[str, Any]:
        """The size of the sample, and every breach; no customer."""
        return {
            "exit_code": self.exit_code,
            "features": self.features,
            "customers": self.customers,
            "cutoffs": self.cutoffs,
            "laws": list(ALL_LAWS),
            "breaches": [asdict(one) for one in self.breaches],
        }

    def text(self, seconds: float) -> None:
        """Print each law, and who breaks it how."""
        console = Console(highlight=False)
        for name, law in ALL_LAWS.items():
            found = [one for one in self.breaches if one.law == name]
            verdict = ("broken", "bold red") if found else ("holds ", "green")
            console.print(Text.assemble(verdict, f"  {sentence(law)}"))
            for one in found:
                place = f" ({one.where})" if one.where else ""
                console.print(Text(f"        {one.feature}: {one.how}{place}"), soft_wrap=True)
        console.print(
            f"\n{self.features} features, {self.customers} customers, {self.cutoffs} cutoffs; "
            f"{seconds:.1f} s"
        )


def prove(root: Path, *, family: str | None = None) -> Proof:
    """Try every law on the features of a workspace, or on those of one family."""
    workspace = open_workspace(root)
    snapshot = open_lake(workspace.lake)
    features = of_family(known_features(workspace, snapshot), family).features
    world = sample(workspace, snapshot)
    with step("Trying the laws") as note:
        breaches: list[Breach] = []
        for name in ALL_LAWS:
            note(name)
            breaches += broken(name, world, features)
    return Proof(
        features=len(features),
        customers=len(world.customers),
        cutoffs=len(world.cutoffs),
        breaches=tuple(breaches),
    )


def sample(workspace: Workspace, snapshot: Snapshot) -> World:
    """Some customers of the lake at some midnights up to its watermark."""
    zone = workspace.settings.workspace.zone
    last = last_midnight(snapshot.watermark, zone)
    cutoffs = [shift(last, -days, zone) for days in DAYS_BACK]
    return World.sample(snapshot.told(), cutoffs, zone, CUSTOMERS)


def broken(name: str, world: World, features: Sequence[Feature]) -> list[Breach]:
    """The features that break a law, in the order of the catalog."""
    found = ALL_LAWS[name](world, features)
    return [
        Breach(law=name, feature=one.name, how=found[one.name], where=_place(one))
        for one in features
        if one.name in found
    ]


def sentence(law: Law) -> str:
    """A law in one sentence."""
    return (law.__doc__ or "").partition("\n")[0]


def _place(feature: Feature) -> str:
    return feature.place if isinstance(feature, OwnFeature) else ""
