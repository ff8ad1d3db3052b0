"""Whether the model is steady: date by date, the worst marked."""

import pandas as pd

from models.judging.bootstrap import POOLED
from serving.pages.view import Cell, Figure, Section, Table, figure, section, word
from serving.reports import figures
from serving.reports.beside import MEANINGS
from serving.reports.material import HIGHER_IS_BETTER, Material


def stability(told: Material) -> Section:
    """The model date by date, the worst marked."""
    words, rows = told.words, told.trial.metrics
    shown = [name for name in MEANINGS if name in told.metrics]
    if len(told.origins) < len(("first", "last")) or not shown:
        return section(words, "stability")
    drawn: list[Figure] = []
    for name in shown:
        own = rows.loc[rows["metric"].eq(name) & rows["origin"].ne(POOLED)]
        mine = own.loc[own["predictor"].eq(told.predictors[0])].set_index("origin")["value"]
        saying = _over_time(told, name, mine)
        title, worst = words.name("metric", name), worst_origin(mine, name)
        svg = figures.origins(f"stability-{name}", own, worst, words, title, saying)
        drawn.append(Figure(svg=svg, title=title, caption=saying["description"]))
    return section(words, "stability", figures=drawn, tables=[_by_date(told)])


def worst_origin(values: pd.Series, metric: str) -> str:
    """The date at which a metric is worst."""
    return str(values.idxmin() if HIGHER_IS_BETTER[metric] else values.idxmax())


def _over_time(told: Material, metric: str, mine: pd.Series) -> dict[str, str]:
    words = told.words
    name, least, most = words.name("metric", metric), mine.min(), mine.max()
    description = words.say(
        "stability.told",
        metric=name,
        count=len(mine),
        low=words.number(least, 3),
        high=words.number(most, 3),
        worst=words.date(worst_origin(mine, metric)),
    )
    return {"description": description, "metric": name, "worst": words.say("stability.worst")}


def _by_date(told: Material) -> Table:
    words, rows = told.words, told.trial.metrics
    own = rows.loc[rows["predictor"].eq(told.predictors[0])]
    values = own.set_index(["origin", "metric"])
    key = next(name for name in MEANINGS if name in told.metrics)
    dates = own.loc[own["metric"].eq(key) & own["origin"].ne(POOLED)].set_index("origin")["value"]
    worst = worst_origin(dates, key)
    cells = [
        [
            word(origin, words.say("stability.worst") if origin == worst else ""),
            *(_dated(told, values, (origin, metric)) for metric in told.metrics),
        ]
        for origin in told.origins
    ]
    names = [words.name("metric", metric) for metric in told.metrics]
    head = [words.say("stability.origin"), *names]
    return Table(caption=words.say("stability.caption"), head=head, rows=cells, folded=True)


def _dated(told: Material, values: pd.DataFrame, key: tuple[str, str]) -> Cell:
    if key not in values.index:
        return figure("")
    row = values.loc[key]
    return figure(
        told.words.number(float(row["value"]), 3),
        told.words.between(float(row["low"]), float(row["high"])),
    )
