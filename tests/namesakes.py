"""Made-up people whom no handle joins: names and places as sources write them, and the truth."""

import random

import polars as pl
from people import KEY, day

from features.contracts import INSTANT
from features.identity import traits
from features.identity.records import HandleParams, records

_GIVEN = """
adi agus ahmad andi arif bambang bayu budi citra dewi dian eko fajar fitri galih hendra indah joko
kartika lestari maya nadia nur putri rahmat ratna rina rudi sari siti sri tono wahyu yanti yoga
"""
_FAMILY = """
gunawan ginting hakim halim hartono hidayat kusuma lim nasution nugroho pratama purnomo rahman
santoso saputra setiawan siregar simanjuntak sitompul susanto sutanto tan utami wibowo wijaya
"""
_STREETS = "anggrek asia diponegoro gatot kenanga mawar melati merdeka pahlawan sudirman"
_CITIES = "bandung jakarta medan semarang surabaya"
GIVEN, FAMILY, STREETS, CITIES = (text.split() for text in (_GIVEN, _FAMILY, _STREETS, _CITIES))
OFFICE = 12
COLUMNS = {"name": "nama", "address": "alamat", "company": "firma", "city": "kota"}


def population(people: int, seed: int) -> pl.DataFrame:
    """Rows of a CRM, a shop and a survey that asks for no handle, in no order, with `person`."""
    draw = random.Random(seed)
    offices = [_place(draw) for _ in range(people // OFFICE + 1)]
    rows = [row for person in range(people) for row in _told(person, offices, draw)]
    draw.shuffle(rows)
    names = ["source", "person", "email", "nama", "alamat", "firma", "kota"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(
        pl.format("{}{}", "source", "person").alias("key"),
        pl.lit(day(1)).cast(INSTANT).alias("known_at"),
    )


def told(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What identity takes: the tables `records` and `traits`."""
    made = [_of_source(*part) for part in sorted(rows.partition_by("source", as_dict=True).items())]
    return (
        pl.concat(one for one, _ in made),
        traits.together(pl.concat(other for _, other in made)),
    )


def _of_source(source, rows):
    params = HandleParams(key=KEY)
    comparable = traits.comparable(rows.select(**{k: pl.col(c) for k, c in COLUMNS.items()}))
    return (
        records(source[0], rows, [("email", "email")], params),
        traits.traits_of(source[0], rows["key"], rows["known_at"], comparable),
    )


def _told(person: int, offices: list[tuple[str, str]], draw: random.Random):
    name = " ".join([draw.choice(GIVEN), *draw.choices(GIVEN, k=draw.randrange(2))])
    name = f"{name} {draw.choice(FAMILY)}"
    firm = f"PT {draw.choice(GIVEN)} {draw.choice(FAMILY)} {person // OFFICE}"
    address, city = offices[person // OFFICE] if draw.random() < 0.5 else _place(draw)
    for source in ("crm", "shop", "survey"):
        if source != "crm" and draw.random() < 0.5:
            continue
        email = f"p{person}{source if draw.random() < 0.7 else ''}@firma.example"
        yield (
            source,
            person,
            None if source == "survey" else email,
            _written(name, draw),
            _written(f"Jl. {address}", draw) if draw.random() < 0.8 else None,
            firm.replace("PT ", "") if source == "shop" else firm,
            city.title() if draw.random() < 0.9 else None,
        )


def _place(draw: random.Random) -> tuple[str, str]:
    return f"{draw.choice(STREETS)} No. {draw.randrange(1, 300)}", draw.choice(CITIES)


def _written(text: str, draw: random.Random) -> str:
    """As a person writes it: with a title, in capitals, now and then with a slip."""
    if draw.random() < 0.15:
        at = draw.randrange(4, len(text))
        text = draw.choice([text[:at] + text[at + 1 :], text[: at - 1] + text[at] + text[at - 1 :]])
    return draw.choice([str, str.upper, str.title])(text)
