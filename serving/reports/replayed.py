"""The page of a backtest: all days together, a chart of each measure, a table of the days."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from models.judging.bootstrap import POOLED, Comparison, Interval
from models.trial import CHURN
from serving.pages.html import page
from serving.pages.view import Figure, Table, figure, word
from serving.pages.words import Words
from serving.reports import figures
from serving.reports.page import ROOM

CHARTS = ("auc", "observed_over_expected")
SHOWN = ("auc", "log_loss", "observed_over_expected", "lift_10")
HEAD = ("day", "rows", "left", *SHOWN, "contacted", "of_them", "profit", "grade", "promoted")

Day = Mapping[str, Any]


def render_backtest(
    days: Sequence[Day],
    found: Comparison | None,
    *,
    title: str,
    currency: str,
    language: str,
) -> str:
    """Days that were lived again, as one page of HTML that asks nobody for anything.

    Each of `days` has day, refused and, where it was lived, rows, churned, metrics by predictor,
    contacts and model; `found` measures the latter by day and together. Equal arguments give equal
    text, and no customer is in it.
    """
    words = Words(language, ROOM)
    lived = [one for one in days if not one["refused"]]
    return page(
        "backtest.html",
        ROOM,
        words,
        title=title,
        heading=words.say("backtest.heading"),
        origin=[],
        foot=words.say("backtest.foot"),
        sentences=list(_sentences(lived, found, words, currency)) if found else [],
        figures=[_chart(metric, found, words) for metric in CHARTS] if found else [],
        days=_days(lived, words, currency),
        refused=[(words.date(one["day"]), one["refused"]) for one in days if one["refused"]],
    )


def _days(lived: Sequence[Day], words: Words, currency: str) -> Table:
    return Table(
        caption=words.say("backtest.days"),
        head=[words.say(f"backtest.{name}") for name in HEAD],
        rows=[[word(one["day"]), *map(figure, _cells(one, words, currency))] for one in lived],
        folded=True,
    )


def _sentences(
    lived: Sequence[Day], found: Comparison, words: Words, currency: str
) -> Iterator[str]:
    auc, loss, ratio = (
        found.pooled(name) for name in ("auc", "log_loss", "observed_over_expected")
    )
    yield words.say(
        "backtest.together",
        days=len(lived),
        rows=words.number(sum(one["rows"] for one in lived)),
        auc=words.number(auc.value, 3),
        auc_between=_between(auc, words),
        loss=words.number(loss.value, 3),
        loss_between=_between(loss, words),
        ratio=words.number(ratio.value, 2),
        ratio_between=_between(ratio, words),
    )
    for baseline, margin in found.margins("auc").items():
        yield words.say(
            "backtest.beside",
            baseline=words.name("predictor", baseline),
            value=words.number(margin.value, 3, signed=True),
            between=_between(margin, words),
        )
    profit, expected = (
        sum(one["contacts"][name] for one in lived) for name in ("observed", "expected")
    )
    yield words.say(
        "backtest.money",
        profit=words.money(profit, currency),
        expected=words.money(expected, currency),
    )


def _chart(metric: str, found: Comparison, words: Words) -> Figure:
    """A metric day by day; the day that is furthest off is ringed."""
    own = found.metrics.loc[found.metrics["metric"].eq(metric) & found.metrics["origin"].ne(POOLED)]
    mine = own.loc[own["predictor"].eq(CHURN)].set_index("origin")["value"]
    off = -mine if metric == "auc" else np.abs(np.log(mine.where(mine > 0)))
    name, worst = words.name("metric", metric), str(off.idxmax())
    low, high = (words.number(float(one), 3) for one in (mine.min(), mine.max()))
    told = words.say("backtest.over_time", metric=name, low=low, high=high)
    told_of = {"description": told, "metric": name, "worst": words.say("backtest.worst")}
    svg = figures.origins(f"backtest-{metric}", own, worst, words, name, told_of)
    return Figure(svg=svg, title=name, caption=told)


def _cells(one: Day, words: Words, currency: str) -> Iterator[str]:
    own, contacts = one["metrics"][CHURN], one["contacts"]
    yield words.number(one["rows"])
    yield words.percent(one["churned"] / one["rows"])
    for metric in SHOWN:
        yield words.number(np.nan if own[metric] is None else own[metric], 3)
    yield words.number(contacts["contacted"])
    yield words.percent(contacts["left"] / contacts["contacted"]) if contacts["contacted"] else ""
    yield words.money(contacts["observed"], currency)
    yield one["model"]["grade"]
    yield words.say(f"backtest.{'yes' if one['model']['promoted'] else 'no'}")


def _between(one: Interval, words: Words) -> str:
    return words.between(one.low, one.high)
