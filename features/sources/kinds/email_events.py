"""What became of e-mails, as platforms tell it: one event a line of JSON or a row of CSV.

Known are the fields of SendGrid, Mailchimp (and its webhooks, Transactional too), Mailgun, Brevo.
"""

from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.formats import options
from features.sources.formats.labels import Labels, slug
from features.sources.kinds import csv, jsonl
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_NEEDED = ("recipient", "event_at", "event")
_LABELS = {
    "recipient": ("email", "recipient", "email address", "msg.email", "data.email", "to"),
    "event_at": ("timestamp", "ts", "event time", "fired at", "time", "date"),
    "event": ("event", "action", "event type", "type"),
    "campaign": (
        "marketing campaign name",
        "campaign title",
        "campaign",
        "msg.subject",
        "message.headers.subject",
        "subject",
        "category",
    ),
    "url": ("url", "link"),
    "source_key": ("sg event id", "event id", "id"),
}
_STEPS = {
    "sent": ("sent", "send", "processed", "accepted"),
    "delivered": ("delivered", "delivery"),
    "open": ("open", "opened", "opens"),
    "click": ("click", "clicked", "clicks"),
    "bounce": (
        "bounce",
        "bounced",
        "hard_bounce",
        "hardbounce",
        "soft_bounce",
        "softbounce",
        "failed",
        "blocked",
        "cleaned",
    ),
    "unsubscribe": ("unsubscribe", "unsubscribed", "unsub", "group_unsubscribe"),
    "spam": ("spam", "spamreport", "spam_report", "complained", "complaint", "abuse"),
}
_WORDS = {word: f"email_{step}" for step, words in _STEPS.items() for word in words}
_ENDING = ("email_unsubscribe", "email_spam")
_TABLES = {
    "events": {
        "customer_id": "recipient",
        "occurred_at": "event_at",
        "channel": "'email'",
        "step": "step",
        "source_key": "source_key",
    },
    "suppressions": {
        "customer_id": "recipient",
        "starts_at": "event_at",
        "channel": "'email'",
        "source_key": "source_key",
    },
}
_LATEST_SECOND = 7_258_118_400  # 2200
_MICROSECONDS = 1_000_000


def columns(spec: SourceSpec) -> dict[str, str]:
    """One event: to whom, when, and `email_` with what happened; or who wants no more e-mails."""
    return options.mapped(spec, _TABLES)


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The columns that are made of every export, all text; refuses a file that is none."""
    options.known(spec)
    _tidied(pl.LazyFrame(schema={ROW: pl.UInt32, **_file(path).schema(path, spec)}), spec)
    return pl.Schema(dict.fromkeys([*_LABELS, "step"], pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first events, some thousands at most."""
    first = _file(path).head(path, spec).with_row_index(ROW, offset=1)
    return _tidied(first.lazy(), spec).drop(ROW).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All events of the file; lines that cannot be told apart are broken."""
    options.known(spec)
    raw = _file(path).read(path, spec)
    return Raw(_tidied(raw.rows, spec), raw.broken)


def _tidied(raw: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    labels = Labels(name for name in raw.collect_schema().names() if name != ROW)
    for made in _NEEDED:
        if labels.find(*_LABELS[made]) is None:
            raise DataRefused(
                f"source {spec.name!r} has no column for the {made.replace('_', ' ')}",
                where=spec.path,
                mend=f"call it {_LABELS[made][0]!r}, or read the file as csv or jsonl",
            )
    cells = {made: labels.cell(*known) for made, known in _LABELS.items()}
    event = slug(cells["event"])
    step = event.replace_strict(_WORDS, default="email_" + event, return_dtype=pl.String)
    cells["event_at"] = cells["event_at"] if spec.time_format else _instant(cells["event_at"])
    told = raw.select(ROW, **cells, step=step)
    return told.filter(pl.col("step").is_in(_ENDING)) if spec.table == "suppressions" else told


def _file(path: Path):  # noqa: ANN202 (a module)
    return csv if path.suffix == ".csv" else jsonl


def _instant(cell: pl.Expr) -> pl.Expr:
    """Seconds or milliseconds since 1970 as ISO 8601; what is no number stays as it is."""
    number = cell.cast(pl.Float64, strict=False)
    seconds = pl.when(number > _LATEST_SECOND).then(number / 1_000).otherwise(number)
    inside = seconds.is_between(0, _LATEST_SECOND)
    whole = pl.when(inside).then((seconds * _MICROSECONDS).round()).cast(pl.Int64, strict=False)
    written = whole.cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return pl.coalesce(written, cell)
