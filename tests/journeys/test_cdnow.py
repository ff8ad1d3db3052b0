"""BG/NBD on the sample of CDNOW that its authors published, and what became of its buyers."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from logs import LOGS

from models.transforms.buying import fit_buying

pytestmark = pytest.mark.slow

CALIBRATION_ENDS = datetime(1997, 9, 30)  # noqa: DTZ001  the log has no time zone
WEEK = 7
AHEAD_DAYS = 39 * WEEK


@pytest.fixture(scope="module")
def sample():
    """Repeat purchases, when the last was, how old the customer is; in days."""
    summary = pl.read_parquet(LOGS / "cdnow" / "cdnow_customers_summary.parquet")
    x, weeks, weeks_now = (
        summary[name].to_numpy().astype(np.float64) for name in ("frequency", "recency", "T")
    )
    return x, weeks * WEEK, weeks_now * WEEK


def test_the_published_parameters_are_found(sample):
    """Fader, Hardie and Lee (2005), table 2: 2,357 customers over 39 weeks."""
    found = fit_buying(*sample)
    published = {"r": 0.243, "alpha": 4.414 * WEEK, "a": 0.793, "b": 2.426}
    for name, value in published.items():
        assert getattr(found, name) == pytest.approx(
            value, abs=0.0006 * (WEEK ** (name == "alpha"))
        )
    assert not found.diverged


def test_the_next_39_weeks_bring_about_as_much_as_was_expected(sample):
    log = pl.read_parquet(LOGS / "cdnow" / "cdnow_sample.parquet")
    days = log.select("sample_id", "date").unique()
    end = CALIBRATION_ENDS + timedelta(days=AHEAD_DAYS)
    later = days.filter(pl.col("date").is_between(CALIBRATION_ENDS, end, closed="right")).height
    expected = fit_buying(*sample).expected(*sample, 0, AHEAD_DAYS).sum()
    assert expected == pytest.approx(later, rel=0.15)
