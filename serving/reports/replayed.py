"""The page of a backtest: all days together, a chart of each measure, a table of the days."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from models.bootstrap import POOLED, Comparison, Interval
from models.trial import CHURN
from serving.reports import figures
from serving.reports.palette import DARK, HEAT_MOST, LIGHT, channels, variables
from serving.reports.replay_words import WORDS
from serving.reports.view import Figure
from serving.reports.words import Words

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
    words, say = Words(language), WORDS[language]
    lived = [one for one in days if not one["refused"]]
    return _template().render(
        language=language,
        title=title,
        say=say,
        sentences=list(_sentences(lived, found, words, currency)) if found else [],
        figures=[_chart(metric, found, words) for metric in CHARTS] if found else [],
        head=[say[name] for name in HEAD],
        rows=[list(_cells(one, words, currency)) for one in lived],
        refused=[(words.date(one["day"]), one["refused"]) for one in days if one["refused"]],
        light=variables(LIGHT),
        dark=variables(DARK),
        light_heat=channels(LIGHT["model"]),
        dark_heat=channels(DARK["model"]),
        heat_most=HEAT_MOST,
    )


def _sentences(
    lived: Sequence[Day], found: Comparison, words: Words, currency: str
) -> Iterator[str]:
    say = WORDS[words.language]
    auc, loss, ratio = (
        found.pooled(name) for name in ("auc", "log_loss", "observed_over_expected")
    )
    yield say["together"].format(
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
        yield say["beside"].format(
            baseline=words.name("predictor", baseline),
            value=words.number(margin.value, 3, signed=True),
            between=_between(margin, words),
        )
    profit, expected = (
        sum(one["contacts"][name] for one in lived) for name in ("observed", "expected")
    )
    yield say["money"].format(
        profit=words.money(profit, currency), expected=words.money(expected, currency)
    )


def _chart(metric: str, found: Comparison, words: Words) -> Figure:
    """A metric day by day; the day that is furthest off is ringed."""
    say = WORDS[words.language]
    own = found.metrics.loc[found.metrics["metric"].eq(metric) & found.metrics["origin"].ne(POOLED)]
    mine = own.loc[own["predictor"].eq(CHURN)].set_index("origin")["value"]
    off = -mine if metric == "auc" else np.abs(np.log(mine.where(mine > 0)))
    name, worst = words.name("metric", metric), str(off.idxmax())
    low, high = (words.number(float(one), 3) for one in (mine.min(), mine.max()))
    told = say["over_time"].format(metric=name, low=low, high=high)
    told_of = {"description": told, "metric": name, "worst": say["worst"]}
    svg = figures.origins(f"backtest-{metric}", own, worst, words, name, told_of)
    return Figure(svg=svg, title=name, caption=told)


def _cells(one: Day, words: Words, currency: str) -> Iterator[str]:
    say, own, contacts = WORDS[words.language], one["metrics"][CHURN], one["contacts"]
    yield one["day"]
    yield words.number(one["rows"])
    yield words.percent(one["churned"] / one["rows"])
    for metric in SHOWN:
        yield words.number(np.nan if own[metric] is None else own[metric], 3)
    yield words.number(contacts["contacted"])
    yield words.percent(contacts["left"] / contacts["contacted"]) if contacts["contacted"] else ""
    yield words.money(contacts["observed"], currency)
    yield one["model"]["grade"]
    yield say["yes" if one["model"]["promoted"] else "no"]


def _between(one: Interval, words: Words) -> str:
    return words.between(one.low, one.high)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("serving.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("backtest.html")
