"""What a workspace says of one source: where it lies, how it is read, what its columns mean."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from features.sources.feelings import Feelings, Words

Input = Literal["events", "customers", "contracts", "stages", "suppressions", "outreach", "spend"]
"""The names of `contracts.INPUTS`, which a test compares."""


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """One source of a workspace.

    `columns` maps a column of the contract to a column of the file or to a Polars SQL
    expression over the file's columns; a constant is written in single quotes. `sql`, a query
    over the table `source` and the `lookups`, is run first where rows must be joined or grouped.

    >>> baskets = SourceSpec(
    ...     name="baskets",
    ...     kind="csv",
    ...     path="sources/baskets.csv",
    ...     columns={
    ...         "customer_id": "household",
    ...         "occurred_at": "bought_at",
    ...         "channel": "'store'",
    ...         "step": "'basket'",
    ...         "value": "TRY_CAST(total AS DOUBLE) - TRY_CAST(discount AS DOUBLE)",
    ...     },
    ... )
    >>> baskets.table
    'events'
    """

    name: str
    kind: str
    """One of `kinds.KINDS`."""
    path: str = ""
    """Relative to the workspace's folder; only a kind that reads no file has none."""
    table: Input = "events"
    columns: dict[str, str] = field(default_factory=dict[str, str])
    handles: dict[str, str | tuple[str, ...]] = field(
        default_factory=dict[str, str | tuple[str, ...]]
    )
    """What the customer is reached by, in place of `columns.customer_id`: a kind of handle
    (`email`, `phone`, `id:NAME`, `device:NAME`, `account:NAME`, `domain`) and the column or
    expression that holds it, or several of them."""
    likely: dict[str, str] = field(default_factory=dict[str, str])
    """What the customer is called and where they are, for likely matches: a trait (`name`,
    `address`, `company`, `postcode`, `city`) and the column or expression that holds it."""
    sentiment_from: str | None = None
    """A column or an expression that holds a text by the customer, out of which the sentiment is
    read in place of `columns.sentiment`; the text is not kept."""
    attributes: tuple[str, ...] = ()
    """Further columns that are kept; only for the tables `customers` and `events`."""
    sql: str | None = None
    lookups: dict[str, str] = field(default_factory=dict[str, str])
    """Further files by the name of the table that `sql` knows them by."""
    time_format: str | None = None
    """How text times are written (`%d/%m/%Y %H:%M`); without it only ISO 8601 is read."""
    number_format: str | None = None
    """How text writes 1234.56, with the words that may stand around it (`Rp 1.234,56`).

    Of `value` and `sentiment`; without it only plain numbers are read."""
    currency: str | None = None
    """Three letters of the money's currency, or the column that holds them; without it the
    workspace's."""
    time_zone: str | None = None
    """Zone of times that name none; without it the workspace's."""
    latency_hours: float = 0.0
    """From `occurred_at` to `known_at` where the source has no time of knowing."""
    stale_after_days: int | None = None
    required: bool = True
    """An optional source may be missing, empty or stale, and does not hold the watermark back."""
    complete_until: date | None = None
    """Business day before which nothing is missing any more; without it the night's `as_of`."""
    options: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    """What only this kind knows, such as the sheet of a workbook; it may hold a password."""
    separator: str = ","
    encoding: str = "utf-8"
    since: datetime | None = None
    """When the lake last read it, where only what changed since is asked for; no workspace says
    it."""
    feelings: Feelings = field(default_factory=Feelings)
    """What the workspace says of judging texts; no single source says it."""
    words: Words | None = None
    """The words that texts are judged by, once they were read; no workspace says them."""

    def judged_by(self, feelings: Feelings) -> "SourceSpec":
        """The spec with how its texts are judged, where it has texts."""
        return replace(self, feelings=feelings) if self.sentiment_from else self

    @property
    def handle_columns(self) -> dict[str, str]:
        """The columns and expressions that hold handles, by kind; of several each has its place.

        >>> mails = SourceSpec(name="a", kind="csv", handles={"email": ("work", "home")})
        >>> mails.handle_columns
        {'email[0]': 'work', 'email[1]': 'home'}
        """
        alone = {kind: told for kind, told in self.handles.items() if isinstance(told, str)}
        several = {
            f"{kind}[{place}]": text
            for kind, told in self.handles.items()
            if not isinstance(told, str)
            for place, text in enumerate(told)
        }
        return {**alone, **several}
