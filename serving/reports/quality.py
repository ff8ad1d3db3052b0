"""How good the probabilities are: in groups, on the way down the list, in money."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from serving.pages.view import Cell, Figure, Section, Table, figure, section
from serving.reports import figures
from serving.reports.material import Material, near

SHARES_SHOWN = (0.05, 0.1, 0.2, 0.3, 0.5)


def calibration(told: Material) -> Section:
    """Observed against predicted shares, one chart an outcome."""
    words, rows = told.words, told.evidence.calibration
    if rows.empty:
        return section(words, "calibration")
    drawn: list[Figure] = []
    tables: list[Table] = []
    for at, outcome in enumerate(told.shown(rows)):
        own = told.own(rows.loc[rows["outcome"].eq(outcome)]).sort_values("bin")
        title, description = words.name("outcome", outcome), _in_groups(told, own)
        svg = figures.calibration(f"calibration{at}", own, words, title, description)
        drawn.append(Figure(svg=svg, title=title, caption=description))
        tables.append(_groups(told, own, title))
    notes = told.unshown(rows)
    return section(words, "calibration", notes=notes, figures=drawn, tables=tables)


def ranking(told: Material) -> Section:
    """What share of the events is reached, from the likeliest on down."""
    words, rows = told.words, told.evidence.lift
    if rows.empty:
        return section(words, "ranking")
    drawn: list[Figure] = []
    tables: list[Table] = []
    for at, outcome in enumerate(told.shown(rows)):
        own, title = rows.loc[rows["outcome"].eq(outcome)], words.name("outcome", outcome)
        tenth = near(told.own(own), 0.1)
        shares = {name: words.percent(tenth[name]) for name in ("share", "captured")}
        description = words.say("ranking.told", share=shares["share"], model=shares["captured"])
        svg = figures.gains(f"ranking{at}", own, words, title, description)
        drawn.append(Figure(svg=svg, title=title, caption=description))
        tables.append(_reached(told, own, title))
    notes = told.unshown(rows)
    return section(words, "ranking", notes=notes, figures=drawn, tables=tables)


def profit(told: Material) -> Section | None:
    """What contacting would be worth, from the likeliest on down; of churn alone."""
    words, evidence = told.words, told.evidence
    if not told.is_churn:
        return None
    if evidence.profit.empty:
        return section(words, "profit")
    best = max(told.own(evidence.profit).to_dict("records"), key=lambda row: row["profit"])
    amount, share = words.money(1000 * best["profit"], told.currency), words.percent(best["share"])
    saying = {
        "description": words.say("profit.told", amount=amount, share=share),
        "amount": words.say("profit.amount", currency=told.currency),
    }
    title = words.say("profit.title")
    svg = figures.profit("profit", evidence.profit, evidence.profit_share, words, title, saying)
    return section(
        words,
        "profit",
        notes=[*_cut(told), saying["description"]],
        figures=[Figure(svg=svg, title=title, caption=words.say("profit.caption"))],
    )


def _in_groups(told: Material, own: pd.DataFrame) -> str:
    rows = own.to_dict("records")
    ends = {"low": rows[0], "high": rows[-1]}
    shares = {
        f"{end}_{name}": told.words.percent(row[name])
        for end, row in ends.items()
        for name in ("predicted", "observed")
    }
    return told.words.say("calibration.told", **shares)


def _groups(told: Material, own: pd.DataFrame, title: str) -> Table:
    words = told.words
    heads = ("calibration.bin", "calibration.rows", "calibration.predicted", "calibration.observed")
    rows = [
        [
            figure(words.number(row["bin"])),
            figure(words.number(row["rows"])),
            figure(words.number(row["predicted"], 3)),
            figure(words.number(row["observed"], 3), words.between(row["low"], row["high"])),
        ]
        for row in own.to_dict("records")
    ]
    caption = f"{words.say('calibration.caption')}: {title}"
    return Table(caption=caption, head=[words.say(key) for key in heads], rows=rows, folded=True)


def _reached(told: Material, rows: pd.DataFrame, title: str) -> Table:
    words = told.words
    known = set(rows["share"].astype(float).round(4))
    shares = [share for share in SHARES_SHOWN if share in known] or sorted(known)
    names = list(dict.fromkeys(rows["predictor"]))
    by = {name: rows.loc[rows["predictor"].eq(name)] for name in names}
    cells = [
        [figure(words.percent(share)), *(_lifted(told, near(by[name], share)) for name in names)]
        for share in shares
    ]
    head = [words.say("ranking.share"), *(words.name("predictor", name) for name in names)]
    caption = f"{words.say('ranking.caption')}: {title}"
    return Table(caption=caption, head=head, rows=cells, folded=True)


def _lifted(told: Material, row: Mapping[Hashable, Any]) -> Cell:
    lift = told.words.say("ranking.lift", lift=told.words.number(row["lift"], 2))
    return figure(told.words.percent(row["captured"]), lift)


def _cut(told: Material) -> Iterator[str]:
    words, cut, share = told.words, told.evidence.profit_cut, told.evidence.profit_share
    if np.isposinf(cut):
        yield words.say("profit.cut_never")
    elif np.isfinite(cut):
        yield words.say("profit.cut_note", cut=words.percent(cut), share=words.percent(share))
