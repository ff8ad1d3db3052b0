"""Many scores planned and delivered: time and memory of the plan, calls and sizes at two vendors.

What stands in for the vendors has no limits here; how many calls they allow decides how long a
real delivery takes.
"""

import shutil
import sys

from bench_log import BUILD, append, figure
from processes import run

CUSTOMERS = {"M": 100_000, "L": 1_000_000}
MEGABYTE = 1_000_000


def main(size: str) -> None:
    """One night laid, planned, and delivered to each vendor."""
    folder = BUILD / "bench" / f"delivery-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'jejak.db'}"
    run("delivery_work.py", "lay", url, CUSTOMERS[size])
    plan = run("delivery_work.py", "plan", url)
    figure("delivery, plan", size, plan["seconds"], "s", at_most=60)
    figure("delivery, memory of the plan", size, plan["peak_mib"], "MiB", at_most=2048)
    for kind in ("hubspot", "salesforce"):
        sent = run("delivery_work.py", "send", url, kind)
        append("bench.jsonl", {"name": f"delivery-{kind}-{size}"} | sent)
        print(kind, sent)
        if sent["held"] != CUSTOMERS[size]:
            sys.exit(f"{kind} holds {sent['held']} of {CUSTOMERS[size]} customers")
        if kind == "hubspot":
            figure("delivery, calls to HubSpot", size, sent["calls"], "calls", at_most=10_000)
        else:
            largest = sent["largest"] / MEGABYTE
            figure("delivery, largest job of Salesforce", size, largest, "MB", at_most=100)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
