"""Where benchmarks write down what they measured."""

import json
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent.parent
BUILD = HOUSE / "build"


def record(
    name: str, *, ours_seconds: float, rival: str, rival_seconds: float, peak_mib: float
) -> None:
    """Print one comparison and append it to build/bench.jsonl; above 1, `ratio` is our gain."""
    ratio = rival_seconds / ours_seconds
    line = {
        "name": name,
        "ours_seconds": round(ours_seconds, 3),
        "rival": rival,
        "rival_seconds": round(rival_seconds, 3),
        "ratio": round(ratio, 2),
        "peak_mib": round(peak_mib, 1),
    }
    append("bench.jsonl", line)
    print(f"{name}: {ours_seconds:.2f} s; {rival} {rival_seconds:.2f} s; {ratio:.1f} times as fast")


JUDGED = "L"
"""The size at which limits hold: where it is smaller, starting is most of the work."""


def figure(name: str, size: str, value: float, unit: str, *, at_most: float) -> None:
    """Print one figure, at the judged size beside its limit, and append it to build/bench.jsonl."""
    line = {"name": f"{name} ({size})", "value": round(value, 3), "unit": unit}
    told = f"{line['name']}: {value:.2f} {unit}"
    if size == JUDGED:
        line |= {"at_most": at_most, "met": value <= at_most}
        told += f"; at most {at_most:g}: " + ("met" if line["met"] else "MISSED")
    append("bench.jsonl", line)
    print(told)


def append(file: str, line: dict) -> None:
    """Add one JSON line to a file under build/."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / file).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Rows of text below a head, in columns as wide as they need to be."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in (head, rule, *rows)
    )
