"""Our core panel out of core: is it slower per event where there are more, and does memory hold?

Raw events in, a folder of Parquet out. Twelve cutoffs at one size and at the next; one cutoff at
one size and at ten times as many events.
"""

import sys
from functools import partial
from math import log10

import panel_events
from bench_log import BUILD, append, figure
from panel_work import CUTOFFS, SIZES
from processes import cpu_seconds, in_turns, peak_mib, run, seconds

MOST_MIB = {len(CUTOFFS): 4096, 1: 6144}


def streamed(sizes: tuple[str, ...], cutoffs: int) -> dict[str, list[dict]]:
    """What runs at some sizes report, in turns; each is recorded, and its memory judged."""
    for size in sizes:
        panel_events.write(BUILD / "bench" / size, size)
    program = partial(run, "panel_stream.py", cutoffs)
    turns = in_turns({size: partial(program, BUILD / "bench" / size) for size in sizes})
    for size, runs in turns.items():
        line = {"name": f"panel-stream-{size}", "cutoffs": cutoffs, "seconds": seconds(runs)}
        line |= {"seconds_per_million": per_million(size, runs)}
        line |= {"cpu_seconds": cpu_seconds(runs), "peak_mib": peak_mib(runs)}
        append("bench.jsonl", line)
        print(line)
    peak = peak_mib(turns[sizes[-1]])
    name = f"panel-stream-{sizes[-1]} at {cutoffs} cutoffs, memory"
    figure(name, sizes[0], peak, "MiB", at_most=MOST_MIB[cutoffs])
    return turns


def per_million(size: str, runs: list[dict]) -> float:
    """Seconds for a million events."""
    return seconds(runs) / (SIZES[size][0] / 1_000_000)


def main(size: str) -> None:
    """Both comparisons, from one size on."""
    names = list(SIZES)
    larger = names[names.index(size) + 1]
    turns = streamed((size, larger), len(CUTOFFS))
    ratio = per_million(larger, turns[larger]) / per_million(size, turns[size])
    figure(f"panel-stream, an event at {larger}", size, ratio, "times", at_most=1)
    tenfold = next(name for name in names if SIZES[name][0] == 10 * SIZES[size][0])
    turns = streamed((size, tenfold), 1)
    slope = log10(seconds(turns[tenfold]) / seconds(turns[size]))
    figure(f"panel-stream, slope to {tenfold}", size, slope, "(1 is linear)", at_most=1.1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
