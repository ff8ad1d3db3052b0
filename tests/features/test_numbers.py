"""Numbers in text: read as declared, to the unit, and never as anything else."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sources import SourceSpec, mapping, numbers
from features.sources.raw import ROW

FORMATS = {
    "1,234.56": ("", ",", ".", ""),
    "Rp 1.234,56": ("Rp ", ".", ",", ""),
    "1 234,56 €": ("", " ", ",", " €"),
    "1'234.56 CHF": ("", "'", ".", " CHF"),
    "1234,56": ("", "", ",", ""),
}


def read(cells, number_format):
    series = pl.Series(cells, dtype=pl.String)
    return pl.select(numbers.read(pl.lit(series), number_format)).to_series().to_list()


@given(
    amount=st.decimals(-(10**12), 10**12, places=2),
    number_format=st.sampled_from([*FORMATS]),
    parted=st.booleans(),
)
def test_what_is_written_in_a_format_is_read_back(amount, number_format, parted):
    before, thousands, decimals, after = FORMATS[number_format]
    whole, fraction = f"{abs(amount):{',' if parted else ''}.2f}".split(".")
    sign = "-" if amount < 0 else ""
    cell = f"{sign}{before}{whole.replace(',', thousands)}{decimals}{fraction}{after}"
    assert read([cell], number_format) == [float(amount)]


@given(cells=st.lists(st.text(alphabet="0123456789.,-+ Rp$€jt'e", max_size=9), max_size=8))
def test_a_cell_is_read_with_the_same_digits_or_not_at_all(cells):
    for cell, number in zip(cells, read(cells, "Rp 1.234,56"), strict=True):
        if number is not None:
            digits = "".join(c for c in cell if c.isdigit() or c == ",").rstrip(",")
            assert abs(number) == pytest.approx(float(Decimal(digits.replace(",", "."))))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("Rp 1.250.000", 1_250_000),
        ("Rp1.250.000,-", 1_250_000),
        ("rp. 1.250.000,50", 1_250_000.5),
        ("Rp\u00a01.250", 1250),
        ("-Rp 5", -5),
        ("Rp -5", -5),
        ("1250000", 1_250_000),
        ("-Rp -5", None),
        ("USD 5", None),
        ("1,5 jt", None),
        ("1.25", None),
        ("0.500", None),
        ("1.250.00", None),
        ("1 250", None),
        ("Rp", None),
        ("", None),
        (None, None),
    ],
)
def test_indonesian_money(cell, number):
    assert read([cell], "Rp 1.234,56") == [number]


def test_without_a_format_only_plain_numbers_are_read():
    cells = ["1.250", "1e3", "1.250.000", "Rp 5", "1,5"]
    assert read(cells, None) == [1.25, 1000.0, None, None, None]


@pytest.mark.parametrize(
    "number_format", ["", "1234", "#.##0,00", "1.234.56", "Rp 1.234,56 2", "-1.234,56", "1 234 56"]
)
def test_what_shows_no_number_is_no_format(number_format):
    assert not numbers.format_works(number_format)


def mapped(worths):
    """Rows of the contract that differ in their money and, by their place, in their step."""
    said = SourceSpec(
        name="tills",
        kind="csv",
        path="tills.csv",
        columns={
            "customer_id": "'ana'",
            "occurred_at": "'2026-03-01'",
            "channel": "'store'",
            "step": "place",
            "value": "worth",
        },
        number_format="Rp 1.234,56",
    )
    raw = pl.DataFrame(
        {"worth": worths, "place": [str(place) for place, _ in enumerate(worths)]},
        schema={"worth": pl.String, "place": pl.String},
    )
    return mapping.clean(raw.with_row_index(ROW, offset=1).lazy(), said, ZoneInfo("UTC"))


@given(worths=st.lists(st.text("Rp 1250.,-", max_size=9), max_size=8))
def test_rows_with_money_in_words_are_kept_or_quarantined(worths):
    kept, faulty = mapped(worths)
    assert kept.height + faulty.height == len(worths)
    assert {*faulty["reason"]} <= {"not_a_number"}
    blank = {str(place) for place, worth in enumerate(worths) if not worth.strip()}
    assert {*kept.filter(pl.col("value").is_null())["step"]} == blank


def test_money_in_words_is_kept_in_steps_and_other_words_are_set_aside():
    kept, faulty = mapped(["Rp 1.250.000,00", "-Rp 1.250,5", "USD 5", "1.25", " "])
    assert kept.sort("step")["value"].to_list() == [12_500_000_000, -12_505_000, None]
    assert faulty["row"].to_list() == [3, 4]
