"""Drift where it is known: no alarm of an unchanged business, one for each planted change."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from loops.business import MONEY, PARTLY, STEADY, TONIGHT, Business, business

from models.drift.adversarial import told_apart
from models.drift.alarm import Alarm
from models.drift.look import customers_changed, drifted
from models.drift.sources import sources_drifted
from models.logit import expit, logit

SIZES = (
    {"learned": 200, "tonight": 200, "touches": 10.0},
    {"learned": 2_000, "tonight": 200, "touches": 10.0},
    {"learned": 2_000, "tonight": 2_000, "touches": 30.0},
    {"learned": 4_000, "tonight": 200_000, "touches": 300.0},
)
SHIFTS = {200: 0.8, 2_000: 0.5, 200_000: 0.3}
"""By how many deviations the mean of one feature moves, by how many customers there are."""

SEEDS_A_WORLD = 10
"""One unchanged business for so many seeds: a thousand make the hundred that are asked for."""

SEEDS_A_CHANGE = 100

Planted = tuple[str, str, Business]


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Unchanged businesses that alarm all the same, and planted changes that none names."""
    unchanged = [_unchanged(seed) for seed in range(max(seeds // SEEDS_A_WORLD, 4))]
    for alarms in filter(None, unchanged):
        say(f"false: {[_told(one) for one in alarms]}")
    say(f"changes: {sum(map(bool, unchanged))} of {len(unchanged)} unchanged businesses alarm")
    tried = [
        (code, name, told, size["tonight"])
        for seed in range(max(seeds // SEEDS_A_CHANGE, 1))
        for size in SIZES
        for code, name, told in planted(business(10_000 + seed, **size))
    ]
    missed = [(c, name, n) for c, name, told, n in tried if not _named(c, name, told)]
    for code, name, tonight in missed:
        say(f"missed: {code} {name}, of {tonight} customers")
    say(f"changes: {len(missed)} of {len(tried)} planted changes are missed")
    return {"false_alarms": sum(map(bool, unchanged)), "missed_alarms": len(missed)}


def alarms(told: Business, code: str = "") -> list[Alarm]:
    """What is told of a night: all of it, or where a code would be found."""
    asked = {
        "D1": lambda: sources_drifted(told.volumes, told.words, TONIGHT),
        "D0 D2": lambda: drifted(told.reference, told.tonight, told.scores, cutoff=TONIGHT),
        "D3": lambda: told_apart(told.reference, TONIGHT, told.rows_at),
    }
    return [one for codes, ask in asked.items() if code[:2] in codes for one in ask()]


def planted(told: Business) -> Iterator[Planted]:
    """One business changed in one way at a time: the codes that may say so, and the name."""
    yield from _of_features(told)
    yield from _of_sources(told)


def _of_features(told: Business) -> Iterator[Planted]:
    rows = told.tonight
    column, money, partly = (f"{kind}_7" for kind in (STEADY, MONEY, PARTLY))
    shift = SHIFTS[len(rows)]
    yield "D05", money, told.with_features(**{money: rows[money] * 1000})
    yield "D01 D02", column, told.with_features(**{column: rows[column] + shift})
    emptier = rows[partly].where(np.arange(len(rows)) % 3 > 0)
    yield "D03", partly, told.with_features(**{partly: emptier})
    moved = expit(logit(told.scores) + 2 * shift)
    yield "D20 D21", "score", _scored(told, moved)
    others = {f"{STEADY}_{place}": rows[f"{STEADY}_{place}"] + 0.8 for place in range(6, 10)}
    yield "D30", "customers", told.with_features(**others)


def _of_sources(told: Business) -> Iterator[Planted]:
    rows = told.volumes
    age, source = rows["age_days"], rows["source"]
    three = 3 * rows["valued"]
    larger = rows.assign(
        value_log=rows["value_log"] + three,
        value_log_squared=rows["value_log_squared"] + 6 * rows["value_log"] + 3 * three,
    )
    since = (source == "invoices") & (age < 3)
    yield "D14", "invoices", told.with_volumes(larger.where(since, rows))
    yield "D10", "tickets", told.with_volumes(rows.loc[~((source == "tickets") & (age < 4))])
    store = (rows["channel"] == "store") & (age < 4)
    yield "D10", "store", told.with_volumes(rows.loc[~store])
    yield "D11", "mail", told.with_volumes(_dying(rows, "mail"))
    for name, word in (("channel", "tiktok"), ("step", "live_watched")):
        new = rows.loc[(source == "mail") & (age < 3)].assign(**{name: word})
        yield "D13", word, told.with_volumes(pd.concat([rows, new], ignore_index=True))


def _dying(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """A source that has told a sixth less each week for five weeks."""
    weeks = rows["age_days"] // 7
    left = np.where(weeks < 5, 1 - (5 - weeks) / 6, 1.0)
    fewer = np.round(rows["rows"] * left)
    return rows.assign(rows=np.where(rows["source"] == source, fewer, rows["rows"]))


def _scored(told: Business, scores: np.ndarray) -> Business:
    return Business(
        reference=told.reference,
        panel=told.panel,
        tonight=told.tonight,
        scores=scores,
        volumes=told.volumes,
    )


def _unchanged(seed: int) -> list[Alarm]:
    size = SIZES[seed % len(SIZES)]
    told = business(seed, **size)
    grown = int(size["learned"] * 1.1)
    return [*alarms(told), *customers_changed(told.reference, grown, TONIGHT)]


def _named(codes: str, name: str, told: Business) -> bool:
    return any(one.code in codes and name == one.name for one in alarms(told, codes))


def _told(alarm: Alarm) -> str:
    return f"{alarm.code} {alarm.name} {alarm.measured:.3f} > {alarm.needed:.3f}"
