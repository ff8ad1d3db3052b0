"""How pains are looked for: how far back, among how many, and how surely."""

from dataclasses import dataclass

from models.limits import at_least, at_most

DAYS_A_MONTH = 365 / 12


@dataclass(frozen=True, kw_only=True)
class PainParams:
    """How pains are looked for.

    Customers are looked at on the last `cutoffs` days whose outcome is known, a horizon apart. What
    they went through counts for `recent_days`. Where there are many, about `customers_most` of them
    are drawn. A cell of fewer than `customers_least` is not told, nor one of which fewer than
    `drops_least` are expected to drop off, nor steps of fewer than `steps_least` who recovered. Of
    the pains that are told, a share of at most `false_share` is expected to be none.
    """

    cutoffs: int = 4
    recent_days: int = 30
    customers_most: int = 100_000
    customers_least: int = 50
    drops_least: int = 10
    steps_least: int = 20
    false_share: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that are none."""
        at_least(self, cutoffs=1, recent_days=1, customers_most=1, customers_least=2)
        at_least(self, drops_least=1, steps_least=1, false_share=1e-6)
        at_most(self, false_share=1, recent_days=3650)
