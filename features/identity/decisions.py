"""Likely matches in numbers, with the decisions nearest to the threshold: is it well set?"""

from dataclasses import dataclass, field

import polars as pl

from features.identity.likely import places_to_learn_from
from features.identity.tables import TRAITS

_RECORD = ["source", "key"]
_EACH = 5


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Two records, and whether they became one customer."""

    probability: float
    joined: bool
    source: str
    other_source: str
    one: str = field(repr=False)
    """Name and places as they were compared: for a person who asks on a terminal, never a log."""
    other: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class LikelyReport:
    """What `jejak doctor` prints of likely matches."""

    threshold: float
    records: int
    """Have a name and a place."""
    learned_from: tuple[str, ...]
    """Places on which enough pairs agree; if there is none, nothing is joined."""
    pairs: int
    """Records joined without a handle in common."""
    above: tuple[Decision, ...]
    """The least likely of those that were joined."""
    below: tuple[Decision, ...]
    """The likeliest of those that were not."""


def likely_report(
    links: pl.DataFrame, traits: pl.DataFrame, threshold: float, each: int = _EACH
) -> LikelyReport:
    """The report on what `likely_links` found; `each` decisions on either side."""
    joined = links.filter("joined").sort("probability", *links.columns)
    nearly = links.filter(~pl.col("joined")).sort(pl.col("probability").neg(), *links.columns)
    return LikelyReport(
        threshold=threshold,
        records=traits.height,
        learned_from=tuple(places_to_learn_from(traits)),
        pairs=joined.height,
        above=_decisions(joined.head(each), traits),
        below=_decisions(nearly.head(each), traits),
    )


def _decisions(links: pl.DataFrame, traits: pl.DataFrame) -> tuple[Decision, ...]:
    kinds = [name for name in TRAITS.schema if name not in (*_RECORD, "known_at")]
    one = traits.select(*_RECORD, one=pl.concat_str(kinds, separator=", ", ignore_nulls=True))
    other = one.rename({"source": "other_source", "key": "other_key", "one": "other"})
    told = links.join(one, on=_RECORD, how="left", maintain_order="left").join(
        other, on=["other_source", "other_key"], how="left", maintain_order="left"
    )
    shown = told.select("probability", "joined", "source", "other_source", "one", "other")
    return tuple(Decision(**row) for row in shown.iter_rows(named=True))
