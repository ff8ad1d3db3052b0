"""The page of a retraining, from its first screen and its sections."""

from collections.abc import Sequence

from serving.pages.html import page
from serving.pages.view import Section
from serving.pages.words import Words
from serving.reports.summary import Summary

ROOM = "serving.reports"
GLOSSARY = (
    "auc",
    "log_loss",
    "ece",
    "observed_over_expected",
    "lift",
    "interval",
    "baseline",
    "champion",
    "out_of_time",
)


def trial_page(words: Words, title: str, summary: Summary, sections: Sequence[Section]) -> str:
    """The whole page; whatever is not markup already is escaped."""
    return page(
        "page.html",
        ROOM,
        words,
        title=title,
        heading=summary.heading,
        origin=summary.origin,
        foot=words.say("page.foot"),
        summary=summary,
        sections=sections,
        glossary=[words.say(f"glossary.{name}") for name in GLOSSARY],
    )
