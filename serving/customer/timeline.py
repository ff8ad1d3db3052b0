"""A customer's trace on a time line: stages, touches by channel, the risk night by night."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from markupsafe import Markup

from serving.customer.known import Known
from serving.pages.words import Words

WIDTH, LEFT, RIGHT = 960, 132, 12
LANE, RISK_HEIGHT, HEAD, FOOT = 30, 96, 34, 24
SHOWN_DAYS, SHOWN_LEAST_DAYS = 365, 30
LANES_MOST = 9
DOT_LEAST, DOT_MOST = 3.0, 9.0
MARKS_APART = 60
"""Between the marks of months lie at least so many units."""


@dataclass(frozen=True)
class Span:
    """The days that are drawn, and where on the picture each instant lies."""

    since: datetime
    until: datetime

    def x(self, at: datetime) -> float:
        """The place of an instant, held within the picture."""
        share = (at - self.since) / (self.until - self.since)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)


def timeline(known: Known, words: Words) -> Markup:
    """The picture; the tables below it say the same in words."""
    span = _span(known)
    lanes = _lanes(known, span)
    top = HEAD + LANE
    risk = top + LANE * len(lanes) + 14
    height = risk + RISK_HEIGHT + FOOT
    pieces = [
        *_months(known, words, span, height - FOOT),
        *_stages(known, words, span),
        *_contracts(known, words, span),
        *(piece for at, lane in enumerate(lanes) for piece in _touches(lane, words, span, at)),
        *_risk(known, words, span, risk),
    ]
    head = Markup(
        '<svg class="timeline" viewBox="0 0 {} {}" role="img" aria-labelledby="trace-title '
        'trace-told"><title id="trace-title">{}</title><desc id="trace-told">{}</desc>'
    ).format(WIDTH, height, words.say("trace.title"), words.say("trace.told"))
    return head + Markup("").join(pieces) + Markup("</svg>")


def _span(known: Known) -> Span:
    told = [*known.events["occurred_at"], *known.spells["entered_at"]]
    latest = known.cutoff - timedelta(days=SHOWN_LEAST_DAYS)
    earliest = known.cutoff - timedelta(days=SHOWN_DAYS)
    return Span(min(max(min(told, default=latest), earliest), latest), known.cutoff)


@dataclass(frozen=True)
class Lane:
    """One channel: how many touches a day; what is ours is drawn hollow."""

    channel: str
    touches: pd.DataFrame


def _lanes(known: Known, span: Span) -> list[Lane]:
    shown = known.events.loc[known.events["occurred_at"] >= span.since]
    days = shown["occurred_at"].dt.tz_convert(known.zone).dt.floor("D")
    ours = shown["step"].isin(known.by_business)
    told = shown.assign(day=days, ours=ours, sentiment=shown["sentiment"].fillna(0.0))
    busiest = told["channel"].value_counts().index[:LANES_MOST]
    return [
        Lane(
            str(channel),
            told.loc[told["channel"].eq(channel)]
            .groupby(["day", "ours"], as_index=False)
            .agg(touches=("step", "size"), worst=("sentiment", "min")),
        )
        for channel in busiest
    ]


def _months(known: Known, words: Words, span: Span, bottom: float) -> Iterator[Markup]:
    since, until = (at.astimezone(known.zone) for at in (span.since, span.until))
    first = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = float("-inf")
    for start in pd.date_range(first, until, freq="MS"):
        x = span.x(start.to_pydatetime())
        if start < since or x - before < MARKS_APART or WIDTH - RIGHT - x < MARKS_APART / 2:
            continue
        before = x
        yield Markup('<path class="grid" d="M{:.1f} {}V{:.1f}"/>').format(x, HEAD - 6, bottom)
        name = words.say("months").split()[start.month - 1][:3]
        told = f"{name} {start.year}" if start.month == 1 else name
        yield _text(x, HEAD - 14, told, "mark", "middle")


def _stages(known: Known, words: Words, span: Span) -> Iterator[Markup]:
    yield _text(LEFT - 10, HEAD + 17, words.say("trace.stage"), "lane", "end")
    for number, spell in enumerate(known.spells.to_dict("records")):
        start, end = span.x(spell["entered_at"]), span.x(_end(spell["left_at"], span))
        if end - start <= 0:
            continue
        name = words.name("stage", str(spell["stage"]))
        yield Markup(
            '<rect class="stage tone{}" x="{:.1f}" y="{}" width="{:.1f}" height="22" rx="3">'
            "<title>{}</title></rect>"
        ).format(number % 2, start, HEAD + 2, max(end - start, 1.5), name)
        if end - start > 7 * len(name):
            yield _text(start + 6, HEAD + 17, name, "in", "start")


def _contracts(known: Known, words: Words, span: Span) -> Iterator[Markup]:
    for term in known.contracts.to_dict("records"):
        if pd.isna(term["ends_at"]) or not span.since <= term["ends_at"] <= span.until:
            continue
        x = span.x(term["ends_at"])
        yield Markup('<path class="ends" d="M{:.1f} {}v26"><title>{}</title></path>').format(
            x, HEAD, words.say("trace.contract_ends")
        )


def _touches(lane: Lane, words: Words, span: Span, at: int) -> Iterator[Markup]:
    y = HEAD + LANE + LANE * at + LANE / 2
    yield Markup('<path class="line" d="M{} {:.1f}H{}"/>').format(LEFT, y, WIDTH - RIGHT)
    yield _text(LEFT - 10, y + 4, words.name("channel", lane.channel), "lane", "end")
    for one in lane.touches.to_dict("records"):
        kind = "ours" if one["ours"] else "theirs low" if one["worst"] < 0 else "theirs"
        radius = min(DOT_LEAST + 1.5 * (one["touches"] - 1) ** 0.5, DOT_MOST)
        yield Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(
            kind, span.x(one["day"]), y, radius
        )


def _risk(known: Known, words: Words, span: Span, top: float) -> Iterator[Markup]:
    bottom = top + RISK_HEIGHT
    yield _text(LEFT - 10, top + 10, words.say("trace.risk"), "lane", "end")
    for share in (0.0, 0.5, 1.0):
        y = bottom - RISK_HEIGHT * share
        yield Markup('<path class="line" d="M{} {:.1f}H{}"/>').format(LEFT, y, WIDTH - RIGHT)
        yield (
            _text(LEFT - 10, y + 4, words.percent(share), "tick", "end") if share < 1 else Markup()
        )
    scores = known.history.scores
    told = scores.loc[scores["churn_probability"].notna() & (scores["as_of"] >= span.since)]
    points = [
        (span.x(one["as_of"]), bottom - RISK_HEIGHT * one["churn_probability"], one["risk_band"])
        for one in told.to_dict("records")
    ]
    if len(points) > 1:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
        yield Markup('<path class="risk" d="M{}"/>').format(path)
    for x, y, band in points:
        yield Markup('<circle class="score {}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(
            band, x, y
        )
    if not points:
        yield _text(LEFT + 8, bottom - 8, words.say("trace.no_scores"), "tick", "start")


def _end(left_at: datetime, span: Span) -> datetime:
    return span.until if pd.isna(left_at) else left_at


def _text(x: float, y: float, told: str, kind: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, told
    )
