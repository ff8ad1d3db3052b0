"""Decay: what counts half as much with every half-life that passes."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import EVERYTHING, Past, Where
from features.measures import SCALE
from features.traits import decaying

FADED = "each halved every {} days by its age in hours, none older than 44 half-lives"


def events_decayed(past: Past, where: Where, half_life_days: int) -> Floats:
    """Number of events, each halved with every half-life."""
    return decaying.count(past, where, half_life_days)


def value_decayed(past: Past, where: Where, half_life_days: int) -> Floats:
    """Money, each amount halved with every half-life."""
    return decaying.total(past, "value", where, half_life_days) / SCALE


def decay(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Events and money that fade, over all events and in each channel (that carries money)."""
    carrying = {c for c, step in vocabulary.pairs if step in vocabulary.steps_with_value}
    for where in (EVERYTHING, *(Where(channel=channel) for channel in vocabulary.channels)):
        has_money = where.channel in carrying if where.channel else bool(carrying)
        for days in params.half_lives_days:
            faded = FADED.format(days)
            yield Feature(
                name=f"events_decayed{slug(where)}_{days}d",
                family="decay",
                unit="events",
                meaning=f"{phrase(where, 'events')}, {faded}",
                function=events_decayed,
                arguments={"where": where, "half_life_days": days},
                needs=reads(where),
                sign=-1 if where == EVERYTHING else 0,
            )
            if has_money:
                yield Feature(
                    name=f"value_decayed{slug(where)}_{days}d",
                    family="decay",
                    unit="currency",
                    meaning=f"money of {phrase(where, 'events')}, {faded}",
                    function=value_decayed,
                    arguments={"where": where, "half_life_days": days},
                    needs=reads(where, measures=["value"]),
                )
