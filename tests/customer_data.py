"""A made-up customer, of whom everything is known that a page may tell."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from nights import FIRST, a_night, a_run

from serving.customer.known import Drawn, History, Known, Sent

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = FIRST + timedelta(hours=20)


def events(*rows: tuple[int, str, str]) -> pd.DataFrame:
    """Events so many days before the cutoff."""
    told = [
        {"occurred_at": FIRST - timedelta(days=days), "channel": channel, "step": step}
        for days, channel, step in rows
    ]
    names = ["occurred_at", "channel", "step"]
    frame = pd.DataFrame(told, columns=names).assign(value=float("nan"), sentiment=float("nan"))
    return frame.astype({"occurred_at": "datetime64[us, UTC]", "channel": "str", "step": "str"})


def spells(*rows: tuple[str, int, int | None]) -> pd.DataFrame:
    """Stages entered and left so many days before the cutoff."""
    told = [
        (stage, FIRST - timedelta(days=since), None if until is None else FIRST - timedelta(until))
        for stage, since, until in rows
    ]
    frame = pd.DataFrame(told, columns=["stage", "entered_at", "left_at"])
    return frame.astype(dict.fromkeys(("entered_at", "left_at"), "datetime64[us, UTC]"))


def contracts(*rows: tuple[int, int]) -> pd.DataFrame:
    told = [(FIRST - timedelta(days=a), FIRST - timedelta(days=b), 120.0) for a, b in rows]
    frame = pd.DataFrame(told, columns=["starts_at", "ends_at", "amount"])
    return frame.astype(dict.fromkeys(("starts_at", "ends_at"), "datetime64[us, UTC]"))


def outreach(*rows: tuple[int, str, str]) -> pd.DataFrame:
    told = [(FIRST - timedelta(days=days), arm, action, None) for days, arm, action in rows]
    frame = pd.DataFrame(told, columns=["assigned_at", "arm", "action", "channel"])
    return frame.astype({"assigned_at": "datetime64[us, UTC]"})


def nights(number: int = 3, **changed) -> History:
    """The last customer of so many nights, and all that the store may remember."""
    frames = [a_night(a_run(night - number + 1)) for night in range(number)]
    rows = pd.concat([one.loc[one["customer_id"].eq("c2")] for one in frames], ignore_index=True)
    return History(
        run=a_run(),
        scores=rows.assign(**changed).astype({name: rows[name].dtype for name in changed}),
        actions=pd.DataFrame(
            [("call-back", "call", FIRST)], columns=["action", "channel", "as_of"]
        ),
        arms=[Drawn("spring", "treated", FIRST)],
        sent=[Sent("crm", "set", a_run().run_id, FIRST)],
    )


def known(**changed) -> Known:
    """A customer with everything."""
    usual = {
        "customer_id": "c2",
        "cutoff": FIRST,
        "now": NOW,
        "zone": JAKARTA,
        "currency": "IDR",
        "history": nights(),
        "events": events((80, "web", "visit"), (40, "whatsapp", "message_in"), (3, "call", "call")),
        "spells": spells(("consideration", 90, 60), ("retention", 60, None)),
        "contracts": contracts((60, 10)),
        "outreach": outreach((30, "treated", "service_credit")),
        "attributes": {"city": "Bandung"},
        "by_business": frozenset({"call"}),
    }
    return Known(**usual | changed)
