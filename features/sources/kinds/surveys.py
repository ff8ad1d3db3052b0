"""Answers to surveys as CSV: NPS from 0 to 10 or CSAT from 1 to 5, with or without free text.

The sentiment is the score, laid between -1 and 1.
"""

from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources.formats import dates, options
from features.sources.formats.labels import Labels, filled
from features.sources.kinds import csv
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_FIRST_ROWS = 8_192
_SCALES = {"nps": (0, 10), "csat": (1, 5)}
_LABELS = {
    "respondent": (
        "customer id",
        "email",
        "email address",
        "respondent email",
        "respondent",
        "alamat email",
    ),
    "answered_at": (
        "answered at",
        "submitted at",
        "submission date",
        "completed at",
        "response date",
        "responded at",
        "end date",
        "timestamp",
        "cap waktu",
        "tanggal",
        "date",
    ),
    "comment": ("comment", "comments", "feedback", "free text", "komentar", "saran"),
    "source_key": ("response id", "respondent id", "submission id", "id"),
}
_SCORES = {
    "nps": ("nps", "nps score", "skor nps"),
    "csat": ("csat", "csat score", "satisfaction", "skor csat", "kepuasan"),
}
_ANY_SCORE = ("score", "rating", "skor", "nilai")
_QUESTIONS = {
    "nps": ("how likely", "seberapa besar kemungkinan", "seberapa mungkin"),
    "csat": ("how satisfied", "seberapa puas"),
}
_EVENTS = {
    "customer_id": "respondent",
    "occurred_at": "answered_at",
    "channel": "'survey'",
    "step": "step",
    "sentiment": "sentiment",
    "source_key": "source_key",
}


def columns(spec: SourceSpec) -> dict[str, str]:
    """One answer: who, when, which survey, and the score as a sentiment."""
    return options.mapped(spec, {"events": _EVENTS})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The columns that are made of every survey; refuses one whose score is not plain."""
    _scored(csv.schema(path, spec).names(), spec)
    made = [*_LABELS, "step", "score", "sentiment"]
    return pl.Schema(dict.fromkeys(made, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first answers, some thousands at most."""
    return read(path, spec).rows.drop(ROW).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All answers of the file."""
    raw = csv.read(path, spec)
    names = [name for name in raw.rows.collect_schema().names() if name != ROW]
    survey, column = _scored(names, spec)
    labels = Labels(names)
    cells = {made: labels.cell(*known) for made, known in _LABELS.items()}
    score = filled(column)
    rows = raw.rows.select(
        ROW,
        **cells,
        step=pl.lit(f"survey_{survey}"),
        score=score,
        sentiment=_sentiment(score, *_SCALES[survey]),
    ).collect()
    written = dates.iso(rows["answered_at"].to_list(), spec)
    return Raw(rows.with_columns(pl.Series("answered_at", written, pl.String)).lazy(), raw.broken)


def _scored(names: list[str], spec: SourceSpec) -> tuple[str, str]:
    """Which survey it is, and the column of its score."""
    said = options.known(spec, "survey", "date_order").get("survey")
    dates.declared_order(spec)
    if said and said not in _SCALES:
        raise DataRefused(
            f"source {spec.name!r}: `options.survey` is {said!r}",
            where=spec.path,
            mend=nearest(said, _SCALES),
        )
    wanted = (said,) if said else tuple(_SCALES)
    found = {survey: column for survey in wanted if (column := _score(names, survey, said))}
    if len(found) == 1:
        return found.popitem()
    what = "several columns that may be the score" if found else "no column for the score"
    raise DataRefused(
        f"source {spec.name!r} has {what}",
        where=spec.path,
        mend="declare `options.survey` as nps or csat, and call the column by that name",
    )


def _score(names: list[str], survey: str, said: str | None) -> str | None:
    labels = (*_SCORES[survey], *(_ANY_SCORE if said else ()))
    asked = (name for name in names if name.casefold().startswith(_QUESTIONS[survey]))
    return Labels(names).find(*labels) or next(asked, None)


def _sentiment(score: pl.Expr, least: int, most: int) -> pl.Expr:
    """The score between -1 and 1; what is no number stays as it is, to be quarantined."""
    number = score.cast(pl.Float64, strict=False)
    middle, half = (most + least) / 2, (most - least) / 2
    return pl.coalesce(((number - middle) / half).cast(pl.String), score)
