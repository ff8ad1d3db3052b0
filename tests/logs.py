"""Real logs that stay out of the tree: where they lie, and workspaces that read them."""

import os
from pathlib import Path

LOGS = Path(os.environ.get("JEJAK_LOGS") or Path(__file__).resolve().parents[2] / "shared" / "data")
"""The folder with the logs; without it the tests of real logs are not collected."""


def make_workspace(folder: Path, settings: str) -> Path:
    """A workspace whose sources lie where the logs do."""
    folder.mkdir(parents=True)
    (folder / "jejak.toml").write_text(settings)
    (folder / "sources").symlink_to(LOGS, target_is_directory=True)
    return folder


LOANS = """\
[workspace]
name = "Loans"
time_zone = "Europe/Amsterdam"
currency = "EUR"
as_of = 2012-03-15

[[sources]]
name = "steps"
kind = "parquet"
path = "sources/bpm_logs/*_BPI_Challenge_2012.parquet"
attributes = ["org:resource"]

[sources.columns]
customer_id = "case:concept:name"
occurred_at = "time:timestamp"
channel = \"\"\"
    CASE LEFT("concept:name", 1)
    WHEN 'A' THEN 'application' WHEN 'O' THEN 'offer' ELSE 'work' END\"\"\"
step = \"\"\"REPLACE(LOWER("concept:name"), '+complete', '')\"\"\"
source_key = \"\"\"CONCAT("case:concept:name", '/', CAST("_event_idx" AS VARCHAR))\"\"\"

[[sources]]
name = "states"
kind = "parquet"
path = "sources/bpm_logs/*_BPI_Challenge_2012_A.parquet"
table = "stages"

[sources.columns]
customer_id = "case:concept:name"
entered_at = "time:timestamp"
stage = "concept:name"
source_key = \"\"\"CONCAT("case:concept:name", '/', "concept:name")\"\"\"

[[sources]]
name = "applications"
kind = "parquet"
path = "sources/bpm_logs/*_BPI_Challenge_2012_A.parquet"
table = "customers"
sql = \"\"\"
    SELECT "case:concept:name" AS id, "time:timestamp" AS since, "case:AMOUNT_REQ" AS amount
    FROM source WHERE "concept:name" = 'A_SUBMITTED'\"\"\"
attributes = ["amount"]

[sources.columns]
customer_id = "id"
valid_from = "since"

[stages]
order = ["submitted", "preaccepted", "accepted", "finalized", "activated"]
exits = ["declined", "cancelled"]

[stages.stated]
A_SUBMITTED = "submitted"
A_PARTLYSUBMITTED = "submitted"
A_PREACCEPTED = "preaccepted"
A_ACCEPTED = "accepted"
A_FINALIZED = "finalized"
A_APPROVED = "activated"
A_REGISTERED = "activated"
A_ACTIVATED = "activated"
A_DECLINED = "declined"
A_CANCELLED = "cancelled"

[churn]
kind = "inactivity"
steps = ["w_nabellen offertes", "w_completeren aanvraag"]
active_within_days = 14
horizon_days = 14
"""

HELPDESK = """\
[workspace]
name = "Helpdesk"
time_zone = "Europe/Rome"
as_of = 2012-09-21

[[sources]]
name = "tickets"
kind = "parquet"
path = "sources/bpm_logs/*_Helpdesk.parquet"
attributes = ["org:resource"]

[sources.columns]
customer_id = "case:concept:name"
occurred_at = "time:timestamp"
channel = "'ticket'"
step = "LOWER(\\"concept:name\\")"
source_key = \"\"\"CONCAT("case:concept:name", '/', CAST("_event_idx" AS VARCHAR))\"\"\"

[churn]
kind = "inactivity"
steps = ["take in charge ticket"]
active_within_days = 28
horizon_days = 28
"""

SALES = """\
[workspace]
name = "Sales"
time_zone = "America/New_York"
currency = "USD"
as_of = 2018-01-01

[quarantine]
max_share = 0.2                       # 1,425 open deals have no account, 163 no date

[[sources]]
name = "opened"
kind = "parquet"
path = "sources/crm_maven/sales_pipeline.parquet"
attributes = ["product", "sales_agent"]

[sources.columns]
customer_id = "account"
occurred_at = "engage_date"
channel = "'sales'"
step = "'deal_opened'"
source_key = "opportunity_id"

[[sources]]
name = "closed"
kind = "parquet"
path = "sources/crm_maven/sales_pipeline.parquet"
sql = \"\"\"
    SELECT deal.*, item.series, item.sales_price
    FROM source AS deal LEFT JOIN items AS item
    ON REPLACE(deal.product, 'GTXPro', 'GTX Pro') = item.product
    WHERE deal.close_date IS NOT NULL\"\"\"
attributes = ["series", "sales_price"]

[sources.lookups]
items = "sources/crm_maven/products.parquet"

[sources.columns]
customer_id = "account"
occurred_at = "close_date"
channel = "'sales'"
step = "CONCAT('deal_', LOWER(deal_stage))"
value = "close_value"
source_key = "opportunity_id"

[[sources]]
name = "pipeline"
kind = "parquet"
path = "sources/crm_maven/sales_pipeline.parquet"
table = "stages"

[sources.columns]
customer_id = "account"
entered_at = "COALESCE(close_date, engage_date)"
stage = "deal_stage"
source_key = "opportunity_id"

[[sources]]
name = "accounts"
kind = "parquet"
path = "sources/crm_maven/accounts.parquet"
table = "customers"
attributes = ["sector", "employees", "revenue", "office_location", "subsidiary_of"]

[sources.columns]
customer_id = "account"
valid_from = "CONCAT(CAST(year_established AS VARCHAR), '-01-01')"

[stages]
order = ["awareness", "consideration", "retention"]
exits = ["lost"]

[stages.stated]
Prospecting = "awareness"
Engaging = "consideration"
Won = "retention"
Lost = "lost"

[churn]
kind = "inactivity"
steps = ["deal_won"]
active_within_days = 90
horizon_days = 90
"""
