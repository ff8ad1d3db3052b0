"""The features of breadth against sets."""

from hypothesis import given
from slowly import Events, assert_agrees
from wholes import PARAMS, VOCABULARY, wholes

from features.catalog import Vocabulary
from features.families.breadth import breadth
from features.known.past import EVERYTHING

FEATURES = tuple(breadth(PARAMS, VOCABULARY))


class Slow(Events):
    def distinct_in_window(self, kinds, days):
        words = {row[kinds.by] for row in self.of(EVERYTHING, days)}
        return len({word if word in kinds.words else "unknown" for word in words})


@given(world=wholes())
def test_breadth_agrees_with_the_slow_way(world):
    assert_agrees(world, FEATURES, Slow)


def test_what_comes_in_one_kind_alone_is_not_counted():
    one_channel = Vocabulary(pairs=(("web", "visit"), ("web", "order")))
    assert {f.unit for f in breadth(PARAMS, one_channel)} == {"steps"}
