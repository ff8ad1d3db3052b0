"""One file a family: functions of the past, and the features made of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from features.catalog import Catalog, Family, Feature, FeatureParams, Vocabulary
from features.families.breadth import breadth
from features.families.campaign import campaign
from features.families.consistency import consistency
from features.families.contract import contract
from features.families.conversation import conversation
from features.families.decay import decay
from features.families.diversity import diversity
from features.families.frequency import frequency
from features.families.journey import journey
from features.families.lags import lags
from features.families.monetary import monetary
from features.families.peers import peers
from features.families.profile import profile
from features.families.recency import recency
from features.families.rhythm import rhythm
from features.families.steps import steps
from features.families.support import support
from features.families.tenure import tenure
from features.families.trend import trend
from features.families.value import value
from features.mistakes import Mistake, nearest, unknown_key
from features.roles import PARTS, ROLES

FAMILIES: dict[str, Family] = {
    "recency": recency,
    "tenure": tenure,
    "frequency": frequency,
    "monetary": monetary,
    "rhythm": rhythm,
    "lags": lags,
    "breadth": breadth,
    "trend": trend,
    "decay": decay,
    "diversity": diversity,
    "journey": journey,
    "steps": steps,
    "contract": contract,
    "support": support,
    "conversation": conversation,
    "consistency": consistency,
    "campaign": campaign,
    "value": value,
    "profile": profile,
    "peers": peers,
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
    if not params.windows_days:
        yield _unfit("windows_days", ())
    for name in ("windows_days", "half_lives_days"):
        spans: tuple[int, ...] = getattr(params, name)
        possible = all(1 <= days <= LONGEST_WINDOW_DAYS for days in spans)
        if not possible or len(set(spans)) < len(spans):
            yield _unfit(name, spans)
    for name, played, known in (
        ("roles", params.roles, ROLES),
        ("attributes", params.attributes, PARTS),
    ):
        yield from (unknown_key(f"{name}.{one}", one, known) for one in played if one not in known)


def mistakes_in_segments(params: FeatureParams, attributes: Iterable[str]) -> Iterator[Mistake]:
    """The segments that are no attribute which some source tells of customers."""
    told = list(attributes)
    for name in params.segments:
        if name not in told:
            reason = f"{name!r} is no attribute of customers that a source tells"
            mend = nearest(name, told) if told else "name it in `attributes` of a source"
            yield Mistake("segments", reason, mend)


def _unfit(name: str, spans: tuple[int, ...]) -> Mistake:
    mend = f"write different whole numbers from 1 to {LONGEST_WINDOW_DAYS}"
    return Mistake(name, f"are {list(spans)}", mend)


def catalog(params: FeatureParams, vocabulary: Vocabulary, own: Iterable[Feature] = ()) -> Catalog:
    """Every feature of the workspace's families over the words it has seen, and its `own`."""
    families = (FAMILIES[name](params, vocabulary) for name in params.families)
    return Catalog([*chain.from_iterable(families), *own])
