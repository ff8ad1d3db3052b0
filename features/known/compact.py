"""Tables as integers alone: what the engine sorts, sums and compares."""

from collections.abc import Callable, Iterator

import polars as pl

from features.contracts import CONTRACTS, CUSTOMERS, DIRECTIONS, EVENTS, INPUTS, STAGE_HISTORY
from features.errors import ContractBroken
from features.known.needs import Attribute, Needs
from features.measures import LARGEST, SCALE

NEVER = (1 << 63) - 1
"""Stands for an instant that does not come: a row that still holds, a contract without end."""

UNTOLD = -(1 << 62)
"""Stands for an empty cell where no number can."""

NOBODY = -1
"""Stands for an empty cell among words and names."""

CLOCKS = {table.name: table.clock for table in (*INPUTS.values(), STAGE_HISTORY)}
"""The column of each table that says when what a row tells happened or began."""

Columns = dict[str, pl.Expr]
Schema = pl.Schema

_TIES = ("source", "source_key", "said_by")


def compact(
    table: str, rows: pl.DataFrame, coder: pl.Expr, needs: Needs, *, ties: bool
) -> pl.DataFrame:
    """The rows of a table as integers: code of the customer, `at`, and what features need of it.

    `ties` adds the texts by which rows of one instant are ordered. `ContractBroken` where a column
    of the contract is missing.
    """
    schema, clock = rows.schema, CLOCKS[table]
    columns = _COLUMNS[table](needs, schema)
    columns |= {name: _instant(name) for name in ("known_at", "superseded_at") if name in schema}
    wanted = {root for made in columns.values() for root in made.meta.root_names()}
    missing = {"customer_id", clock, *wanted} - set(schema)
    if missing:
        raise ContractBroken(f"column {', '.join(sorted(missing))} is missing", where=table)
    if ties:
        columns |= {f"_{text}": pl.col(text) for text in _TIES if text in schema}
    return _marked(rows.lazy().select(code=coder, at=_instant(clock), **columns).collect())


def columns_read(table: str, needs: Needs) -> frozenset[str] | None:
    """The columns that `compact` looks at in a stored table; None where that is all of them."""
    if table == EVENTS.name:
        words = [name for name, known in words_of(table, needs).items() if known]
        clocks = ("occurred_at", "known_at", "superseded_at")
        items = (group.attribute for group in needs.peers if group.of == table)
        read = (*words, *needs.measures, *needs.told, *needs.attributes, *items)
        return frozenset({"customer_id", *clocks, *read})
    return None if table in needs.tables else frozenset()


def words_of(name: str, needs: Needs) -> dict[str, tuple[str, ...]]:
    """The words that stand for themselves in a table's columns; all others are one number more."""
    if name == EVENTS.name:
        return {"channel": tuple(sorted(needs.channels)), "step": tuple(sorted(needs.steps))}
    if name == STAGE_HISTORY.name:
        return {"stage": tuple(sorted(needs.stages)), "direction": DIRECTIONS}
    if name == CUSTOMERS.name:
        return {one.name: one.values for one in needs.profile if one.kind == "category"}
    return {}


def _events(needs: Needs, schema: Schema) -> Columns:
    words = {name: _word(name, known) for name, known in words_of("events", needs).items() if known}
    measures = {name: _measure(name, schema).fill_null(0) for name in sorted(needs.measures)}
    told = {f"{name}?": _measure(name, schema).is_not_null() for name in sorted(needs.told)}
    names = {name: _name(name, schema) for name in sorted(needs.attributes)}
    return words | measures | told | names | _groups("events", needs, schema)


def _contracts(_needs: Needs, schema: Schema) -> Columns:
    return {
        "contract": _name("contract", schema),
        "ends_at": _instant("ends_at").fill_null(NEVER),
        "cancelled_at": _instant("cancelled_at").fill_null(NEVER),
        "amount": pl.col("amount").fill_null(0),
        "amount?": pl.col("amount").is_not_null(),
        "voluntary": pl.col("voluntary").cast(pl.Int64).fill_null(NOBODY),
    }


def _stage_history(needs: Needs, _schema: Schema) -> Columns:
    words = {name: _word(name, known) for name, known in words_of("stage_history", needs).items()}
    return {**words, "rule": (pl.col("said_by") == "rule").cast(pl.Int64)}


def _customers(needs: Needs, schema: Schema) -> Columns:
    told = {one.name: _told(one, schema) for one in sorted(needs.profile)}
    return {"source": _name("source", schema), **told, **_groups("customers", needs, schema)}


def _groups(table: str, needs: Needs, schema: Schema) -> Columns:
    """To which group of peers a row belongs, by the order of their keys."""
    own = [keys for keys in sorted(needs.keys) if keys.of == table]
    return {
        keys.column: _told(Attribute(keys.attribute, "category", keys.values), schema)
        for keys in own
    }


_COLUMNS: dict[str, Callable[[Needs, Schema], Columns]] = {
    EVENTS.name: _events,
    CONTRACTS.name: _contracts,
    STAGE_HISTORY.name: _stage_history,
    CUSTOMERS.name: _customers,
}


def _word(name: str, known: tuple[str, ...]) -> pl.Expr:
    """The number of a word among those known; the one after the last for every other word."""
    return pl.col(name).cast(pl.Enum(list(known)), strict=False).to_physical().fill_null(len(known))


def _name(name: str, schema: Schema) -> pl.Expr:
    """A number that is the same just where the name is; which one says nothing."""
    if name not in schema:
        return pl.lit(NOBODY, pl.Int64)
    text = pl.col(name).cast(pl.String)
    return text.cast(pl.Categorical()).to_physical().cast(pl.Int64).fill_null(NOBODY)


def _measure(name: str, schema: Schema) -> pl.Expr:
    """A measure as an integer of the declared scale; null where it is none, or too large."""
    if name in EVENTS.schema or name not in schema:
        return pl.col(name) if name in EVENTS.schema else pl.lit(None, pl.Int64)
    if schema[name] == pl.Boolean:
        return pl.col(name).cast(pl.Int64) * SCALE
    number = pl.col(name).cast(pl.Float64, strict=False) * SCALE
    plain = pl.when(number.is_finite() & (number.abs() <= LARGEST)).then(number.round())
    return plain.cast(pl.Int64, strict=False)


def _told(one: Attribute, schema: Schema) -> pl.Expr:
    if one.kind == "category":
        if one.name not in schema:
            return pl.lit(NOBODY, pl.Int64)
        text = pl.col(one.name).cast(pl.String)
        known = text.cast(pl.Enum(list(one.values)), strict=False).to_physical().cast(pl.Int64)
        return pl.when(text.is_null()).then(NOBODY).otherwise(known.fill_null(len(one.values)))
    if one.kind == "instant":
        is_time = one.name in schema and schema[one.name].is_temporal()
        at = pl.col(one.name).cast(pl.Datetime("us")).to_physical() if is_time else pl.lit(None)
        return at.cast(pl.Int64).fill_null(UNTOLD)
    return _measure(one.name, schema).fill_null(UNTOLD)


def _instant(column: str) -> pl.Expr:
    return pl.col(column).dt.cast_time_unit("us").to_physical()


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose `superseded_at` is an integer everywhere, or is no column at all."""
    if "superseded_at" not in rows.columns:
        return rows
    if rows["superseded_at"].null_count() == rows.height:
        return rows.drop("superseded_at")
    return rows.with_columns(pl.col("superseded_at").fill_null(NEVER))


def runs(customers: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Of ids that stand together in order: each once, and the number of its run at every row."""
    opens = (customers != customers.shift()).fill_null(value=True)
    return customers.filter(opens), opens.cum_sum().cast(pl.UInt64) - 1


def coding(dtype: pl.DataType, customers: pl.Series) -> tuple[pl.Expr, pl.Series]:
    """An integer of the same order for each id: an expression over rows, and the customers' own."""
    column = pl.col("customer_id")
    if dtype.is_integer():
        lowest = customers.min() if len(customers) else 0
        codes = (customers.cast(pl.Int64) - lowest).cast(pl.UInt64)
        return (column.cast(pl.Int64) - lowest).cast(pl.UInt64, strict=False), codes
    kind = pl.Enum(customers)
    codes = pl.Series(range(len(customers)), dtype=pl.UInt64)
    return column.cast(kind, strict=False).to_physical().cast(pl.UInt64), codes


def tie_columns(name: str, rows: pl.DataFrame) -> Iterator[str]:
    """What orders rows of one customer and instant: for events source and key, then the rest.

    In other tables what was known first comes first.
    """
    texts = [f"_{text}" for text in _TIES]
    first = [*texts, "known_at"] if name == EVENTS.name else ["known_at", *texts[:2]]
    first = [column for column in first if column in rows.columns]
    yield from first
    yield from (column for column in rows.columns if column not in {*first, "key"})
