"""Made-up people with many handles: what each source knows of them, and who they really are."""

import random
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from features.contracts import INSTANT
from features.identity.tables import RECORDS

KEY = b"a key for the tests"
START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = [
    ("email", "email"),
    ("phone", "phone"),
    ("crm", "id:crm"),
    ("cookie", "device:web"),
    ("email", "domain"),
    ("firm", "account:crm"),
]
PEOPLE = 1_500
OFFICE = 12


def day(number: float) -> datetime:
    """The instant so many days after the first."""
    return START + timedelta(days=number)


def record_rows(kinds=("email", "phone", "id:crm", "device:web"), handles=4, keys=9):
    """Records with up to three handles each, as rows of the contract; a key has one instant."""
    handle = st.tuples(st.sampled_from(kinds), st.integers(0, handles - 1))
    person = st.tuples(
        st.sampled_from("ab"), st.integers(0, keys), st.lists(handle, max_size=3, unique=True)
    )
    return st.lists(person, max_size=14, unique_by=lambda one: one[:2]).map(table)


def table(people):
    """The contract's rows; a record is known on the day that its key says, as in life."""
    rows = [
        (source, str(key), day(key), kind, None if kind is None else f"{kind}-{number}")
        for source, key, found in people
        for kind, number in (found or [(None, None)])
    ]
    return pl.DataFrame(rows, schema=RECORDS.schema, orient="row")


def population(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Raw rows of four sources with columns of `COLUMNS`, and the truth: source, key, person."""
    draw = random.Random(seed)
    rows = [row for person in range(PEOPLE) for row in _told(person, draw)]
    names = ["person", "source", "known_at", "email", "phone", "crm", "cookie", "firm"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    frame = frame.sample(fraction=1, shuffle=True, seed=seed).with_row_index("key")
    frame = frame.with_columns(pl.col("key").cast(pl.String), pl.col("known_at").cast(INSTANT))
    return frame.drop("person"), frame.select("source", "key", "person")


def _told(person: int, draw: random.Random):
    """What the sources write down of one person, each in its own way."""
    firm = f"firm{person // OFFICE}"
    local, free = f"budi.{person}", draw.random() < 0.4
    domain = "gmail.com" if free else f"{firm}.co.id"
    email, mobile = f"{local}@{domain}", f"81{person:08d}"
    office = f"+62 21 555{person // OFFICE:05d}"
    when = sorted(day(draw.uniform(0, 300)) for _ in range(8))
    also = f"{local.replace('.', '')}+promo@GMAIL.com" if free else email.upper()
    yield person, "crm", when[0], email, f"0{mobile}", f"00{person}", None, firm
    yield person, "tickets", when[1], also, None, None, None, None
    yield person, "chats", when[2], None, f"+62 {mobile[:3]}-{mobile[3:]}", None, None, None
    yield person, "web", when[3], f" {email}", None, None, f"cookie{person}", None
    yield person, "web", when[4], None, None, None, f"cookie{person}", None
    if draw.random() < 0.9:
        yield person, "tickets", when[5], email, office, None, None, None
    if draw.random() < 0.9:
        yield person, "tickets", when[6], f"info@{firm}.co.id", f"62{mobile}", None, None, None
    if draw.random() < 0.05:
        typo = email.replace("budi", "bdui")
        yield person, "tickets", when[7], typo, f"0{mobile}", None, None, None
    if draw.random() < 0.001 and person:
        yield person, "chats", when[7], email, f"081{person - 1:08d}", None, None, None
    if draw.random() < 0.01:
        yield person, "tickets", when[7], email.replace("@", "2@"), None, None, None, None
