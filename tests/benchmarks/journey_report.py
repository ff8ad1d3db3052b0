"""The whole report of a million customers' journey: map, pains, page, out of one lake."""

import json
import sys
from functools import partial
from pathlib import Path

import journey_map
from bench_log import append, figure
from panel_work import Clock
from processes import in_turns, peak_mib, run, seconds

from pipelines.loop.report import write_report
from pipelines.terminal.progress import timed

WORKSPACE = """
[workspace]
name = "Made-up journeys"
as_of = 2024-12-31

[churn]
steps = ["purchase"]

[stages]
order = ["awareness", "consideration", "decision", "retention", "advocacy"]
exits = ["churned"]

[personas]
premium = "plan = 'premium'"
large = "seats >= 100"

[[sources]]
name = "touches"
kind = "parquet"
path = "events/*.parquet"

[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
channel = "channel"
step = "step"

[[sources]]
name = "crm"
kind = "parquet"
table = "customers"
path = "customers.parquet"
attributes = ["plan", "seats"]

[sources.columns]
customer_id = "customer_id"
valid_from = "valid_from"
"""


def report(folder: Path) -> None:
    """Print one JSON line: what the report took, step by step, and how large it is."""
    (folder / "jejak.toml").write_text(WORKSPACE, encoding="utf-8")
    clock = Clock()
    with timed() as steps:
        written = write_report(folder, None)
    told = {"steps": dict(steps), "bytes": written.bytes_written, "pains": written.pains}
    print(json.dumps(clock.told() | told))


def main(size: str) -> None:
    """The report of one size, in processes of its own."""
    program = partial(run, "journey_report.py", journey_map.place(size))
    runs = in_turns({size: program})[size]
    append("bench.jsonl", {"name": f"journey-report-{size}"} | runs[-1])
    figure("journey-report, time", size, seconds(runs), "s", at_most=60)
    figure("journey-report, memory", size, peak_mib(runs), "MiB", at_most=4096)
    figure("journey-report, page", size, runs[-1]["bytes"] / 1e6, "MB", at_most=5)


if __name__ == "__main__":
    told = sys.argv[1] if len(sys.argv) > 1 else "L"
    if told in journey_map.CUSTOMERS:
        main(told)
    else:
        report(Path(told))
