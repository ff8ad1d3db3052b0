"""The inventory: every channel and every step, with reach, events, value, sentiment and cost."""

import math

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.pages.view import Cell, Table, figure, word

MEASURES = ("events", "value", "sentiment", "rated")
NONE, NOTHING = (0.0,), (0.0, 0.0, 0.0, 0.0)

LITTLE = 0.1
"""Sentiments nearer to zero are neither good nor bad."""

STEPS_MOST = 200
"""Steps in the table, the commonest first."""


def channels(told: Material) -> Table:
    """One row a channel."""
    words, counts = told.words, told.counts
    touched = totals(counts.frames["touches"], ["channel"], *MEASURES)
    reach = totals(counts.frames["reach"], ["channel"], "customers")
    spent = totals(counts.frames["spend"], ["channel"], "cost")
    rows = list[list[Cell]]()
    for name in paid_or_touched(told):
        events, value, sentiment, rated = touched.get((name,), NOTHING)
        each = told.costs.get(name)
        rows.append(
            [
                word(told.channel(name)),
                figure(words.number(reach.get((name,), NONE)[0] / len(counts.months))),
                figure(words.number(events)),
                figure(words.number(value)),
                felt(told, sentiment, rated),
                figure(words.number(math.nan if each is None else each * events)),
                figure(words.number(spent.get((name,), (math.nan,))[0])),
            ]
        )
    keys = ("channel", "reach", "events", "value", "sentiment", "cost", "spend")
    head = [words.say(f"inventory.{key}", currency=told.currency) for key in keys]
    return Table(
        name="channels", caption=words.say("inventory.channels"), head=head, rows=rows, is_live=True
    )


def paid_or_touched(told: Material) -> list[str]:
    """The channels by which anybody came, or for which somebody paid."""
    found = {*told.counts.frames["touches"]["channel"], *told.counts.frames["spend"]["channel"]}
    return [channel for channel in told.counts.chosen("channel") if channel in found]


def pairs(told: Material) -> list[tuple[str, str]]:
    """Every channel with every step in it, the commonest first."""
    events = totals(told.counts.frames["touches"], ["channel", "step"], "events")
    ordered = sorted((-count, channel, step) for (channel, step), (count,) in events.items())
    return [(channel, step) for _, channel, step in ordered[:STEPS_MOST]]


def steps(told: Material) -> Table:
    """One row a step in its channel."""
    words, counts = told.words, told.counts
    sums = totals(counts.frames["touches"], ["channel", "step"], "customers", *MEASURES)
    rows = [
        [
            word(words.name("step", step), told.channel(channel)),
            *_of_step(told, sums[channel, step]),
        ]
        for channel, step in pairs(told)
    ]
    keys = ("step", "reach", "events", "value", "sentiment")
    head = [words.say(f"inventory.{key}", currency=told.currency) for key in keys]
    return Table(
        name="steps",
        caption=words.say("inventory.steps"),
        head=head,
        rows=rows,
        folded=True,
        is_live=True,
    )


def felt(told: Material, total: float, rated: float) -> Cell:
    """A mean sentiment and of how many; a dash where there is none, or of too few."""
    if not rated or rated < told.counts.least:
        return figure(told.words.number(math.nan))
    mean = total / rated
    note = told.words.say("feelings.of", number=told.words.number(rated))
    return figure(told.words.number(mean, 2, signed=True), note, mark(mean))


def mark(mean: float) -> str:
    """How a sentiment is to look; its sign says the same.

    >>> mark(0.4), mark(0.0), mark(-0.2)
    ('good', '', 'bad')
    """
    return "good" if mean > LITTLE else "bad" if mean < -LITTLE else ""


def _of_step(told: Material, found: tuple[float, ...]) -> list[Cell]:
    words, months = told.words, len(told.counts.months)
    customers, events, value, sentiment, rated = found
    return [
        figure(words.number(customers / months)),
        figure(words.number(events)),
        figure(words.number(value)),
        felt(told, sentiment, rated),
    ]
