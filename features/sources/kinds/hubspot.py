"""HubSpot's exports of contacts, deals and engagements (calls, e-mails, meetings) as CSV.

Dates of entering a stage are those of the last entry: HubSpot overwrites them. The amount of a
deal is overwritten too, so it counts only where the deal is won.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from features.sources.formats import exports, options
from features.sources.formats.exports import Touch
from features.sources.formats.labels import Labels, chosen, refusal, slug
from features.sources.raw import Raw
from features.sources.spec import SourceSpec

_ENTERED = re.compile(
    r'date entered "(?P<stage>.+?)(?: \((?P<pipeline>[^()]*)\))?"$', re.IGNORECASE
)
_BECAME = re.compile(r"became an? (?P<stage>.+) date$", re.IGNORECASE)
_CUSTOMERS = {
    "contact": ("Associated Contact IDs", "Associated Contact ID"),
    "company": (
        "Associated Company IDs",
        "Associated Company ID",
        "Primary Associated Company ID",
        "Associated Company IDs (Primary)",
    ),
}
_COMPANYS_AMOUNT = ("Amount in company currency",)
_CURRENCY = ("Currency",)
_KEYS = ("Record ID", "Record ID - Contact", "Record ID - Deal", "Contact ID", "Deal ID")
_ACTIVITIES = {
    "call": ("call", "call"),
    "email": ("email", "email_sent"),
    "incoming_email": ("email", "email_received"),
    "meeting": ("meeting", "meeting"),
    "sms": ("sms", "sms"),
    "whats_app": ("whatsapp", "whatsapp"),
    "linkedin_message": ("social", "linkedin_message"),
    "postal_mail": ("mail", "postal_mail"),
}


def columns(spec: SourceSpec) -> dict[str, str]:
    """The contract's columns, which are made under their own names."""
    said = _options(spec)
    if spec.table == "customers" and said["object"] != "contacts":
        mend = 'write `object = "contacts"` in its options, or `table = "events"`'
        raise refusal(spec, "only HubSpot's contacts are customers", mend)
    mapped = options.mapped(spec, exports.MAPPED)
    if said["object"] == "engagements" and spec.table == "events":
        mapped["known_at"] = "known_at"
    return mapped


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The file's columns and those made of them; all are text."""
    return exports.schema(path, spec, _tidied)


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """What the first rows of the file tell."""
    return exports.head(path, spec, _tidied)


def read(path: Path, spec: SourceSpec) -> Raw:
    """All touches, or versions of contacts; a row of several contacts counts for each."""
    return exports.read(path, spec, _tidied)


def _options(spec: SourceSpec) -> dict[str, str]:
    return chosen(
        spec,
        object=("contacts", "deals", "engagements"),
        customer=("contact", "company"),
        won=("Closed Won",),
        activity=("",),
    )


def _tidied(rows: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    said = _options(spec)
    labels = Labels(rows.collect_schema().names())
    match said["object"]:
        case "contacts":
            return _contacts(rows, labels, spec, said)
        case "deals":
            return _deals(rows, labels, spec, said)
        case _:
            return _engagements(rows, labels, spec, said)


def _contacts(
    rows: pl.LazyFrame, labels: Labels, spec: SourceSpec, said: dict[str, str]
) -> pl.LazyFrame:
    key = labels.cell(*_KEYS)
    who = _KEYS if said["customer"] == "contact" else _CUSTOMERS["company"]
    if spec.table == "customers":
        since = labels.needed("valid_from", spec, "Last Modified Date")
        customer = labels.needed("customer_id", spec, *who)
        return rows.with_columns(customer_id=customer, valid_from=since)
    created = Touch(
        name="created", step=pl.lit("contact_created"), occurred_at=labels.cell("Create Date")
    )
    made = _of_each(rows, labels.needed("customer_id", spec, *who), key)
    return exports.unfold(made, [created, *_stages(labels, "lifecycle", spec)], spec)


def _deals(
    rows: pl.LazyFrame, labels: Labels, spec: SourceSpec, said: dict[str, str]
) -> pl.LazyFrame:
    amount = exports.amount(rows, labels, spec, _COMPANYS_AMOUNT, _CURRENCY)
    customer = labels.needed("customer_id", spec, *_CUSTOMERS[said["customer"]])
    made = _of_each(rows, customer, labels.cell(*_KEYS))
    once = pl.when(_first_of(customer).eq_missing(pl.col("customer_id"))).then(amount)
    created = Touch(
        name="created", step=pl.lit("deal_created"), occurred_at=labels.cell("Create Date")
    )
    stages = [*_stages(labels, "deal", spec, once, said["won"])] or [
        _closed(labels, once, said["won"])
    ]
    return exports.unfold(made, [created, *stages], spec)


def _engagements(
    rows: pl.LazyFrame, labels: Labels, spec: SourceSpec, said: dict[str, str]
) -> pl.LazyFrame:
    if exports.is_table(spec.table, "stages"):
        mend = "read the stages from contacts or deals"
        raise refusal(spec, "HubSpot's engagements enter no stage", mend)
    logged = labels.cell("Create Date")
    at = pl.coalesce(labels.cell("Activity Date", "Engagement Date", "Meeting Start Time"), logged)
    named = labels.cell("Activity Type", "Engagement Type", "Type")
    kind = slug(pl.coalesce(named, pl.lit(said["activity"] or None, pl.String)))
    customer = labels.needed("customer_id", spec, *_CUSTOMERS[said["customer"]])
    key = labels.cell("Record ID", "Engagement ID", "Activity ID")
    channels, steps = ({name: pair[at] for name, pair in _ACTIVITIES.items()} for at in (0, 1))
    return _of_each(rows, customer, key).with_columns(
        occurred_at=at,
        known_at=pl.coalesce(logged, at),
        channel=kind.replace_strict(channels, default=pl.lit("crm"), return_dtype=pl.String),
        step=kind.replace(steps),
        value=pl.lit(None, pl.String),
        stage=pl.lit(None, pl.String),
    )


def _of_each(rows: pl.LazyFrame, customers: pl.Expr, key: pl.Expr) -> pl.LazyFrame:
    """Each row once for every customer in it, and once without where there is none."""
    split = rows.with_columns(customer_id=_split(customers)).explode("customer_id")
    return split.with_columns(
        channel=pl.lit("crm"), source_key=pl.concat_str(key, "customer_id", separator=":")
    )


def _split(customers: pl.Expr) -> pl.Expr:
    each = customers.str.split(";").list.eval(pl.element().str.strip_chars())
    named = each.list.filter(pl.element() != "").list.unique(maintain_order=True)
    return pl.when(named.list.len() > 0).then(named)  # an empty list would end the row


def _first_of(customers: pl.Expr) -> pl.Expr:
    return _split(customers).list.first()


def _stages(
    labels: Labels, prefix: str, spec: SourceSpec, amount: pl.Expr | None = None, won: str = ""
) -> Iterator[Touch]:
    """A touch for each column that says when a stage was entered."""
    found = {name: _ENTERED.match(name.strip()) for name in labels.columns}
    entered = {name: (match["stage"], match["pipeline"]) for name, match in found.items() if match}
    known = {stage.lower() for stage, _ in entered.values()}
    for name in labels.columns if prefix == "lifecycle" else ():
        match = _BECAME.match(name.strip())
        if match and match["stage"].lower() not in known:
            entered[name] = (match["stage"], None)
    if not entered and exports.is_table(spec.table, "stages"):
        mend = "add the columns 'Date entered ...' to the export"
        raise refusal(spec, "the export does not say when a stage was entered", mend)
    for name, (stage, pipeline) in entered.items():
        here = pl.lit(stage)
        paid = None if amount is None else pl.when(exports.is_won(here, won)).then(amount)
        yield Touch(
            name=f"{pipeline or ''}/{stage}",
            step=pl.lit(f"{prefix}_") + slug(here),
            occurred_at=labels.cell(name),
            stage=here,
            value=paid,
        )


def _closed(labels: Labels, amount: pl.Expr, won: str) -> Touch:
    """The winning of a deal where the export does not say when stages were entered."""
    stage = labels.cell("Deal Stage").str.replace(r" \([^()]*\)$", "")
    is_won = exports.is_won(stage, won)
    return Touch(
        name="closed",
        step=pl.lit("deal_") + slug(stage),
        occurred_at=pl.when(is_won).then(labels.cell("Close Date")),
        stage=stage,
        value=amount,
    )
