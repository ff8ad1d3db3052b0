"""What the outreach saved, against those who were held out."""

from serving.journey.material import Material
from serving.outcomes import telling
from serving.pages.view import Section, Table, figure, heading, section, word

NUMBERS_FROM = {"measures": 1, "groups": 2}
"""The first column of each table that holds numbers."""


def outreach(told: Material) -> Section:
    """The verdict, every doubt about it, and the effects, on everyone and by group."""
    found = told.outcomes
    if found is None:
        return section(told.words, "outreach")
    speak, currency = telling.words(told.words.language), told.currency
    notes = [
        telling.verdict(found, speak),
        *telling.doubted(found, speak),
        *telling.sentences(found, speak, currency),
    ]
    tables = {
        "measures": ("measure", "value", "once", "always"),
        "groups": ("by", "group", "treated", "control", "difference", "interval", "pooled"),
    }
    rows = {
        "measures": [*telling.measures(found, speak, currency)],
        "groups": [*telling.groups(found, speak)],
    }
    sheets = [
        Table(
            name=name,
            caption=told.words.say(f"outreach.{name}"),
            head=[heading(speak.say(f"column.{key}")) for key in keys],
            rows=[
                [
                    figure(text) if at >= NUMBERS_FROM[name] else word(text)
                    for at, text in enumerate(row)
                ]
                for row in rows[name]
            ],
        )
        for name, keys in tables.items()
        if rows[name]
    ]
    return section(told.words, "outreach", notes=notes, tables=sheets)
