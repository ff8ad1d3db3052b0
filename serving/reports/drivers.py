"""What moves the scores: families of features and single ones."""

from dataclasses import replace

import pandas as pd

from serving.pages.view import Cell, Section, Table, bars, figure, section, word
from serving.reports.material import Material

FEATURES_SHOWN = 20
FEATURES_MOST = 200
"""So many are listed at most: the rest moves next to nothing."""


def ablation(told: Material) -> Section:
    """What is lost without each family."""
    words, rows = told.words, told.evidence.ablation
    if rows.empty:
        return section(words, "ablation")
    rows = rows.sort_values("change", ascending=False, kind="stable")
    bounds = list(zip(rows["low"].astype(float), rows["high"].astype(float), strict=True))
    drawn = bars(rows["change"].astype(float).tolist(), bounds)
    cells = [
        [
            word(words.name("family", str(row["family"]))),
            figure(words.number(row["columns"])),
            Cell(
                text=words.number(row["change"], 4, signed=True),
                note=words.between(row["low"], row["high"], 4),
                bar=bar,
            ),
            _reading(told, row["low"], row["high"]),
        ]
        for row, bar in zip(rows.to_dict("records"), drawn, strict=True)
    ]
    head = [words.say(f"ablation.{key}") for key in ("family", "columns", "change", "verdict")]
    table = Table(caption=words.say("ablation.caption"), head=head, rows=cells)
    return section(words, "ablation", tables=[table])


def importances(told: Material) -> Section:
    """What weighs most, by family and by feature."""
    words, evidence = told.words, told.evidence
    tables: list[Table] = []
    if not evidence.families.empty:
        tables.append(_families(told, evidence.families))
    rows = evidence.importances.head(FEATURES_MOST)
    if not rows.empty:
        first = _features(told, rows.head(FEATURES_SHOWN))
        tables.append(first)
    if len(rows) > FEATURES_SHOWN:
        others = _features(told, rows.tail(len(rows) - FEATURES_SHOWN))
        tables.append(replace(others, caption=words.say("importances.more"), folded=True))
    return section(words, "importances", tables=tables)


def _reading(told: Material, low: float, high: float) -> Cell:
    reading = "helps" if low > 0 else "harms" if high < 0 else "chance"
    mark = {"helps": "good", "harms": "bad", "chance": ""}[reading]
    return Cell(text=told.words.say(f"ablation.{reading}"), mark=mark, number=False)


def _families(told: Material, rows: pd.DataFrame) -> Table:
    words, drawn = told.words, bars(rows["contribution"].astype(float).tolist())
    cells = [
        [
            word(words.name("family", str(row["family"]))),
            figure(words.number(row["columns"])),
            figure(words.percent(row["gain_share"])),
            Cell(text=words.number(row["contribution"], 3), bar=bar),
        ]
        for row, bar in zip(rows.to_dict("records"), drawn, strict=True)
    ]
    head = [words.say(key) for key in ("ablation.family", "ablation.columns", *_WEIGHTS)]
    return Table(caption=words.say("importances.families"), head=head, rows=cells)


def _features(told: Material, rows: pd.DataFrame) -> Table:
    words, drawn = told.words, bars(rows["contribution"].astype(float).tolist())
    cells = [
        [
            Cell(text=str(row["feature"]), note=str(row["meaning"]), number=False),
            word(words.name("family", str(row["family"]))),
            figure(words.percent(row["gain_share"])),
            Cell(text=words.number(row["contribution"], 3), bar=bar),
        ]
        for row, bar in zip(rows.to_dict("records"), drawn, strict=True)
    ]
    head = [words.say(key) for key in ("importances.feature", "ablation.family", *_WEIGHTS)]
    caption = words.say("importances.features", count=len(rows))
    return Table(caption=caption, head=head, rows=cells)


_WEIGHTS = ("importances.gain", "importances.contribution")
