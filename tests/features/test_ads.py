"""Cost of ads: one row a campaign and day; titles and totals are no rows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec, check
from features.sources.kinds import ads, complete
from features.sources.mapping import clean
from features.sources.money import Rates
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


def spent(content, folder, money=None, **options):
    path = folder / "ads.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    spec = SourceSpec(
        name="ads", kind="ads", path="ads.csv", table="spend", currency=money, options=options
    )
    return ads.read(path, spec)


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


def test_what_looks_like_a_title_ends_no_report_without_sections(tmp_path):
    more = "3. Total\n2027-01-03,Prospek,1,1,2027-01-03,2027-01-03\n"
    raw = spent(META + more, tmp_path)
    assert len(raw.broken) == 1
    assert rows(raw, "day")[-1] == ("2027-01-03",)


def test_meta(tmp_path):
    assert rows(spent(META, tmp_path), ROW, *SPEND) == [
        (2, "2027-01-01", "paid_social", "Prospek Jakarta", "900000", "IDR"),
        (3, "2027-01-02", "paid_social", "Prospek Jakarta", "75000", "IDR"),
    ]


def test_meta_in_indonesian(tmp_path):
    names = {
        "Day": "Hari",
        "Campaign name": "Nama kampanye",
        "Amount spent": "Jumlah yang dibelanjakan",
        "Impressions": "Impresi",
        "Reporting starts": "Awal pelaporan",
        "Reporting ends": "Akhir pelaporan",
    }
    text = META
    for name, ours in names.items():
        text = text.replace(name, ours)
    what = (ROW, *SPEND, "impressions")
    assert rows(spent(text, tmp_path), *what) == rows(spent(META, tmp_path), *what)
    without = "\n".join(line.partition(",")[2] for line in text.splitlines())
    assert rows(spent(without, tmp_path), "day") == [("2027-01-01",), ("2027-01-02",)]


def test_a_report_over_several_days_has_no_day(tmp_path):
    header = "Campaign name,Reporting starts,Reporting ends,Amount spent (USD)\n"
    content = header + "A,2027-01-01,2027-01-01,1\nB,2027-01-01,2027-01-07,2\n"
    assert rows(spent(content, tmp_path), "day", "campaign") == [("2027-01-01", "A"), (None, "B")]


def test_a_comma_may_be_the_decimal_mark(tmp_path):
    content = 'Day,Campaign,Cost\n2027-01-01,A,"1.250.000,50"\n2027-01-01,B,n/a\n'
    raw = spent(content, tmp_path, decimal=",", money="IDR")
    assert rows(raw, "cost", "currency") == [("1250000.50", None), ("n/a", None)]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("Day,Campaign,Cost\n", {}, "does not say its currency"),
        ("Day,Campaign,Clicks\n", {}, "no header that this kind knows"),
        (META, {"decimal": "'"}, "`options.decimal`"),
        (META, {"decimals": ","}, "did you mean `decimal`"),
    ],
)
def test_what_cannot_be_told_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        spent(content, tmp_path, **options)


def mapped(content, folder, rates=None, **said):
    (folder / "ads.csv").write_text(content)
    said = complete(SourceSpec(name="ads", kind="ads", path="ads.csv", table="spend", **said))
    assert check.faults([said], folder, rates) == []
    return clean(ads.read(folder / "ads.csv", said).rows, said, ZoneInfo("Asia/Jakarta"), rates)


def test_what_was_spent_becomes_rows_of_the_contract(tmp_path):
    kept, faulty = mapped(GOOGLE + "2027-01-03,Sisa,Search,SGD,5,1,1.5\n", tmp_path, Rates("IDR"))
    first = datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert kept.drop(ROW, "source_key").rows() == [
        (first, "paid_search", "Merek ID", 12_500_005_000, 12_345, 210, first),
        (
            first + timedelta(days=1),
            "paid_video",
            "Video Armada",
            750_000_000,
            900,
            3,
            first + timedelta(days=1),
        ),
    ]
    assert faulty.select("row", "reason", "column").rows() == [(5, "no_rate", "cost")]


def test_rows_that_share_day_and_campaign_have_keys_of_their_own(tmp_path):
    content = "Day,Campaign,Cost\n" + "2027-01-01,A,1\n" * 2 + "2027-01-01,B,1\n"
    kept, _ = mapped(content, tmp_path, Rates("IDR"), currency="IDR")
    assert kept["source_key"].to_list() == [
        "2027-01-01/paid_search/A/1",
        "2027-01-01/paid_search/A/2",
        "2027-01-01/paid_search/B/1",
    ]


def test_ads_have_no_customers_and_no_events():
    with pytest.raises(DataRefused, match="does not know the table 'events'"):
        ads.columns(SourceSpec(name="a", kind="ads", path="a"))


CAMPAIGNS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6)


@given(
    campaigns=st.lists(CAMPAIGNS, max_size=6),
    costs=st.lists(st.integers(0, 10**9), min_size=6, max_size=6),
)
def test_every_campaign_is_read_and_no_total(campaigns, costs, tmp_path_factory):
    body = [f'2027-01-01,{name},"{cost:,}"' for name, cost in zip(campaigns, costs, strict=False)]
    content = "\n".join(["report", "Day,Campaign,Cost", *body, 'Total,,"9,999"'])
    raw = spent(content, tmp_path_factory.mktemp("ads"), money="IDR")
    assert rows(raw, "campaign", "cost") == [
        (name, str(cost)) for name, cost in zip(campaigns, costs, strict=False)
    ]


@given(junk=st.binary(max_size=80))
def test_garbage_is_a_row_or_broken(junk, tmp_path_factory):
    line = b"x,y," + junk.replace(b"\n", b"").replace(b"\r", b"")
    raw = spent(b"Day,Campaign,Cost\n" + line, tmp_path_factory.mktemp("ads"), money="IDR")
    assert len(rows(raw, ROW)) + len(raw.broken) == 1
