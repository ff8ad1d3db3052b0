"""The charts of a report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from serving.pages.palette import LIGHT, SERIES
from serving.pages.words import Words
from serving.reports.drawing import chart

DASHES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (3, 3)))
MARKERS = ("o", "s", "^", "D", "v")
MUTED = LIGHT["muted"]
CROWD = len(SERIES)
"""So many lines are told apart in one chart."""


def calibration(name: str, rows: pd.DataFrame, words: Words, title: str, told: str) -> Markup:
    """Observed against predicted shares of one predictor and outcome, with intervals."""
    rows = rows.sort_values("predicted")
    x, y = (rows[column].to_numpy(np.float64) for column in ("predicted", "observed"))
    low, high = (rows[bound].to_numpy(np.float64) for bound in ("low", "high"))
    reach = float(np.nanmax(np.r_[x, y, high, 0.01])) * 1.05
    with chart(name) as drawn:
        axes = drawn.axes
        axes.plot([0, reach], [0, reach], color=MUTED, linestyle=DASHES[4], linewidth=1)
        axes.vlines(x, low, high, color=LIGHT["model"], linewidth=1.2)
        axes.plot(x, y, **_line(0), marker=MARKERS[0], markersize=5)
        axes.set(xlim=(0, reach), ylim=(0, reach))
        axes.set_xlabel(words.say("calibration.predicted"))
        axes.set_ylabel(words.say("calibration.observed"))
        _percent(axes, words, "xy")
        return drawn.svg(title, told)


def gains(name: str, rows: pd.DataFrame, words: Words, title: str, told: str) -> Markup:
    """The share of events reached by contacting the likeliest shares, one line a predictor."""
    with chart(name, height=3.7) as drawn:
        axes = drawn.axes
        label = words.say("ranking.random")
        for at, (predictor, own) in enumerate(_by_predictor(rows)):
            x, y = np.r_[0.0, own["share"]], np.r_[0.0, own["captured"]]
            axes.plot(x, y, **_line(at), label=words.name("predictor", predictor))
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=DASHES[4], linewidth=1, label=label)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_xlabel(words.say("ranking.share"))
        axes.set_ylabel(words.say("ranking.captured"))
        _percent(axes, words, "xy")
        drawn.legend()
        return drawn.svg(title, told)


def profit(
    name: str,
    rows: pd.DataFrame,
    cut_share: float,
    words: Words,
    title: str,
    told: Mapping[str, str],
) -> Markup:
    """Money per 1,000 rows by the share contacted; `told` has description, amount and best."""
    with chart(name, height=3.7) as drawn:
        axes = drawn.axes
        axes.axhline(0, color=MUTED, linewidth=1)
        for at, (predictor, own) in enumerate(_by_predictor(rows)):
            money = 1000 * own["profit"].to_numpy(np.float64)
            axes.plot(own["share"], money, **_line(at), label=words.name("predictor", predictor))
            if not at:
                best = int(np.nanargmax(money))
                place = (own["share"].iloc[best], money[best])
                axes.plot(*place, MARKERS[0], color=LIGHT["model"], markersize=6)
        if np.isfinite(cut_share):
            axes.axvline(cut_share, color=LIGHT["text"], linewidth=1, linestyle=DASHES[2])
        most = 1000 * float(rows["profit"].to_numpy(np.float64).max())
        axes.set(xlim=(0, 1), ylim=(-most, 1.15 * most) if most > 0 else None)
        axes.set_xlabel(words.say("ranking.share"))
        axes.set_ylabel(told["amount"])
        _percent(axes, words, "x")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
        drawn.legend()
        return drawn.svg(title, told["description"])


def origins(
    name: str, rows: pd.DataFrame, worst: str, words: Words, title: str, told: Mapping[str, str]
) -> Markup:
    """A metric date by date, one line a predictor; the model's worst date is ringed.

    `rows` are those of one metric without the pooled; `told` has description, metric and worst.
    """
    dates = sorted(set(rows["origin"]))
    places = {date: place for place, date in enumerate(dates)}
    with chart(name, height=3.7) as drawn:
        axes = drawn.axes
        axes.set_xticks(range(len(dates)), _short(dates, words))
        axes.set_xlim(-0.4, len(dates) - 0.6)
        for at, (predictor, own) in enumerate(_by_predictor(rows)):
            x = [places[date] for date in own["origin"]]
            label = words.name("predictor", predictor)
            axes.plot(x, own["value"], **_line(at), marker=MARKERS[at], markersize=5, label=label)
            if not at:
                axes.vlines(x, own["low"], own["high"], color=LIGHT["model"], linewidth=1.2)
                _ring(axes, places[worst], own, told)
        axes.set_ylabel(told["metric"])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, 2)))
        axes.yaxis.set_major_locator(MaxNLocator(6))
        drawn.legend()
        return drawn.svg(title, told["description"])


def histogram(name: str, rows: pd.DataFrame, words: Words, title: str, told: str) -> Markup:
    """How many rows got which probability."""
    low, high = (rows[bound].to_numpy(np.float64) for bound in ("low", "high"))
    with chart(name, height=2.8) as drawn:
        axes = drawn.axes
        axes.bar(low, rows["rows"], high - low, align="edge", color=LIGHT["model"], linewidth=0)
        axes.set_xlim(float(low.min()), float(high.max()))
        axes.set_xlabel(words.say("scores.probability"))
        axes.set_ylabel(words.say("scores.rows"))
        _percent(axes, words, "x")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
        return drawn.svg(title, told)


def _by_predictor(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each predictor, the model first, as many as can be told apart."""
    names = list(dict.fromkeys(rows["predictor"]))[:CROWD]
    return [(name, rows.loc[rows["predictor"].eq(name)]) for name in names]


def _line(at: int) -> dict[str, Any]:
    width = 1.5 if at else 2.4
    return {"color": LIGHT[SERIES[at]], "linestyle": DASHES[at], "linewidth": width}


def _ring(axes: Axes, place: int, own: pd.DataFrame, told: Mapping[str, str]) -> None:
    """A ring around one date, named beside it."""
    y, colour = float(own.sort_values("origin")["value"].iloc[place]), LIGHT["bad"]
    axes.plot([place], [y], "o", markersize=13, mfc="none", mec=colour, mew=1.8)
    gap, side = (9, "left") if place < len(own) - 1 else (-9, "right")
    axes.annotate(
        told["worst"],
        (place, y),
        xytext=(gap, -13),
        textcoords="offset points",
        ha=side,
        color=colour,
    )


def _short(dates: Sequence[str], words: Words) -> list[str]:
    """Day and month, under the first the year; not every one of them, if they are many."""
    step = 1 + (len(dates) - 1) // 6
    named = [words.day(date) if place % step == 0 else "" for place, date in enumerate(dates)]
    years = [year if year != before else "" for year, before in _years(dates)]
    return [f"{day}\n{year}" for day, year in zip(named, years, strict=True)]


def _years(dates: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The year of each date, and that of the date before it."""
    years = [date[:4] for date in dates]
    return zip(years, ["", *years[:-1]], strict=True)


def _percent(axes: Axes, words: Words, which: str) -> None:
    for axis in (getattr(axes, f"{one}axis") for one in which):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda share, _: words.percent(round(share, 6))))
