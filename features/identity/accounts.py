"""Accounts: contacts of one company roll up to it, by what a workspace declares."""

from collections.abc import Sequence

import polars as pl

from features.contracts import check
from features.identity import handles
from features.identity.canonical import Identity
from features.identity.marks import name
from features.identity.tables import ACCOUNTS, ASSIGNMENTS, CHANGES, RECORDS

_FREE_MAIL = """
163.com 126.com aol.com att.net comcast.net fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net
hey.com hotmail.co.uk hotmail.com hotmail.fr icloud.com laposte.net libero.it live.com mac.com
mail.com mail.ru me.com msn.com naver.com orange.fr outlook.co.id outlook.com plasa.com pm.me
proton.me protonmail.com qq.com rocketmail.com t-online.de telkom.net tutanota.com verizon.net
web.de yahoo.co.id yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru
ymail.com zoho.com zohomail.com
"""

FREE_MAIL = frozenset(_FREE_MAIL.split())
"""Domains whose addresses anyone may have: they say nothing of a company."""


def work_domain(raw: str) -> str | None:
    """The domain of an address, or None if it is no address or a free provider's.

    >>> work_domain("Budi@BÜCHER.example"), work_domain("budi@gmail.com")
    ('xn--bcher-kva.example', None)
    """
    mailbox = handles.email(raw)
    domain = mailbox.rpartition("@")[2] if mailbox else None
    return None if domain in FREE_MAIL else domain


def roll_up(assignments: pl.DataFrame, records: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    """The account of each customer: by the first of `kinds` that any of its records has.

    Of several accounts of one kind, the one known last is right: people change their employer.
    Whoever has none is an account alone.
    """
    assigned = check(ASSIGNMENTS, assignments)
    order = {kind: rank for rank, kind in enumerate(kinds)}
    stated = check(RECORDS, records).filter(pl.col("kind").is_in(list(kinds)))
    decided = (
        stated.join(assigned.select("source", "key", "customer_id"), on=["source", "key"])
        .with_columns(rank=pl.col("kind").replace_strict(order, return_dtype=pl.UInt32))
        .sort("customer_id", "rank", pl.col("known_at").to_physical().neg(), "handle")
        .unique("customer_id", keep="first")
        .select("customer_id", "kind", "handle")
    )
    marks = decided["handle"].unique()
    ids = pl.DataFrame(
        {"handle": marks, "account_id": pl.Series(map(_account, marks), dtype=pl.String)}
    )
    customers = assigned.select(pl.col("customer_id").unique())
    return check(
        ACCOUNTS,
        customers.join(decided, on="customer_id", how="left")
        .join(ids, on="handle", how="left")
        .with_columns(pl.col("account_id").fill_null(pl.col("customer_id")))
        .drop("handle")
        .sort("customer_id"),
    )


def moves(former: pl.DataFrame, present: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Records that went to another customer with an account, as the contract `CHANGES`.

    `former` and `present` are `Standing.whose` of the night before and of tonight; what the
    changes of tonight's `identity` say of contacts is not said again.
    """
    went = (
        former.rename({"customer_id": "former_id"})
        .join(present, on=["source", "record"])
        .filter(pl.col("former_id") != pl.col("customer_id"))
        .group_by("former_id", "customer_id")
        .agg(records=pl.len().cast(pl.UInt32))
        .join(identity.changes, on=["former_id", "customer_id"], how="anti")
    )
    table = went.select(
        pl.lit(identity.as_of).cast(CHANGES.schema["known_at"]).alias("known_at"),
        pl.lit("account").alias("change"),
        "former_id",
        "customer_id",
        "records",
    )
    return check(CHANGES, table.sort("former_id", "customer_id"))


def _account(handle: str) -> str:
    return name("a", handle)
