"""How patient a delivery is, and when it would rather stop."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DeliveryParams:
    """Patience of one delivery to one destination.

    A batch is tried `attempts` times; between two tries passes a random pause that doubles up to
    `longest_pause_seconds`, or what the vendor asks for. A vendor who asks for more than
    `patience_seconds` is left alone until then, and the delivery is incomplete; so it is after
    `deadline_minutes`. More clears than `most_cleared_share` of what a destination holds stop the
    delivery: a mistake upstream is likelier than so many departures.
    """

    attempts: int = 6
    longest_pause_seconds: float = 60.0
    patience_seconds: float = 300.0
    deadline_minutes: float = 240.0
    most_cleared_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse counts and spans that are none."""
        if self.attempts < 1:
            msg = f"attempts is {self.attempts}; write 1 or more"
            raise ValueError(msg)
        for name in ("longest_pause_seconds", "patience_seconds", "deadline_minutes"):
            if not getattr(self, name) > 0:
                msg = f"{name} is {getattr(self, name)}; write a number above 0"
                raise ValueError(msg)
        if not 0 <= self.most_cleared_share <= 1:
            msg = f"most_cleared_share is {self.most_cleared_share}; write a share from 0 to 1"
            raise ValueError(msg)
