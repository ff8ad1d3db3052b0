"""Salesforce's contacts, opportunities and history of opportunities, as Data Loader writes them.

Columns may go by the names of the API or by the labels of a report. Where a record is named by
15 characters, it is the record that others name by 18. An amount counts only where it is won.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.contracts import INSTANT
from features.sources import times
from features.sources.formats import exports, options
from features.sources.formats.exports import Touch
from features.sources.formats.labels import Labels, chosen, refusal, slug
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_SHORT = 15
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CUSTOMERS = {
    "account": ("Account ID", "Opportunity.AccountId"),
    "contact": ("Contact ID", "Opportunity.ContactId", "Primary Contact ID"),
}
_COMPANYS_AMOUNT = ("Converted Amount", "Amount (converted)")
_CURRENCY = ("CurrencyIsoCode", "Currency", "Amount Currency", "Opportunity Currency")
_STAGE = ("StageName", "Stage", "To Stage")
_CHANGED = ("Created Date", "Edit Date", "Last Modified")


def columns(spec: SourceSpec) -> dict[str, str]:
    """The contract's columns, which are made under their own names."""
    said = _options(spec)
    if spec.table == "customers" and said["object"] != "contacts":
        mend = 'write `object = "contacts"` in its options, or `table = "events"`'
        raise refusal(spec, "only Salesforce's contacts are customers", mend)
    if exports.is_table(spec.table, "stages") and said["object"] == "contacts":
        mend = "read the stages from opportunity_history"
        raise refusal(spec, "Salesforce's contacts enter no stage", mend)
    return options.mapped(spec, exports.MAPPED)


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The file's columns and those made of them; all are text."""
    return exports.schema(path, spec, _tidied)


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """What the first rows of the file tell."""
    return exports.head(path, spec, _tidied)


def read(path: Path, spec: SourceSpec) -> Raw:
    """All touches, or versions of contacts."""
    return exports.read(path, spec, _tidied)


def long_id(identity: pl.Expr) -> pl.Expr:
    """The 18 characters of a record's name that is written in 15; anything else as it is.

    The three that are added tell which of the others are capitals, five in each.

    >>> pl.select(long_id(pl.lit("001D000000IqhSL"))).item()
    '001D000000IqhSLIAZ'
    """
    capital = [identity.str.slice(at, 1).str.contains("^[A-Z]$") for at in range(_SHORT)]
    code = dict(enumerate(_LETTERS))
    added = [
        pl.sum_horizontal(
            capital[at + bit].cast(pl.UInt32) * 2**bit for bit in range(5)
        ).replace_strict(code, default=None, return_dtype=pl.String)
        for at in (0, 5, 10)
    ]
    is_short = identity.str.contains("^[A-Za-z0-9]{15}$")
    return pl.when(is_short).then(pl.concat_str(identity, *added)).otherwise(identity)


def _options(spec: SourceSpec) -> dict[str, str]:
    said = chosen(
        spec,
        object=("contacts", "opportunities", "opportunity_history"),
        customer=("", "contact", "account"),
        won=("Closed Won",),
    )
    usual = "contact" if said["object"] == "contacts" else "account"
    return {**said, "customer": said["customer"] or usual}


def _tidied(rows: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    said = _options(spec)
    labels = Labels(rows.collect_schema().names())
    who = _CUSTOMERS[said["customer"]]
    if said["object"] == "contacts" and said["customer"] == "contact":
        who = ("Contact ID", "ID")
    named = rows.with_columns(
        customer_id=long_id(labels.needed("customer_id", spec, *who)), channel=pl.lit("crm")
    )
    match said["object"]:
        case "contacts":
            return _contacts(named, labels, spec)
        case "opportunities":
            return _opportunities(named, labels, spec, said["won"])
        case _:
            return _history(named, labels, spec, said["won"])


def _contacts(rows: pl.LazyFrame, labels: Labels, spec: SourceSpec) -> pl.LazyFrame:
    if spec.table == "customers":
        since = labels.needed("valid_from", spec, "SystemModstamp", "Last Modified Date")
        return rows.drop("channel").with_columns(valid_from=since)
    created = Touch(
        name="created", step=pl.lit("contact_created"), occurred_at=labels.cell("Created Date")
    )
    key = long_id(labels.cell("Contact ID", "ID"))
    return exports.unfold(rows.with_columns(source_key=key), [created], spec)


def _opportunities(rows: pl.LazyFrame, labels: Labels, spec: SourceSpec, won: str) -> pl.LazyFrame:
    """The creation, and the entry into the present stage as far as the export tells it."""
    amount = exports.amount(rows, labels, spec, _COMPANYS_AMOUNT, _CURRENCY)
    stage = labels.cell(*_STAGE)
    closed = labels.cell("IsClosed", "Closed").str.to_lowercase().is_in(["true", "1"])
    is_won = exports.is_won(stage, won)
    closed_at = pl.when(closed | is_won).then(labels.cell("Close Date"))
    created = Touch(
        name="created", step=pl.lit("opportunity_created"), occurred_at=labels.cell("Created Date")
    )
    entered = Touch(
        name="stage",
        step=pl.lit("opportunity_") + slug(stage),
        occurred_at=pl.coalesce(
            labels.cell("LastStageChangeDate", "Last Stage Change Date"), closed_at
        ),
        stage=stage,
        value=pl.when(is_won).then(amount),
    )
    key = long_id(labels.cell("Opportunity ID", "ID"))
    return exports.unfold(rows.with_columns(source_key=key), [created, entered], spec)


def _history(rows: pl.LazyFrame, labels: Labels, spec: SourceSpec, won: str) -> pl.LazyFrame:
    """A step for each row: a stage was entered, or something else of the opportunity changed."""
    named = labels.cell(*_STAGE)
    amount = exports.amount(rows, labels, spec, _COMPANYS_AMOUNT, _CURRENCY)
    if labels.find("Field", "Field / Event"):
        field = slug(labels.cell("Field", "Field / Event"))
        stage = pl.when(field.is_in(["stagename", "stage"])).then(labels.cell("New Value"))
        other = pl.when(field == "created").then(pl.lit("created")).otherwise(pl.lit("updated"))
    else:
        stage = pl.when(named.ne_missing(_before(named, labels, spec))).then(named)
        other = pl.lit("updated")
    made = rows.with_columns(
        occurred_at=labels.cell(*_CHANGED),
        step=pl.lit("opportunity_") + pl.coalesce(slug(stage), other),
        stage=stage,
        value=pl.when(exports.is_won(stage, won)).then(amount),
        source_key=long_id(labels.cell("History ID", "ID")),
    )
    only_stages = exports.is_table(spec.table, "stages")
    return made.filter(pl.col("stage").is_not_null()) if only_stages else made


def _before(stage: pl.Expr, labels: Labels, spec: SourceSpec) -> pl.Expr:
    """The stage of the same opportunity in the row before in time."""
    if labels.find("Opportunity ID") is None:
        mend = "add it to the export: rows are compared with the one before"
        raise refusal(spec, "the export has no column 'Opportunity ID'", mend)

    def instants(cells: pl.Series) -> pl.Series:
        zone = ZoneInfo(spec.time_zone or "UTC")
        return times.instants(cells, zone=zone, time_format=spec.time_format)

    moment = labels.cell(*_CHANGED).map_batches(instants, return_dtype=INSTANT)
    return stage.shift(1).over(long_id(labels.cell("Opportunity ID")), order_by=[moment, ROW])
