"""Money of other currencies: the rate of the row's business day, or nothing at all."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec, check
from features.sources.mapping import clean
from features.sources.money import DAILY, Rates
from features.sources.rates import MoneyParams, read_rates
from features.sources.raw import ROW

JAKARTA = ZoneInfo("Asia/Jakarta")
COLUMNS = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "'store'",
    "step": "'purchase'",
    "value": "worth",
}
SPEC = SourceSpec(name="sales", kind="csv", path="sales.csv", columns=COLUMNS, currency="money")
FIRST = date(2026, 3, 1)


def rates(*rows, currency="IDR"):
    return Rates(currency, pl.DataFrame(rows, DAILY, orient="row"))


USD = rates(("USD", FIRST, 16_000.0), ("USD", date(2026, 3, 5), 16_500.0))


def converted(rows, known=USD, currency="money"):
    frame = pl.DataFrame(rows, schema=["who", "at", "worth", "money"], orient="row")
    spec = SourceSpec(
        name="sales", kind="csv", path="sales.csv", columns=COLUMNS, currency=currency
    )
    return clean(frame.with_row_index(ROW, offset=1).lazy(), spec, JAKARTA, known)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-02-28T16:59:59Z", "no_rate"),
        ("2026-02-28T17:00:00Z", 16_000),
        ("2026-03-04T16:59:59Z", 16_000),
        ("2026-03-04T17:00:00Z", 16_500),
        ("2030-01-01", 16_500),
    ],
)
def test_the_latest_rate_not_later_than_the_business_day_counts(at, expected):
    rows, faulty = converted([("ana", at, "1.5", "USD")])
    found = rows["value"].to_list() or faulty["reason"].to_list()
    assert found == [expected if isinstance(expected, str) else expected * 15_000]


@pytest.mark.parametrize(
    ("worth", "money", "expected"),
    [
        ("2", " usd ", 320_000_000),
        ("2", "IDR", 20_000),
        ("2", "EUR", "no_rate"),
        ("2", "", "no_rate"),
        ("2", None, "no_rate"),
        ("", "EUR", None),
        ("x", "EUR", "not_a_number"),
        ("x", "USD", "not_a_number"),
        ("1e9", "IDR", 10**13),
        ("1e9", "USD", "too_large"),
    ],
)
def test_an_amount_is_converted_or_set_aside(worth, money, expected):
    rows, faulty = converted([("ana", "2026-03-01", worth, money)])
    assert (rows["value"].to_list() or faulty["reason"].to_list()) == [expected]


amounts = st.integers(-(10**9), 10**9)
days = st.integers(0, 20)
tables = st.dictionaries(
    st.tuples(st.sampled_from(["USD", "EUR"]), days), st.integers(1, 30_000), max_size=6
)


@given(
    table=tables,
    rows=st.lists(
        st.tuples(amounts, st.sampled_from(["USD", "EUR", "IDR", "XXX"]), days), max_size=8
    ),
)
def test_conversion_is_what_fractions_tell(table, rows):
    known = rates(
        *((name, FIRST + timedelta(day), rate / 4) for (name, day), rate in table.items())
    )
    cells = [
        (str(place), f"{FIRST + timedelta(day)} 12:00", str(amount), name)
        for place, (amount, name, day) in enumerate(rows)
    ]
    kept, faulty = converted(cells, known)
    expected = {}
    for place, (amount, name, day) in enumerate(rows):
        until = [then for (other, then) in table if other == name and then <= day]
        rate = Fraction(1) if name == "IDR" else None
        if until:
            rate = Fraction(table[name, max(until)], 4)
        if rate is not None and abs(amount * rate * 10_000) <= 10**15:
            expected[str(place)] = amount * rate * 10_000
    assert dict(kept.select("customer_id", "value").rows()) == expected
    assert kept.height + faulty.height == len(rows)


def test_one_currency_may_be_that_of_all_rows():
    sales = [("ana", "2026-03-01", "2", "EUR")]
    assert converted(sales, currency="USD").rows["value"].to_list() == [320_000_000]
    assert converted(sales, Rates("IDR"), currency="IDR").rows["value"].to_list() == [20_000]
    assert converted(sales, currency="CASE WHEN worth = '2' THEN 'USD' END").rows.height == 1
    with pytest.raises(DataRefused, match="has a currency, and there are no rates"):
        converted(sales, None)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "sales.csv").write_text("who,at,worth,money\nana,2026-03-01,2,EUR\n")
    return tmp_path


def said(root, currency, known):
    spec = SourceSpec(
        name="sales", kind="csv", path="sales.csv", columns=COLUMNS, currency=currency
    )
    return [str(fault) for fault in check.faults([spec], root, known)]


def test_a_currency_without_a_rate_is_refused_before_anything_is_read(root):
    assert said(root, "IDR", Rates("IDR")) == []
    assert said(root, "USD", USD) == []
    assert said(root, "money", Rates("IDR")) == []
    [alone] = said(root, "EUR", Rates("IDR"))
    assert "its money is in EUR, not in IDR, and has no rate" in alone
    assert 'rates = "sources/rates.csv"' in alone
    [absent] = said(root, "EUR", USD)
    assert "add EUR to the table" in absent
    [unknown] = said(root, "mony", USD)
    assert "`currency` uses column 'mony', which is missing" in unknown
    assert "did you mean `money`?" in unknown


def table(root, text, name="rates.csv"):
    (root / name).write_text(text)
    return read_rates(MoneyParams(rates=name), root, currency="IDR")


def test_rates_are_read_from_the_declared_file(root):
    found = table(root, "currency,day,rate,by\nusd,2026-03-05,16500,a\nUSD,2026-03-01,16000,b\n")
    assert found.daily.rows() == USD.daily.rows()
    USD.daily.write_parquet(root / "rates.parquet")
    typed = read_rates(MoneyParams(rates="rates.parquet"), root, currency="IDR")
    assert typed.daily.rows() == USD.daily.rows()
    assert read_rates(MoneyParams(), root, currency="IDR").daily.is_empty()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("day,currency,rates\n", "column 'rate' is missing (rates.csv); did you mean `rates`?"),
        ("day,currency,rate\n2026-03-01,USD,1\n01/03/2026,USD,1\n", "1 rows cannot be read"),
        ("day,currency,rate\n2026-03-01,dollar,1\n", "(the first are 1)"),
        ("day,currency,rate\n2026-03-01,USD,0\n", "a rate above 0"),
        ("day,currency,rate\n2026-03-01,USD,inf\n", "a rate above 0"),
        ("day,currency,rate\n2026-03-01,USD\n", "1 rows cannot be read"),
        ("day,currency,rate\n2026-03-01,USD,1\n2026-03-01,USD,2\n", "USD has two rates on"),
    ],
)
def test_rates_that_cannot_be_read_are_refused(text, reason, root):
    with pytest.raises(DataRefused) as refused:
        table(root, text)
    assert reason in str(refused.value)


def test_a_missing_file_of_rates_is_refused(root):
    with pytest.raises(DataRefused, match="the rates of exchange: the file is missing"):
        read_rates(MoneyParams(rates="none.csv"), root, currency="IDR")


def test_knowing_is_not_the_day_of_the_rate():
    """A sale counts at the rate of the day it happened, whenever it was known."""
    frame = pl.DataFrame(
        {
            "who": ["ana"],
            "at": ["2026-03-01"],
            "worth": ["1"],
            "money": ["USD"],
            "seen": "2026-03-09",
        }
    )
    spec = SourceSpec(
        name="sales", kind="csv", columns={**COLUMNS, "known_at": "seen"}, currency="money"
    )
    rows, _ = clean(frame.lazy(), spec, JAKARTA, USD)
    assert rows["value"].to_list() == [160_000_000]
    assert rows["known_at"].to_list() == [datetime(2026, 3, 8, 17, tzinfo=UTC)]
