"""The newest of each measurement in build/bench.jsonl, as two tables: rivals, and limits."""

import json

from bench_log import BUILD, table


def main() -> None:
    """Print both."""
    lines = (BUILD / "bench.jsonl").read_text(encoding="utf-8").splitlines()
    newest = {(one["name"], one.get("rival")): one for one in map(json.loads, lines)}
    rivals = [
        (
            one["name"],
            f"{one['ours_seconds']:.2f}",
            one["rival"],
            f"{one['rival_seconds']:.2f}",
            f"{one['ratio']:.2f}",
        )
        for one in newest.values()
        if "rival" in one
    ]
    limits = [
        (
            one["name"],
            f"{one['value']:.2f} {one['unit']}",
            f"{one['at_most']:g}",
            "met" if one["met"] else "MISSED",
        )
        for one in newest.values()
        if "at_most" in one
    ]
    print(table(("work", "ours, seconds", "rival", "rival, seconds", "times as fast"), rivals))
    print(table(("figure", "measured", "at most", ""), limits))


if __name__ == "__main__":
    main()
