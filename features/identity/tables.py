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
        Column("change", pl.String, "merge (all records went), split (some did) or account"),
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

TRAITS = Table(
    "traits",
    "Names and places of records, as they are compared; only kept where likely matches are made.",
    (
        Column("source", pl.String, "the source in the workspace that it came from"),
        Column("key", pl.String, "names the record within its source"),
        Column("known_at", INSTANT, "when our data first had it", "instant UTC"),
        Column("name", pl.String, "words of the name, in order"),
        Column("address", pl.String, "street and number", nullable=True),
        Column("company", pl.String, "without its legal form", nullable=True),
        Column("postcode", pl.String, "without blanks", nullable=True),
        Column("city", pl.String, "the city", nullable=True),
    ),
)

LINKS = Table(
    "links",
    "Pairs of records that are likely one person, and those that nearly are.",
    (
        Column("source", pl.String, "the source of one record"),
        Column("key", pl.String, "names it within its source"),
        Column("other_source", pl.String, "the source of the other record"),
        Column("other_key", pl.String, "names it within its source"),
        Column("probability", pl.Float64, "that both are one person", "0 to 1"),
        Column("joined", pl.Boolean, "whether it was high enough to make them one customer"),
        Column("known_at", INSTANT, "the run that found it", "instant UTC"),
    ),
)
