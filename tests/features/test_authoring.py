"""One documented function becomes a feature, or several; mistakes are told with their line."""

import pytest

from features.catalog import reads
from features.errors import WorkspaceInvalid
from features.known.needs import Needs
from features.known.past import EVERYTHING, Where
from features.own.authoring import feature

VISITS = Where(step="visit")


def visits(past, days=7):
    """Visits in the last week.

    Whatever their channel.
    """
    return past.count(VISITS, days)


def counted(past, where, days):
    """Number of {where:events} in the last {days} days."""
    return past.count(where, days)


def test_a_function_is_a_feature():
    (made,) = feature(unit="events", needs=reads(VISITS, 7), sign=-1, whole=True)(visits).features
    assert (made.name, made.family, made.unit) == ("visits", "own", "events")
    assert made.meaning == "visits in the last week"
    assert (made.function, dict(made.arguments)) == (visits, {})
    assert made.needs == Needs(lookbacks_days=frozenset({7}), steps=frozenset({"visit"}))
    assert (made.sign, made.whole) == (-1, True)


def test_a_decorated_function_is_still_a_function():
    class Two:
        def count(self, where, days):
            return 2 if (where, days) == (VISITS, 28) else 0

    assert feature(unit="events")(visits)(Two(), days=28) == 2


def test_variants_are_every_combination_in_the_order_that_is_said():
    decorate = feature(
        unit="events",
        name="events{where}_{days}d",
        over={"where": (EVERYTHING, VISITS), "days": (7, 28)},
    )
    made = decorate(counted).features
    names = ["events_7d", "events_28d", "events_step_visit_7d", "events_step_visit_28d"]
    assert [one.name for one in made] == names
    assert made[3].meaning == "number of events of step visit in the last 28 days"
    assert made[3].arguments == {"where": VISITS, "days": 28}


def test_what_the_arguments_say_is_read_need_not_be_declared():
    decorate = feature(
        unit="events", name="events{where}_{days}d", needs=reads(Where(channel="web"))
    )
    (made,) = decorate(counted).over(where=[VISITS], days=[28])
    assert made.needs == reads(VISITS, 28) | reads(Where(channel="web"))


def test_a_word_that_is_no_name_is_slugged_as_in_the_catalog():
    decorate = feature(unit="events", name="events{where}_{days}d")
    (made,) = decorate(counted).over(where=[Where(step="Demo requested")], days=[7])
    assert made.name == "events_step_demo_requested_7d"


def test_a_capital_that_is_an_abbreviation_stays():
    def score(past):
        """NPS of the last answer."""

    assert feature(unit="points")(score).features[0].meaning == "NPS of the last answer"


def undocumented(past):
    return past.count()


def idle():
    """Nothing."""


MISTAKES = [
    (lambda: feature(visits), "says no unit"),
    (lambda: feature(unit=" ")(visits), "says no unit"),
    (lambda: feature(unit="events")(undocumented), "undocumented has no docstring"),
    (lambda: feature(unit="events")(idle), "takes the past as its first argument"),
    (lambda: feature(unit="events")(counted).features, "no value is given for where, days"),
    (lambda: feature(unit="events", over={"weeks": (1,)})(visits), "visits takes no weeks"),
    (lambda: feature(unit="x", over={"days": (7, 14)}, name="x")(visits), "would have one name"),
    (lambda: feature(unit="events", name="Visits!")(visits).features, "'Visits!' cannot be"),
    (lambda: feature(unit="events", name="v_{weeks}")(visits).features, "the name 'v_{weeks}'"),
    (lambda: feature(unit="events", name="churned")(visits).features, "'churned' cannot be"),
]


@pytest.mark.parametrize(("make", "what"), MISTAKES, ids=[what for _, what in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_a_mend(make, what):
    with pytest.raises(WorkspaceInvalid) as caught:
        make()
    assert what in caught.value.what
    assert "test_authoring.py, line " in caught.value.where
    assert caught.value.mend


def test_only_functions_are_features():
    with pytest.raises(WorkspaceInvalid, match="only a function"):
        feature(unit="events")(VISITS)


@pytest.mark.parametrize("name", ["cutoff", "rfm_events", "next_step_none", "churn_rate_plan"])
def test_what_stands_beside_features_in_a_panel_is_reserved(name):
    with pytest.raises(WorkspaceInvalid, match="cannot be a feature's name"):
        assert feature(unit="events", name=name)(visits).features
