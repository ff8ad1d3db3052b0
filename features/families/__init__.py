"""One file a family: functions of the past, and the features made of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from features.catalog import Catalog, Family, Feature, FeatureParams, Vocabulary
from features.families.consistency import consistency
from features.families.contract import contract
from features.families.conversation import conversation
from features.families.frequency import frequency
from features.families.journey import journey
from features.families.monetary import monetary
from features.families.recency import recency
from features.families.rhythm import rhythm
from features.families.steps import steps
from features.families.support import support
from features.families.tenure import tenure
from features.mistakes import Mistake, nearest

FAMILIES: dict[str, Family] = {
    "recency": recency,
    "tenure": tenure,
    "frequency": frequency,
    "monetary": monetary,
    "rhythm": rhythm,
    "journey": journey,
    "steps": steps,
    "contract": contract,
    "support": support,
    "conversation": conversation,
    "consistency": consistency,
}

LONGEST_WINDOW_DAYS = 36_500


def mistakes_in_features(params: FeatureParams) -> Iterator[Mistake]:
    """What of the parameters cannot be built."""
    if not params.families:
        yield Mistake("families", "is empty", f"name some of {', '.join(FAMILIES)}")
    for name, count in Counter(params.families).items():
        if name not in FAMILIES:
            yield Mistake("families", f"{name!r} is unknown", nearest(name, FAMILIES))
        elif count > 1:
            yield Mistake("families", f"{name!r} stands there {count} times", "name it once")
    windows = params.windows_days
    possible = all(1 <= days <= LONGEST_WINDOW_DAYS for days in windows)
    if not windows or not possible or len(set(windows)) < len(windows):
        mend = f"write different whole numbers from 1 to {LONGEST_WINDOW_DAYS}"
        yield Mistake("windows_days", f"are {list(windows)}", mend)


def catalog(params: FeatureParams, vocabulary: Vocabulary, own: Iterable[Feature] = ()) -> Catalog:
    """Every feature of the workspace's families over the words it has seen, and its `own`."""
    families = (FAMILIES[name](params, vocabulary) for name in params.families)
    return Catalog([*chain.from_iterable(families), *own])
