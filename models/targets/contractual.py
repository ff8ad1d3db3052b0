"""Churn by contract: a term that ends and is not renewed within the grace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, cast
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Compute, Feature
from features.contracts import Frame, Series
from features.errors import DataRefused
from features.families.contract import (
    contract_active,
    contract_amount_30d,
    contract_notice,
    contract_renewals,
    days_to_contract_end,
    days_under_contract,
)
from features.hindsight import ENDED_BEFORE, ENDED_UNWANTED, contract_ends_between
from features.known.needs import Needs
from features.known.told import Told
from features.known.versions import latest
from models.targets.churn import Churn
from models.targets.target import LEFT_OUT, Target

LEFT_DAYS, UNDER_DAYS, NOTICE, RENEWALS = (
    "rule_days_to_contract_end",
    "rule_days_under_contract",
    "rule_contract_notice",
    "rule_contract_renewals",
)
ACTIVE_TERM, AMOUNT = "rule_contract_active", "rule_contract_amount_30d"

_CONTRACTS = Needs(tables=frozenset({"contracts"}))

_TELLING: dict[str, tuple[Compute, str, bool]] = {
    ACTIVE_TERM: (contract_active, "1 if a term runs", True),
    AMOUNT: (contract_amount_30d, "money per 30 days of the running term", False),
    LEFT_DAYS: (days_to_contract_end, "days until the last running term ends", False),
    UNDER_DAYS: (days_under_contract, "days so far on which a term ran", False),
    NOTICE: (contract_notice, "1 if notice was given of the running term", True),
    RENEWALS: (contract_renewals, "terms that renewed the one before them", True),
}


@dataclass(frozen=True, kw_only=True)
class ContractChurn(Churn):
    """Leaving by the end of the last term, unless another begins within the grace.

    At risk at a cutoff is whose paid term was known to run. Churned is who of them is last covered
    by any term until an instant `e` in the label window, with no other term that begins before
    `e + grace_days`. `counts` says which ends are churn: all, those that the customer wanted
    (`voluntary`), or those that they did not, as where a payment failed (`involuntary`); who left
    the other way, or inside the embargo, is neither learned from nor measured. Where a contract
    cannot end before its term does (`may_end_early` is false), only those whose term ends inside
    the label window are at risk.
    """

    kind: ClassVar[str] = "contract"
    LEAST: ClassVar[Mapping[str, float]] = {**Target.LEAST, "grace_days": 0}

    grace_days: int = 14
    counts: Literal["all", "voluntary", "involuntary"] = "all"
    may_end_early: bool = True
    paid_only: bool = True

    @property
    def rises(self) -> bool:
        """The longer one waits, the more terms have ended."""
        return True

    @property
    def patience_days(self) -> int:
        """The grace: a term may be renewed until it is over."""
        return self.grace_days

    @property
    def otherwise(self) -> int:
        """Stayed: a contract runs on unless it is known to have ended."""
        return 0

    @property
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A rule on the end of the term, and a hazard by tenure, notice and renewals."""
        return (
            ("contract_end_rule", (LEFT_DAYS,)),
            ("tenure_hazard", (LEFT_DAYS, UNDER_DAYS, NOTICE, RENEWALS)),
        )

    def telling(self) -> tuple[Feature, ...]:
        """What the contracts say."""
        return tuple(
            Feature(
                name=name,
                family="target",
                unit="flag" if whole else "days",
                meaning=meaning,
                function=function,
                arguments={},
                needs=_CONTRACTS,
                whole=whole,
            )
            for name, (function, meaning, whole) in _TELLING.items()
        )

    def whom(self, told: Told) -> Series:
        """Who has ever had a term."""
        return told.contracts["customer_id"].unique().sort()

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those whose term runs and may end in time."""
        runs = built[ACTIVE_TERM] == 1
        if self.paid_only:
            runs &= built[AMOUNT].fill_nan(None).fill_null(1.0) > 0
        if not self.may_end_early:
            left = built[LEFT_DAYS].fill_nan(None)
            runs &= (left < sum(self.span_days[1:])).fill_null(value=False)
        return built.filter(runs)

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The columns of the baselines."""
        return rows.drop(columns=[ACTIVE_TERM, AMOUNT])

    def reads(self) -> Needs:
        """The contracts."""
        return _CONTRACTS

    def first(self, told: Told) -> datetime | None:
        """The start of the first term."""
        return cast("datetime | None", latest(told.contracts)["starts_at"].min())

    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """Who left, and who is left out because of how or when they did."""
        ends = contract_ends_between(
            told.contracts, cutoffs, *self.span_days, self.grace_days, zone
        ).to_pandas()
        how = ends.pop("how")
        ends["label"] = 1
        ends.loc[how.eq(ENDED_BEFORE), "label"] = LEFT_OUT
        if self.counts != "all":
            wanted = how.eq(ENDED_UNWANTED) == (self.counts == "involuntary")
            ends.loc[~wanted, "label"] = LEFT_OUT
        return ends

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That no term runs."""
        return DataRefused(
            f"no customer had a paid term that ran on {max(cutoffs):%Y-%m-%d}",
            where="[churn]",
            mend='fill the table contracts (docs/sources.md), or take kind = "inactivity"',
        )
