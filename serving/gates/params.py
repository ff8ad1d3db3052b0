"""How far a night may differ from the one before it."""

from dataclasses import dataclass, fields

_SHARES = (
    "fewer_rows_most",
    "unfit_share_most",
    "same_share_most",
    "emptier_most",
    "suppressed_more_most",
)


@dataclass(frozen=True, kw_only=True)
class GateParams:
    """Limits of the quality gates, `[gates]` in the workspace file; `docs/gates.md` tells each.

    `fewer_rows_most` and `more_rows_most` are shares of last night's rows: 0.4 fewer, 3 times as
    many more. `mean_noises_most` counts in what the mean moves by itself from night to night,
    `mean_shift_most` is a share of last night's mean; both must be passed. `psi_most` is the
    population stability index. `emptier_most` and `suppressed_more_most` are differences of shares.
    """

    fewer_rows_most: float = 0.4
    more_rows_most: float = 3.0
    stale_days_most: int = 7
    same_share_most: float = 0.95
    unfit_share_most: float = 0.001
    mean_noises_most: float = 4.0
    mean_shift_most: float = 0.25
    psi_most: float = 0.25
    model_age_days_most: int = 180
    emptier_most: float = 0.25
    suppressed_more_most: float = 0.2

    def __post_init__(self) -> None:
        """Refuse limits that are none."""
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                msg = f"{name} is {getattr(self, name)}; write a share from 0 to 1"
                raise ValueError(msg)
        for one in fields(self):
            if getattr(self, one.name) < 0:
                msg = f"{one.name} is {getattr(self, one.name)}; write a number from 0"
                raise ValueError(msg)
