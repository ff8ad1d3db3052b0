"""A look at a person's own file: guesses with reasons, doubts said aloud."""

import polars as pl
import pytest

from features.errors import DataRefused
from features.sources.sniff import sniff


def sniffed(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode(encoding))
    return sniff(path)


def best(look):
    return {name: guess.best and guess.best.column for name, guess in look.guesses.items()}


INDONESIAN = (
    "No Faktur;Tanggal;Kode Pelanggan;Nama Pelanggan;Kanal;Jenis;Jumlah;Total Harga\n"
    + "".join(
        f"F{row};{1 + row % 28:02}/03/2026;P{row % 17};Budi {row % 17};"
        f"{'toko' if row % 2 else 'daring'};{'beli' if row % 3 else 'retur'};"
        f"{row % 4};{row * 1500}\n"
        for row in range(60)
    )
)
ENGLISH = "eventTime,userId,event_name,revenue,order_id\n" + "".join(
    f"2026-03-{1 + row % 28:02}T10:00:00Z,{row % 19},{'view' if row % 2 else 'buy'},"
    f"{row / 2},{row}\n"
    for row in range(60)
)


def test_an_indonesian_export(tmp_path):
    look = sniffed(tmp_path, INDONESIAN)
    assert (look.kind, look.separator, look.rows_seen) == ("csv", ";", 60)
    assert best(look) == {
        "customer_id": "Kode Pelanggan",
        "occurred_at": "Tanggal",
        "step": "Jenis",
        "channel": "Kanal",
        "value": "Total Harga",
        "source_key": "No Faktur",
    }
    assert look.time_format == "%d/%m/%Y"
    assert not any(guess.doubtful for guess in look.guesses.values())


def test_an_english_export(tmp_path):
    look = sniffed(tmp_path, ENGLISH)
    assert best(look) == {
        "customer_id": "userId",
        "occurred_at": "eventTime",
        "step": "event_name",
        "channel": None,
        "value": "revenue",
        "source_key": "order_id",
    }
    assert look.time_format is None
    why = look.guesses["customer_id"].candidates[0].why
    assert why == "the name says so, 19 different in 60 rows"


def test_days_that_could_be_months_are_a_doubt(tmp_path):
    text = ENGLISH.replace("T10:00:00Z", "")
    for day in range(28, 0, -1):
        text = text.replace(f"2026-03-{day:02}", f"{1 + day % 12:02}/03/2026")
    guess = sniffed(tmp_path, text).guesses["occurred_at"]
    assert guess.ambiguous
    assert guess.doubtful
    assert guess.best.formats == ("%d/%m/%Y", "%m/%d/%Y")


def test_two_real_candidates_are_a_doubt(tmp_path):
    rows = "".join(f"2026-03-01,{row % 19},{row % 23},visit\n" for row in range(60))
    guess = sniffed(tmp_path, "at,buyer,client,step\n" + rows).guesses["customer_id"]
    assert guess.doubtful
    assert [candidate.column for candidate in guess.candidates] == ["buyer", "client"]


def test_nothing_is_guessed_where_nothing_fits(tmp_path):
    look = sniffed(tmp_path, "a,b\n1.5,x y\n2.5,z\n")
    assert set(best(look).values()) == {None}
    assert look.time_format is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_seen(encoding, separator, tmp_path):
    look = sniffed(tmp_path, ENGLISH.replace(",", separator).replace("buy", "café"), encoding)
    assert look.separator == separator
    assert look.encoding == encoding.removesuffix("-sig")
    assert best(look)["step"] == "event_name"


def test_a_parquet_file_by_any_name(tmp_path):
    frame = pl.DataFrame({"customer": [1, 2], "tags": [["x"], []], "raw": [b"x", None]})
    frame.write_parquet(tmp_path / "mine.dat")
    look = sniff(tmp_path / "mine.dat")
    assert look.kind == "parquet"
    assert [seen.name for seen in look.columns] == ["customer", "tags", "raw"]


@pytest.mark.parametrize("content", [b"", b"\n", b"PAR1 and no more", b"a,a\n"])
def test_what_is_no_table_is_refused(content, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    with pytest.raises(DataRefused):
        sniff(path)
    with pytest.raises(DataRefused, match="there is no such file"):
        sniff(tmp_path / "yours.csv")


def test_a_header_alone_is_a_table_of_nothing(tmp_path):
    look = sniffed(tmp_path, "customer,tanggal\n")
    assert (look.rows_seen, best(look)["customer_id"]) == (0, None)


def sniffed_money(tmp_path, cells):
    lines = [f"p{row % 9};2026-03-{1 + row % 28:02};{cell}" for row, cell in enumerate(cells * 20)]
    return sniffed(tmp_path, "pelanggan;tanggal;total\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["Rp 1.250.000,00", "Rp 75.500,00"], ("Rp 1.234,56",)),
        (["$24,630.00", "$75.50"], ("$ 1,234.56",)),
        (["24,63 €", "1.000,50 €"], ("1.234,56 €",)),
        (["24.63", "100.5"], (None,)),
        (["1000", "2500"], (None,)),
        (["246.300", "90.000"], ("1.234,56", None)),
        (["246,300", "90,000"], ("1,234.56", "1.234,56")),
    ],
)
def test_how_money_is_written(tmp_path, cells, formats):
    guess = sniffed_money(tmp_path, cells).guesses["value"]
    assert guess.best.column == "total"
    assert guess.best.formats == formats
    assert guess.ambiguous == (len(formats) > 1)


@pytest.mark.parametrize("cells", [["1,5 jt", "2 jt"], ["5 pcs", "7 pcs"]])
def test_a_number_of_something_else_is_no_money(tmp_path, cells):
    assert sniffed_money(tmp_path, cells).guesses["value"].best is None


def test_the_only_column_of_times_is_the_time_whatever_its_name(tmp_path):
    look = sniffed(
        tmp_path, "Kunde,Datum\n" + "".join(f"k{row % 9},2026-03-01\n" for row in range(40))
    )
    assert look.guesses["occurred_at"].best.column == "Datum"
