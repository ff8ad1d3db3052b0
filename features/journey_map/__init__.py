"""The journey map: small tables of counts over the whole lake, and one customer's trace."""

from features.journey_map.bins import DWELL_EDGES, WAIT_EDGES
from features.journey_map.map import JourneyMap, journey_map

__all__ = ["DWELL_EDGES", "WAIT_EDGES", "JourneyMap", "journey_map"]
