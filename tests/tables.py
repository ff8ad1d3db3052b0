"""A table of scores in a database, and rows for it, for the tests of destinations."""

from pathlib import Path

import sqlalchemy as sa
from hypothesis import strategies as st

from serving.destinations.destination import Acknowledged, Batch, Notes, Row, Tools
from serving.destinations.spec import DestinationSpec
from serving.destinations.sql import destination as sql
from serving.rehearsal.clock import Clock
from serving.secret import Secret

ROW = {"churn": 0.5, "band": "high", "days": 28}
FIELDS = {"churn": "churn_probability", "band": "risk_band", "days": "horizon_days"}
SCHEMA = (
    "create table scores (customer_key text primary key, churn {number}, band text, days {whole})"
)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
odd = st.sampled_from(
    ["\\N", "\\.", "a\tb", "line\nfeed\r", "'; drop table scores; --", "%s", ":x"]
)
keys = st.one_of(texts, odd)
values = st.fixed_dictionaries(
    {
        "churn": st.none() | st.floats(0, 1).map(lambda p: round(p, 4)),
        "band": st.none() | st.just("") | texts | odd,
        "days": st.none() | st.integers(-(2**63), 2**63 - 1),
    }
)
batches = st.lists(st.dictionaries(keys, values, min_size=1, max_size=5), max_size=4)


class Unpaced:
    """A pacer that counts calls."""

    def __init__(self):
        self.calls = 0

    def before_call(self):
        self.calls += 1

    def after_call(self):
        pass

    def allow(self, calls, seconds):
        pass


def tools(folder: Path = Path(), *, loopback: bool = True) -> Tools:
    return Tools(pacer=Unpaced(), timing=Clock().timing, folder=folder, loopback=loopback)


def a_spec(url: str = "", **changed) -> DestinationSpec:
    said = {
        "name": "warehouse",
        "kind": "sql",
        "fields": FIELDS,
        "options": {"table": "scores"},
        "secrets": {"url": Secret(lambda: url)},
    }
    return DestinationSpec(**(said | changed))


def a_batch(rows: dict[str, dict], batch_id: str = "b1", run_id: str = "r1") -> Batch:
    told = [
        Row(key=key, op="clear" if set(held.values()) == {None} else "set", values=held)
        for key, held in rows.items()
    ]
    return Batch(batch_id=batch_id, run_id=run_id, rows=told)


def held(engine: sa.Engine) -> dict[str, dict]:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("select * from scores")).mappings().all()
    return {row["customer_key"]: {name: row[name] for name in FIELDS} for row in rows}


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def made(engine: sa.Engine, table: str = "") -> None:
    number = "real" if engine.name == "sqlite" else "double precision"
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists scores")
        connection.exec_driver_sql(table or SCHEMA.format(number=number, whole="bigint"))


def send(engine: sa.Engine, rows: dict[str, dict], **changed):
    opened = sql.opened(a_spec(text_of(engine.url), **changed), tools())
    try:
        return opened.send(a_batch(rows), Notes())
    finally:
        opened.close()


def holds_absolute_values(engine: sa.Engine, sent: list[dict[str, dict]]) -> None:
    """Whatever is sent, and sent again, the table holds what came last of each key."""
    made(engine)
    opened = sql.opened(a_spec(text_of(engine.url)), tools())
    expected = {}
    for rows in sent:
        for _ in range(2):
            assert opened.send(a_batch(rows), Notes()) == dict.fromkeys(rows, Acknowledged())
        expected |= rows
    opened.close()
    assert held(engine) == expected
