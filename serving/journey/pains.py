"""Where it hurts, the dearest first, and what mending it is worth."""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from serving.journey.material import Material
from serving.pages.view import Cell, Section, Table, figure, section, word
from serving.pages.words import DASH

PAINS_MOST = 25
"""Pain points on the page; there may be more in the frame."""

KEYS = ("pain", "customers", "observed", "expected", "excess", "money", "now")
OPPORTUNITIES = ("pain", "now", "recovered", "did", "worth")
Row = Mapping[Hashable, Any]


def pains(told: Material) -> Section:
    """Pain points ranked by money, with what was seen and what was to be expected."""
    found = ranked(told)
    if not found:
        absent = _none(told, "pains")
        notes = (absent.absent, *_scope(told), *_harmless(told))
        return replace(absent, absent=" ".join(notes))
    rows = [_pain(told, at, row) for at, row in enumerate(found, 1)]
    return section(
        told.words,
        "pains",
        notes=[*_scope(told), *_harmless(told)],
        tables=[_sheet(told, "pains", KEYS, rows, found)],
    )


def opportunities(told: Material) -> Section:
    """For each pain whom it concerns now, what those did who recovered, and its worth."""
    found = ranked(told)
    if not found:
        return _none(told, "opportunities")
    rows = [
        [
            word(f"{at}. {place(told, row)}", kind(told, row)),
            figure(told.words.number(number(row, "affected_now"))),
            figure(told.words.number(number(row, "recovered"))),
            word(_did(told, row)),
            figure(told.about(number(row, "worth"))),
        ]
        for at, row in enumerate(found, 1)
    ]
    sheet = _sheet(told, "opportunities", OPPORTUNITIES, rows, found)
    return section(told.words, "opportunities", tables=[sheet])


def ranked(told: Material) -> list[Row]:
    """The pain points on the page in the order of their frame; none where nobody looked.

    Waits and stalls are told by their frame even where those concerned drop off no more than
    others; they are no pain points here.
    """
    if told.pains is None:
        return []
    rows: list[Row] = [*told.pains.frame.to_dict("records")]
    return [row for row in rows if float(row["excess"]) > 0][:PAINS_MOST]


def place(told: Material, row: Row) -> str:
    """Where a pain is: stage, channel and persona, as far as it is told of one."""
    named = {"stage": told.stage, "channel": told.channel, "persona": told.persona}
    places = [
        told.words.say(f"place.{key}", name=say(str(row[key])))
        for key, say in named.items()
        if is_told(row[key])
    ]
    return " · ".join(places) or told.words.say("pains.everywhere")


def number(row: Row, name: str) -> float:
    """A number of a row; NaN where it is not told."""
    value = row.get(name)
    return math.nan if value is None else float(value)


def _none(told: Material, name: str) -> Section:
    words, key = told.words, f"{name}.none" if told.pains is None else "pains.nothing"
    absent = words.say(key)
    if told.unasked and name == "pains":
        absent = words.say("pains.refused", why=told.unasked)
    return Section(anchor=name, title=words.say(f"{name}.title"), absent=absent)


def _pain(told: Material, at: int, row: Row) -> list[Cell]:
    words = told.words
    low, high = number(row, "low"), number(row, "high")
    money = (number(row, name) for name in ("money_low", "money_high"))
    return [
        word(f"{at}. {place(told, row)}", " · ".join(_noted(told, row))),
        figure(words.number(number(row, "customers"))),
        figure(words.percent(number(row, "observed"))),
        figure(words.percent(number(row, "expected"))),
        figure(told.points(number(row, "excess")), _between(told, low, high)),
        figure(told.about(number(row, "money")), f" {DASH} ".join(map(told.about, money))),
        figure(words.number(number(row, "affected_now"))),
    ]


def _between(told: Material, low: float, high: float) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    low_told, high_told = (told.words.number(100 * one, 1, signed=True) for one in (low, high))
    return f"{low_told} {DASH} {high_told}"


def kind(told: Material, row: Row) -> str:
    """What kind of pain it is, and of waits for what."""
    what = str(row.get("what") or "")
    named = told.words.name("pain", str(row["kind"]))
    return f"{named}: {told.words.name('wait', what)}" if row["kind"] == "wait" and what else named


def _noted(told: Material, row: Row) -> Iterator[str]:
    """The kind, how many of those concerned it befell, and whether it is only suspected."""
    yield kind(told, row)
    share = number(row, "share")
    if math.isfinite(share):
        yield told.words.say("pains.share", share=told.words.percent(share))
    if not row["certain"]:
        yield told.words.say("pains.suspected")


def _scope(told: Material) -> Iterator[str]:
    """What the search rests on."""
    if told.pains is not None and told.pains.cutoffs:
        yield told.words.say(
            "pains.scope",
            customers=told.words.number(told.pains.customers),
            first=told.day(told.pains.cutoffs[0]),
            last=told.day(told.pains.cutoffs[-1]),
            days=told.pains.horizon_days,
            tried=sum(told.pains.tried.values()),
        )


def _harmless(told: Material) -> Iterator[str]:
    """What befalls customers who drop off no more than others."""
    if told.pains is not None:
        for row in told.pains.frame.to_dict("records"):
            if float(row["excess"]) <= 0 and math.isfinite(number(row, "share")):
                share = told.words.percent(number(row, "share"))
                yield told.words.say("pains.harmless", kind=kind(told, row), share=share)


def _did(told: Material, row: Row) -> str:
    """What those who recovered did more often than the others, with both shares."""
    return "; ".join(
        told.words.say(
            "pains.step",
            step=told.words.name("step", str(one["step"])),
            share=told.words.percent(float(one["share"])),
            other=told.words.percent(float(one["other_share"])),
        )
        for one in row["recovered_by"]
    )


def _sheet(
    told: Material, name: str, keys: Iterable[str], rows: list[list[Cell]], found: list[Row]
) -> Table:
    head = [told.words.say(f"pains.{key}") for key in keys]
    return Table(
        name=name,
        caption=told.words.say(f"{name}.caption"),
        head=head,
        rows=rows,
        tags=[tags(row) for row in found],
    )


def tags(row: Row) -> dict[str, str]:
    """Which persona and channel a row is about."""
    return {name: str(row[name]) for name in ("persona", "channel") if is_told(row.get(name))}


def is_told(name: Any) -> bool:  # noqa: ANN401  # a cell of a frame
    """Whether a stage, channel or persona is named, not every one of them."""
    return name is not None and not pd.isna(name) and str(name) not in ("", "*")
