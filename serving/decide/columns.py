"""What was decided about a customer, as the score table tells it."""

from features.contracts import Column

ARMS = ("treated", "control")


def _maybe(name: str, dtype: str, meaning: str, unit: str = "") -> Column[str]:
    return Column(name, dtype, meaning, unit, nullable=True)


HEALTH: Column[str] = Column(
    "health", "int64", "0 to 29 red, 30 to 59 amber, 60 to 100 green; 100 is the safest", "0 to 100"
)

DECIDED: tuple[Column[str], ...] = (
    _maybe("action", "str", "what to do about the customer; empty: nothing"),
    _maybe("action_channel", "str", "by which channel"),
    _maybe("action_by", "str", "what chose it: rule"),
    _maybe("arm", "str", f"{', '.join(ARMS)}: drawn by lot for the experiment; empty: not in it"),
    _maybe("arm_probability", "float64", "with which the arm was drawn", "0 to 1"),
    _maybe("experiment", "str", "the experiment of the arm"),
)
"""Columns of `scores` that are empty for whom nothing was decided."""
