"""What a model says of everyone at risk, partition after partition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalog import Feature
from features.engine.partitions import Engine
from features.known.told import Parts
from models.answers.churn import ChurnModel
from models.answers.rules import BANDS, RulesModel
from models.reasons.why import Reasons, reasons
from models.rows.at_risk import AtRisk, at_risk, rows_built, rows_withheld

Answering = ChurnModel | RulesModel

_REASON = pa.struct([(name, pa.string()) for name in ("code", "kind", "theme", "sentence")])
_FURTHER = pa.struct(
    [
        ("horizon_days", pa.int64()),
        ("probability", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Who is told why, and in which language (en or id).

    Reasons are the dearest of a night, so that only those have any whose probability is at least
    `probability_least`, or whom rules put into one of the `bands`. `before` are the reasons of the
    night before by customer. Customers who are `withheld` are not scored.
    """

    language: str = "en"
    probability_least: float = 0.0
    bands: tuple[str, ...] = BANDS
    before: Mapping[str, Reasons] = field(default_factory=dict[str, Reasons])
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scored:
    """Who is at risk at a cutoff, and what a model says of them.

    `rows` has the columns customer_id, probability, low, high, further (a list of horizon_days,
    probability, low and high), band, reasons (a list of code, kind, theme and sentence) and what
    was wanted beside them. Where rules answer there is a band and no probability, otherwise the
    reverse. `not_at_risk` counts the customers of whom there is nothing to say, `withheld` those
    at risk of whom nothing may be said.
    """

    rows: pd.DataFrame
    not_at_risk: int
    withheld: int = 0


def score_parts(
    model: Answering,
    parts: Parts,
    cutoff: datetime,
    beside: Sequence[Feature],
    *,
    zone: ZoneInfo,
    engine: Engine,
    telling: Telling,
) -> Scored:
    """Probability of everyone at risk at a cutoff, reasons, and some features `beside`.

    Each part is built and scored by itself, so of the features of a part nothing is left when the
    next one begins. `DataRefused` if nobody is at risk.
    """
    features = [*model.needed(), *beside]
    wanted = at_risk(
        parts, [cutoff], features, model.target, zone=zone, engine=engine, withheld=telling.withheld
    )
    names = tuple(feature.name for feature in beside)
    look = _Look(wanted=wanted, model=model, telling=telling, beside=names)
    tables = list(engine.map(look.table, range(len(parts))))
    rows = pa.concat_tables(tables).to_pandas()
    if rows.empty:
        raise wanted.nobody()
    kept_back = rows_withheld(tables)
    silent = rows_built(tables) - len(rows) - kept_back
    return Scored(rows, not_at_risk=silent, withheld=kept_back)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is asked of each part: those at risk at one cutoff, and what the model says of them."""

    wanted: AtRisk
    model: Answering
    telling: Telling
    beside: tuple[str, ...]

    def table(self, place: int) -> pa.Table:
        """The scored rows of one part."""
        found = self.wanted.table(place)
        rows = self.model.target.columns(found.to_pandas())
        answers = _answers(self.model, rows)
        told = {
            "customer_id": pa.array(rows["customer_id"], pa.string()),
            **answers,
            "reasons": pa.array(self._why(rows, answers), pa.list_(_REASON)),
            **{name: pa.array(rows[name], pa.float64()) for name in self.beside},
        }
        return pa.table(told, metadata=found.schema.metadata)

    def _why(self, rows: pd.DataFrame, answers: Mapping[str, pa.Array]) -> list[Reasons]:
        """The reasons of each row; none of those who are not to be told."""
        telling = self.telling
        likely = answers["probability"].to_numpy(zero_copy_only=False) >= telling.probability_least
        urgent = np.isin(answers["band"].to_numpy(zero_copy_only=False), telling.bands)
        places = np.flatnonzero(likely | urgent)
        why: list[Reasons] = [[] for _ in range(len(rows))]
        if not len(places):
            return why
        few = rows.iloc[places]
        before = [telling.before.get(customer, ()) for customer in few["customer_id"]]
        threads = self.wanted.threads
        found = reasons(self.model, few, language=telling.language, before=before, threads=threads)
        for place, one in zip(places, found, strict=True):
            why[place] = one
        return why


def _answers(model: Answering, rows: pd.DataFrame) -> dict[str, pa.Array]:
    """What is said of each row, whatever answers: a band, or probabilities."""
    told = {name: pa.nulls(len(rows), kind) for name, kind in _ANSWERS.items()}
    if rows.empty:
        return told
    if isinstance(model, RulesModel):
        return told | {"band": pa.array(model.bands(rows), pa.string())}
    return told | _probable(model, rows)


_ANSWERS = {
    "probability": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "further": pa.list_(_FURTHER),
    "band": pa.string(),
}


def _probable(model: ChurnModel, rows: pd.DataFrame) -> dict[str, pa.Array]:
    """The probability with its bounds, and those of further horizons."""
    p = model.by_horizon(rows)
    told = (p, *model.around(p))
    days = np.array(model.horizons_days)
    own = days == model.target.horizon_days
    others = [
        np.tile(days[~own], len(rows)),
        *(one[:, ~own].ravel() for one in told),
    ]
    further = pa.StructArray.from_arrays([pa.array(one) for one in others], fields=list(_FURTHER))
    starts = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(len(days) - 1)
    first = {
        name: pa.array(one[:, own].ravel())
        for name, one in zip(("probability", "low", "high"), told, strict=True)
    }
    return {**first, "further": pa.ListArray.from_arrays(starts, further)}
