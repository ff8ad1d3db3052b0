"""A made-up shop: customers who buy at their own pace until, some of them, they stop."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

LAST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 260
CUSTOMERS = "shopper-"
"""How every customer's name begins: found nowhere but where customers belong."""

SETTINGS = """\
[workspace]
name = "Shop"
time_zone = "UTC"
currency = "EUR"
as_of = 2026-03-01

[quarantine]
max_share = 0.05

[[sources]]
name = "orders"
kind = "csv"
path = "sources/orders.csv"
stale_after_days = 3

[sources.columns]
customer_id = "customer"
occurred_at = "ordered_at"
channel = "channel"
step = "'order'"
value = "total"
source_key = "order"

[churn]
kind = "inactivity"
steps = ["order"]
active_within_days = 42
embargo_days = 1
horizon_days = 21

[panel]
every_days = 10
history_days = 84

[features]
windows_days = [14, 28, 56]

[model]
rounds = 60
seeds = 2
rows_per_leaf = 20
"""


def orders(customers: int = 250, seed: int = 1) -> list[dict[str, str]]:
    """Orders up to the last day, oldest first; some customers stop for good."""
    chance = random.Random(seed)
    rows: list[dict[str, str]] = []
    for number in range(customers):
        gap_days = chance.uniform(3, 20)
        day = chance.uniform(0, 60)
        stops = chance.uniform(90, DAYS) if chance.random() < 0.6 else DAYS
        while day < stops:
            rows.append(
                {
                    "customer": f"{CUSTOMERS}{number:03d}",
                    "ordered_at": f"{LAST_DAY - timedelta(days=DAYS - day):%Y-%m-%dT%H:%M:%SZ}",
                    "channel": chance.choice(["web", "store"]),
                    "total": f"{chance.uniform(5, 80):.2f}",
                }
            )
            day += gap_days * chance.uniform(0.7, 1.3)
    rows.sort(key=lambda row: (row["ordered_at"], row["customer"]))
    return [row | {"order": f"o{number}"} for number, row in enumerate(rows)]


def write_orders(path: Path, rows: list[dict[str, str]]) -> None:
    """Orders as a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["order", "customer", "ordered_at", "channel", "total"])
        writer.writeheader()
        writer.writerows(rows)


def make_shop(root: Path, rows: list[dict[str, str]] | None = None) -> Path:
    """A workspace of the shop in a folder."""
    write_orders(root / "sources" / "orders.csv", orders() if rows is None else rows)
    (root / "jejak.toml").write_text(SETTINGS, encoding="utf-8")
    return root
