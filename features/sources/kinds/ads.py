"""What campaigns cost a day, as Google Ads and Meta Ads export it: it has no customer.

Lines above the header and rows of totals are no rows.
"""

import re
from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.formats import options, report
from features.sources.formats.labels import Labels, filled, slug
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_FIRST_ROWS = 8_192
_DAY = ("day", "date", "hari")
_ONE_DAY = (("reporting starts", "awal pelaporan"), ("reporting ends", "akhir pelaporan"))
_CAMPAIGN = ("campaign", "campaign name", "nama kampanye")
_COST = ("cost", "amount spent", "jumlah yang dibelanjakan")
_COST_IN = re.compile(rf"(?:{'|'.join(_COST)}) \(([A-Za-z]{{3}})\)", re.IGNORECASE)
_IMPRESSIONS = ("impr.", "impressions", "impresi")
_CLICKS = ("clicks", "link clicks", "clicks (all)", "klik tautan")
_CURRENCY = ("currency code", "currency", "account currency")
_CHANNELS = {
    "search": "paid_search",
    "display": "display",
    "video": "paid_video",
    "shopping": "paid_shopping",
}
_MADE = ("day", "channel", "campaign", "cost", "currency", "impressions", "clicks", "source_key")
_SPEND = {"spent_at": "day", **{name: name for name in _MADE[1:]}}


def columns(spec: SourceSpec) -> dict[str, str]:
    """What one campaign cost on one day, in which currency."""
    return options.mapped(spec, {"spend": _SPEND})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The columns that are made of every export, all text; refuses a file that is none."""
    read(path, spec)
    return pl.Schema(dict.fromkeys(_MADE, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    return read(path, spec).rows.drop(ROW).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows but totals."""
    decimal = _decimal(spec)
    rows, broken = report.read(path, spec, _is_header)
    names = [name for name in rows.columns if name != ROW]
    labels = Labels(names)
    cost = _cost(names)
    stated = _COST_IN.fullmatch(cost.strip())
    made = {
        "day": _day(labels),
        "channel": _channel(labels),
        "campaign": labels.cell(*_CAMPAIGN),
        "cost": _number(filled(cost), decimal),
        "currency": _currency(labels, stated[1] if stated else None, spec),
        "impressions": _number(labels.cell(*_IMPRESSIONS), decimal),
        "clicks": _number(labels.cell(*_CLICKS), decimal),
    }
    total = pl.col(names[0]).str.contains(r"(?i)^\s*total(:|\s*$)") | made["campaign"].is_null()
    spent = rows.filter(~total).select(ROW, **made)
    return Raw(spent.with_columns(source_key=_key()).lazy(), broken)


def _key() -> pl.Expr:
    """Day, channel and campaign, and which of the rows that share them."""
    own = ("day", "channel", "campaign")
    place = pl.int_range(1, pl.len() + 1).over(own)
    return pl.concat_str(*own, place, separator="/", ignore_nulls=True)


def _decimal(spec: SourceSpec) -> str:
    decimal = options.known(spec, "decimal").get("decimal", ".")
    if decimal not in {".", ","}:
        raise DataRefused(
            f"source {spec.name!r}: `options.decimal` is {decimal!r}",
            where=spec.path,
            mend="write '.' or ','",
        )
    return decimal


def _is_header(cells: list[str]) -> bool:
    labels = Labels(cells)
    timed = labels.find(*_DAY) or all(labels.find(*names) for names in _ONE_DAY)
    return bool(timed and labels.find(*_CAMPAIGN) and any(map(_is_cost, cells)))


def _is_cost(name: str) -> bool:
    return name.strip().casefold() in _COST or bool(_COST_IN.fullmatch(name.strip()))


def _cost(names: list[str]) -> str:
    return next(filter(_is_cost, names))


def _day(labels: Labels) -> pl.Expr:
    """The day; a report over more days than one has none."""
    if labels.find(*_DAY):
        return labels.cell(*_DAY)
    first, last = (labels.cell(*names) for names in _ONE_DAY)
    return pl.when(first == last).then(first)


def _channel(labels: Labels) -> pl.Expr:
    """Meta's ads are social; Google's by the type of the campaign, else search."""
    if labels.find("campaign type") is None and labels.find(*_ONE_DAY[0]):
        return pl.lit("paid_social")
    kind = slug(labels.cell("campaign type")).fill_null("search")
    return kind.replace_strict(_CHANNELS, default="paid_" + kind, return_dtype=pl.String)


def _currency(labels: Labels, known: str | None, spec: SourceSpec) -> pl.Expr:
    if labels.find(*_CURRENCY):
        return labels.cell(*_CURRENCY)
    if known is None and spec.currency in {None, "currency"}:
        raise DataRefused(
            f"source {spec.name!r} does not say its currency",
            where=spec.path,
            mend="declare `currency`, such as IDR, or export the currency code",
        )
    return pl.lit(known, pl.String).str.to_uppercase()


def _number(cell: pl.Expr, decimal: str) -> pl.Expr:
    """A number with a point and no marks of thousands; what is none stays as it is."""
    thousands = "," if decimal == "." else "."
    grouped = rf"^-?\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?$"
    plain = pl.when(cell.str.contains(grouped)).then(
        cell.str.replace_all(thousands, "", literal=True)
    )
    number = pl.coalesce(plain, cell)
    return number.str.replace(decimal, ".", literal=True)
