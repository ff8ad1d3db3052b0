"""The tables of identity: records with their handles in, customers and what changed out."""

import polars as pl

from features.contracts import INSTANT, Column, Table

RECORDS = Table(
    "records",
    "What some source knows of someone; one row a handle, and one without if there is none.",
    (
        Column("source", pl.String, "the source in the workspace that it came from"),
        Column("key", pl.String, "names the record within its source"),
        Column("known_at", INSTANT, "when our data first had it", "instant UTC"),
        Column("kind", pl.String, "email, phone, id:hubspot, device:web, domain", nullable=True),
        Column("handle", pl.String, "keyed hash of kind and normalised handle", nullable=True),
    ),
)

ASSIGNMENTS = Table(
    "assignments",
    "Which customer each record belongs to; one row a record.",
    (
        Column("source", pl.String, "the source in the workspace that it came from"),
        Column("key", pl.String, "names the record within its source"),
        Column("known_at", INSTANT, "since when the record counts", "instant UTC"),
        Column("name", pl.String, "id it gives to the customer it founded", nullable=True),
        Column("customer_id", pl.String, "name of the customer's first record"),
    ),
)

CHANGES = Table(
    "identity_changes",
    "Customers whose records went to another one since the run before.",
    (
        Column("known_at", INSTANT, "the run that found it", "instant UTC"),
        Column("change", pl.String, "merge (all records went) or split (some did)"),
        Column("former_id", pl.String, "whose records they were"),
        Column("customer_id", pl.String, "whose records they are"),
        Column("records", pl.UInt32, "how many went", "records"),
    ),
)

HUBS = Table(
    "hubs",
    "Handles that too many share; they join nobody.",
    (
        Column("kind", pl.String, "kind of the handle"),
        Column("handle", pl.String, "keyed hash of the handle"),
        Column("records", pl.UInt32, "that have it", "records"),
        Column("others", pl.UInt32, "most handles of one kind beside it", "handles"),
    ),
)

ACCOUNTS = Table(
    "accounts",
    "Which account each contact belongs to; one row a customer.",
    (
        Column("customer_id", pl.String, "the contact"),
        Column("account_id", pl.String, "the account, or the contact itself if it has none"),
        Column("kind", pl.String, "kind of handle that decided", nullable=True),
    ),
)
