"""GA4's export to BigQuery, one event a row, taken out of there as JSON Lines or Parquet.

The channel is that of the session: what GA4 says of it, else where the events so far came from,
else what brought the user at first.
"""

from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.formats import options
from features.sources.formats.labels import slug
from features.sources.kinds import jsonl, parquet
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_NEEDED = ("event_timestamp", "event_name", "user_pseudo_id")
_LAST_CLICK = "session_traffic_source_last_click"
_KEY = (
    "user_pseudo_id",
    "event_timestamp",
    "event_name",
    "event_bundle_sequence_id",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
)
_PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
_SEARCH = r"google|bing|yahoo|duckduckgo|baidu|yandex|ecosia"
_SOCIAL = r"facebook|instagram|linkedin|twitter|tiktok|youtube|pinterest|^(fb|ig|t\.co|x\.com)$"
_GROUPS = {
    "display": r"^(display|banner|expandable|interstitial|cpm)$",
    "organic_social": r"^(social|social-network|social-media|sm|social network|social media)$",
    "email": r"^e[-_ ]?mail$",
    "affiliates": r"^affiliates?$",
    "sms": r"^sms$",
    "push": r"push$|mobile|notification",
    "organic_search": r"^organic$",
    "referral": r"^(referral|app|link)$",
}
"""Channel by medium where neither source nor payment decides it, the first that fits."""
_EVENTS = {
    "customer_id": "customer",
    "occurred_at": "event_at",
    "channel": "session_channel",
    "step": "event_name",
    "value": "purchase_revenue",
    "source_key": "source_key",
}


def columns(spec: SourceSpec) -> dict[str, str]:
    """One event: the user, else the device; the session's channel; what a purchase brought."""
    return options.mapped(spec, {"events": _EVENTS})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The columns that are made of every export; refuses a file that is none."""
    options.known(spec)
    made = _tidied(pl.LazyFrame(schema={ROW: pl.UInt32, **_file(path).schema(path, spec)}), spec)
    return pl.Schema({name: dtype for name, dtype in made.collect_schema().items() if name != ROW})


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first events, some thousands at most."""
    first = _file(path).head(path, spec).with_row_index(ROW, offset=1)
    return _tidied(first.lazy(), spec).drop(ROW).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All events; lines that hold no JSON object are broken."""
    options.known(spec)
    raw = _file(path).read(path, spec)
    return Raw(_tidied(raw.rows, spec), raw.broken)


def _file(path: Path):  # noqa: ANN202 (a module)
    return parquet if path.suffix == ".parquet" else jsonl


def _tidied(raw: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    export = _Export(raw.collect_schema(), spec)
    revenue = pl.coalesce(
        export.field("ecommerce.purchase_revenue"), export.param("value", "double_value")
    )
    event_at = export.field("event_timestamp").cast(pl.Int64, strict=False)
    key = pl.concat_str([export.field(name) for name in _KEY], separator="/", ignore_nulls=True)
    made = raw.select(
        ROW,
        customer=pl.coalesce(export.field("user_id"), export.field("user_pseudo_id")),
        event_at=event_at.cast(pl.Datetime("us", "UTC")),
        event_name=export.field("event_name"),
        page=export.param("page_location", "string_value"),
        platform=export.field("platform"),
        user=export.field("user_id"),
        device=export.field("user_pseudo_id"),
        session=export.param("ga_session_id", "int_value"),
        purchase_revenue=pl.when(export.field("event_name") == "purchase").then(revenue),
        source_key=key,
        _session=slug(export.field(f"{_LAST_CLICK}.cross_channel_campaign.default_channel_group")),
        _event=_event_channel(export),
        _first=_channel(
            export.field("traffic_source.source"), export.field("traffic_source.medium")
        ),
    )
    return _with_session_channel(made)


def _with_session_channel(made: pl.LazyFrame) -> pl.LazyFrame:
    """What the session's events said up to each one, so that none knows a later one."""
    so_far = pl.col("_event").forward_fill().over("device", "session", order_by=["event_at", ROW])
    in_session = pl.when(pl.col("session").is_not_null()).then(so_far).otherwise("_event")
    channel = pl.coalesce("_session", in_session, "_first", pl.lit("direct"))
    return made.with_columns(session_channel=channel).drop("_session", "_event", "_first")


def _event_channel(export: "_Export") -> pl.Expr:
    ad = pl.coalesce(
        export.field("collected_traffic_source.gclid"), export.param("gclid", "string_value")
    )
    source = export.field("collected_traffic_source.manual_source")
    medium = export.field("collected_traffic_source.manual_medium")
    return pl.when(ad.is_not_null()).then(pl.lit("paid_search")).otherwise(_channel(source, medium))


def _channel(raw_source: pl.Expr, raw_medium: pl.Expr) -> pl.Expr:
    """GA4's default channel group of a source and a medium, in short; null if both are."""
    source, medium = raw_source.str.to_lowercase(), raw_medium.str.to_lowercase().fill_null("")
    paid = medium.str.contains(_PAID)
    search, social = (
        source.str.contains(which).fill_null(value=False) for which in (_SEARCH, _SOCIAL)
    )
    group = (
        pl.when(raw_source.is_null() & raw_medium.is_null())
        .then(pl.lit(None, pl.String))
        .when((source == "(direct)") & medium.is_in(["", "(none)", "(not set)"]))
        .then(pl.lit("direct"))
        .when(paid & search)
        .then(pl.lit("paid_search"))
        .when(paid & social)
        .then(pl.lit("paid_social"))
    )
    for name, pattern in _GROUPS.items():
        group = group.when(medium.str.contains(pattern)).then(pl.lit(name))
    group = group.when(source.str.contains(_GROUPS["email"])).then(pl.lit("email"))
    group = group.when(paid).then(pl.lit("paid_other"))
    return group.when(social).then(pl.lit("organic_social")).otherwise(pl.lit("unassigned"))


class _Export:
    """Fields of an export by dotted names: flat in JSON Lines, nested in Parquet."""

    def __init__(self, schema: pl.Schema, spec: SourceSpec) -> None:
        self._schema = schema
        if missing := [name for name in _NEEDED if name not in schema]:
            raise DataRefused(
                f"source {spec.name!r} is no export of GA4: {', '.join(missing)} is missing",
                where=spec.path,
                mend="export the table events_YYYYMMDD with all its columns, or correct `kind`",
            )

    def field(self, dotted: str) -> pl.Expr:
        """Text of a field; null where it is blank or the export does not have it."""
        if dotted in self._schema:
            return _text(pl.col(dotted))
        first, *rest = dotted.split(".")
        found, dtype = pl.col(first), self._schema.get(first)
        for name in rest:
            inner = dict(dtype) if isinstance(dtype, pl.Struct) else {}
            found, dtype = found.struct.field(name), inner.get(name)
        return pl.lit(None, pl.String) if dtype is None else _text(found)

    def param(self, key: str, kind: str) -> pl.Expr:
        """Text of an event parameter, whose value lies in one of the fields of its record."""
        dtype = self._schema.get("event_params", pl.Null())
        if isinstance(dtype, pl.List):
            wrapped = pl.struct(p="event_params").struct.json_encode()
            return wrapped.str.json_path_match(f'$.p[?(@.key=="{key}")].value.{kind}')
        if dtype != pl.String:
            return pl.lit(None, pl.String)
        return pl.col("event_params").str.json_path_match(f'$[?(@.key=="{key}")].value.{kind}')


def _text(cell: pl.Expr) -> pl.Expr:
    stripped = cell.cast(pl.String).str.strip_chars()
    return pl.when(stripped != "").then(stripped)
