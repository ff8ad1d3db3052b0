"""Cost of ads: one row a campaign and day; titles and totals are no rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import ads
from features.sources.raw import ROW

GOOGLE = """Campaign performance report
"January 1, 2027 - January 2, 2027"
Day,Campaign,Campaign type,Currency code,Cost,Impr.,Clicks
2027-01-01,Merek ID,Search,IDR,"1,250,000.50","12,345",210
2027-01-02,Video Armada,Video,IDR,75000,900,3
Total: Account, --, --,IDR,"1,325,000.50","13,245",213
Total: Campaigns, --, --,IDR,"1,325,000.50","13,245",213
"""
META = """Day,Campaign name,Amount spent (IDR),Impressions,Reporting starts,Reporting ends
,,975000,4000,2027-01-01,2027-01-02
2027-01-01,Prospek Jakarta,900000,3000,2027-01-01,2027-01-01
2027-01-02,Prospek Jakarta,75000,1000,2027-01-02,2027-01-02
"""
SPEND = ("day", "channel", "campaign", "cost", "currency")


def spent(content, folder, **options):
    path = folder / "ads.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ads.read(path, SourceSpec(name="ads", kind="ads", path="ads.csv", options=options))


def rows(raw, *names):
    return raw.rows.select(*names).collect().rows()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_google(encoding, tmp_path):
    text = GOOGLE if encoding == "utf-8" else GOOGLE.replace("Merek ID", "Merek ID 🚚")
    raw = spent(text.encode(encoding), tmp_path)
    name = "Merek ID" if encoding == "utf-8" else "Merek ID 🚚"
    assert rows(raw, *SPEND, "impressions", "clicks") == [
        ("2027-01-01", "paid_search", name, "1250000.50", "IDR", "12345", "210"),
        ("2027-01-02", "paid_video", "Video Armada", "75000", "IDR", "900", "3"),
    ]
    assert raw.broken == ()


def test_meta(tmp_path):
    assert rows(spent(META, tmp_path), ROW, *SPEND) == [
        (2, "2027-01-01", "paid_social", "Prospek Jakarta", "900000", "IDR"),
        (3, "2027-01-02", "paid_social", "Prospek Jakarta", "75000", "IDR"),
    ]


def test_a_report_over_several_days_has_no_day(tmp_path):
    header = "Campaign name,Reporting starts,Reporting ends,Amount spent (USD)\n"
    content = header + "A,2027-01-01,2027-01-01,1\nB,2027-01-01,2027-01-07,2\n"
    assert rows(spent(content, tmp_path), "day", "campaign") == [("2027-01-01", "A"), (None, "B")]


def test_a_comma_may_be_the_decimal_mark(tmp_path):
    content = 'Day,Campaign,Cost\n2027-01-01,A,"1.250.000,50"\n2027-01-01,B,n/a\n'
    raw = spent(content, tmp_path, decimal=",", currency="idr")
    assert rows(raw, "cost", "currency") == [("1250000.50", "IDR"), ("n/a", "IDR")]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("Day,Campaign,Cost\n", {}, "does not say its currency"),
        ("Day,Campaign,Clicks\n", {}, "no header that this kind knows"),
        (META, {"decimal": "'"}, "`options.decimal`"),
        (META, {"curency": "IDR"}, "did you mean `currency`"),
    ],
)
def test_what_cannot_be_told_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        spent(content, tmp_path, **options)


def test_the_columns_are_those_of_spending():
    assert [*ads.columns(SourceSpec(name="a", kind="ads", path="a"))] == [*SPEND]


CAMPAIGNS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6)


@given(
    campaigns=st.lists(CAMPAIGNS, max_size=6),
    costs=st.lists(st.integers(0, 10**9), min_size=6, max_size=6),
)
def test_every_campaign_is_read_and_no_total(campaigns, costs, tmp_path_factory):
    body = [f'2027-01-01,{name},"{cost:,}"' for name, cost in zip(campaigns, costs, strict=False)]
    content = "\n".join(["report", "Day,Campaign,Cost", *body, 'Total,,"9,999"'])
    raw = spent(content, tmp_path_factory.mktemp("ads"), currency="IDR")
    assert rows(raw, "campaign", "cost") == [
        (name, str(cost)) for name, cost in zip(campaigns, costs, strict=False)
    ]


@given(junk=st.binary(max_size=80))
def test_garbage_is_a_row_or_broken(junk, tmp_path_factory):
    line = b"x,y," + junk.replace(b"\n", b"").replace(b"\r", b"")
    raw = spent(b"Day,Campaign,Cost\n" + line, tmp_path_factory.mktemp("ads"), currency="IDR")
    assert len(rows(raw, ROW)) + len(raw.broken) == 1
