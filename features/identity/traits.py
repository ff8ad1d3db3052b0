"""Traits: what many people share and few share together, written so that it can be compared."""

import polars as pl

from features.contracts import check
from features.identity.marks import name
from features.identity.tables import TRAITS

NAME = "name"
PLACES = ("address", "company", "postcode")
"""Traits that, beside a name, tell two people apart."""

KINDS = (NAME, *PLACES, "city")
"""All traits; a city only adds to the others."""

HANDLE = "traits"
"""The kind under which all traits of a row together stand among a record's handles: it keeps
people without a handle apart and joins nobody."""

_LONGEST = 200

_TITLES = """
amd bapak bpk dr dra drg drs haji hj hjh ibu ir kom md miss mr mrs ms ny pak pd phd prof sc sdr
sdri se sh tn
"""
_MUHAMMAD = "moh mohd muh mochamad mochammad mohamad mohamed mohammad mohammed muhamad"
_COMPANIES = """
bhd bv co company corp corporation cv gmbh inc incorporated limited llc ltd persero pt pte sdn
tbk ud
"""
_ADDRESSES = "ave avenue jalan jl jln no nomor number rd road st str street"
_CITIES = "adm administrasi city kab kabupaten kota"
_LEFT_OUT = {
    NAME: _TITLES.split(),
    "address": _ADDRESSES.split(),
    "company": _COMPANIES.split(),
    "postcode": [],
    "city": _CITIES.split(),
}


def comparable(cells: pl.DataFrame) -> pl.DataFrame:
    """Columns of text, each named by its trait, without what people write differently.

    Case, accents, marks, titles and legal forms go; the words of a name are put in order. What
    is blank then is null.

    >>> raw = {"name": ["Santoso, Büdi S.Kom"], "company": ["PT. Armada Jaya Tbk"]}
    >>> comparable(pl.DataFrame(raw)).rows()
    [('budi santoso', 'armada jaya')]
    """
    return pl.DataFrame([_each_once(cells[kind]) for kind in KINDS if kind in cells.columns])


def fingerprints(traits: pl.DataFrame, key: bytes) -> pl.Series:
    """All traits of each row as one keyed hash; null where a name or a place is missing.

    `traits` is what `comparable` returns.
    """
    places = [place for place in PLACES if place in traits.columns]
    told = traits.with_columns(
        pl.when(pl.col(NAME).is_not_null() & pl.any_horizontal(pl.col(places).is_not_null()))
        .then(pl.concat_str(pl.all().fill_null(""), separator="\0"))
        .alias("told")
    )
    distinct = told["told"].drop_nulls().unique()
    marks = pl.Series([name("t", one, key) for one in distinct], dtype=pl.String)
    return told["told"].replace_strict(distinct, marks, default=None, return_dtype=pl.String)


def traits_of(
    source: str, keys: pl.Series, known_at: pl.Series, traits: pl.DataFrame
) -> pl.DataFrame:
    """The traits of each record, as the contract `traits`; rows without a record are left out.

    A record's rows have equal traits where `fingerprints` is among its handles.
    """
    missing = [pl.lit(None, pl.String).alias(kind) for kind in KINDS if kind not in traits.columns]
    rows = traits.with_columns(
        *missing, keys.alias("key"), known_at.alias("known_at"), pl.lit(source).alias("source")
    )
    places = pl.any_horizontal(pl.col(PLACES).is_not_null())
    return together(rows.filter(pl.col("key").is_not_null() & pl.col(NAME).is_not_null() & places))


def together(traits: pl.DataFrame) -> pl.DataFrame:
    """Each record once: its traits, since it was first known."""
    first = traits.sort("source", "key", "known_at", *KINDS)
    return check(TRAITS, first.select(*TRAITS.schema).unique(["source", "key"], keep="first")
                 .sort("source", "key"))  # fmt: skip


def _each_once(cells: pl.Series) -> pl.Series:
    """Each distinct cell is read once."""
    distinct = cells.drop_nulls().unique()
    plain = distinct.to_frame().select(_comparable(cells.name)).to_series()
    return cells.replace_strict(distinct, plain, default=None, return_dtype=pl.String)


def _comparable(kind: str) -> pl.Expr:
    plain = (
        pl.col(kind)
        .str.slice(0, _LONGEST)
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
    )
    words = plain.str.split(" ")
    word = pl.element()
    kept = words.list.eval(word.filter(~word.is_in(["", *_LEFT_OUT[kind]])))
    if kind == NAME:
        short = dict.fromkeys(_MUHAMMAD.split(), "muhammad")
        kept = kept.list.eval(word.filter(word.str.len_chars() > 1).replace(short)).list.sort()
    text = kept.list.join("" if kind == "postcode" else " ")
    return pl.when(text != "").then(text).alias(kind)
