"""The made-up company: always the same, nobody's, and true to what it says is true."""

import csv
import hashlib
import io
import json
import re
from collections import defaultdict
from datetime import date
from math import log, sqrt

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from features.identity import handles
from pipelines.examples import omnichannel
from pipelines.examples.omnichannel.calendar import FIRST_NIGHT, START, WEEK, plain
from pipelines.examples.omnichannel.company import companies
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.life import OFFER_WEEKS
from pipelines.examples.omnichannel.people import any_mobile, private_mail
from pipelines.examples.omnichannel.workbook import workbook
from pipelines.examples.omnichannel.world import world

FIRMS = 90
PINNED = "9129d971d2354128c34c4dc25c91d44556e5a8252a18a7ae21abb8e34306f599"
WHOLE = "52e12aeb2c77159cd66a397b0abd8e0e338b01dc71c4266c72127060bc4a6155"


def digest(files):
    told = hashlib.sha256()
    for name, content in sorted(files):
        told.update(name.encode() + b"\0" + content)
    return told.hexdigest()


@pytest.fixture(scope="module")
def made():
    return dict(omnichannel.files(firms=FIRMS))


@pytest.fixture(scope="module")
def small():
    return world(omnichannel.SEED, FIRMS)


def rows(made, path):
    return list(csv.DictReader(io.StringIO(made[path].decode())))


def all_rows(made, folder):
    return [row for path in sorted(made) if path.startswith(folder) for row in rows(made, path)]


@pytest.mark.slow
def test_a_seed_makes_the_same_bytes_everywhere(made):
    assert digest(made.items()) == PINNED
    assert digest(omnichannel.files(firms=FIRMS)) == PINNED
    assert digest(omnichannel.files(seed=1, firms=FIRMS)) != PINNED


@pytest.mark.slow
def test_the_whole_company_is_the_same_everywhere_and_small(tmp_path):
    omnichannel.write(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    told = [(path.relative_to(tmp_path).as_posix(), path.read_bytes()) for path in files]
    assert digest(told) == WHOLE
    assert sum(len(content) for _, content in told) < 30_000_000


def test_a_part_of_the_company_is_as_in_the_whole(small):
    fewer = world(omnichannel.SEED, 12)
    assert fewer.stories == small.stories[:12]


def test_every_address_and_number_is_made_up(made, small):
    everything = b"\n".join(made.values()).decode(errors="ignore")
    for address in set(re.findall(r"[\w.+-]+@[\w.-]+", everything)):
        local, _, domain = address.lower().partition("@")
        assert domain.endswith(".example") or (
            domain in {"gmail.com", "googlemail.com"} and "contoh" in local.replace(".", "")
        )
    for story in small.stories:
        for person in story.company.people:
            number = phonenumbers.parse(f"+62{person.mobile}")
            assert phonenumbers.is_valid_number(number)
            assert person.mobile.startswith("81200")
    domains = [story.company.domain for story in small.stories if story.company.domain]
    assert len({*domains}) == len(domains)


def test_however_a_handle_is_written_it_is_read_as_one(small):
    people = [person for story in small.stories for person in story.company.people]
    for person in people:
        draws = [Draw("spelling", person.key, at) for at in range(12)]
        numbers = {any_mobile(person, draw) for draw in draws}
        assert len(numbers) > 1
        assert {handles.phone(number, "ID") for number in numbers} == {f"+62{person.mobile}"}
        if person.private:
            mails = {private_mail(person.private, draw) for draw in draws}
            assert len(mails) > 1
            assert {handles.email(mail) for mail in mails} == {person.private}


def test_two_people_have_one_mobile_only_where_they_share_it():
    owners = defaultdict(set)
    for company in companies(omnichannel.SEED, 300):
        for person in company.people:
            owners[person.mobile].add(person.key)
    assert sorted(map(sorted, (keys for keys in owners.values() if len(keys) > 1))) == [
        ["P02990", "P02991"]
    ]


def test_no_night_tells_of_what_comes_after_it(made):
    known = {
        "app/": "loaded_at",
        "invoices.csv": "booked_at",
        "outreach.csv": "assigned_at",
        "hubspot/contacts.csv": "Last Modified Date",
        "forms/": "Submitted At",
    }
    nights = {"sources/": "2026-06-01", "second-night/sources/": "2026-06-02"}
    for folder, night in nights.items():
        for path, column in known.items():
            told = [row[column] for row in all_rows(made, folder + path)]
            assert told or night > "2026-06-01"
            assert max(told, default="") < night
    tickets = json.loads(made["sources/zendesk/tickets.json"])["tickets"]
    assert max(ticket["updated_at"] for ticket in tickets) < "2026-05-31T17:00:00Z"


def test_the_second_night_corrects_what_the_truth_says_and_nothing_else(made):
    before, after = (
        {row["invoice_no"]: row for row in rows(made, folder + "sources/invoices.csv")}
        for folder in ("", "second-night/")
    )
    assert before.keys() <= after.keys()
    changed = {
        key: (row["amount"], after[key]["amount"])
        for key, row in before.items()
        if row["paid_at"] and row != after[key]
    }
    told = [row for row in rows(made, "truth/corrections.csv") if row["source"] == "payments"]
    assert set(changed) == {row["row"] for row in told}
    assert all(old != new for old, new in changed.values())
    unchanged = "sources/app/2026-05.csv"
    assert "second-night/" + unchanged not in made
    assert unchanged in made


def test_who_has_left_is_never_seen_again(made, small):
    ends = {life.company.crm_id: life.churned_at for life in small.customers if life.churned_at}
    assert ends
    for row in all_rows(made, "sources/app/"):
        if row["event"] == "login" and row["account"] in ends:
            assert row["happened_at"] < plain(ends[row["account"]])


def test_as_many_leave_as_the_probabilities_say():
    """Over all weeks of all customers; three standard deviations are allowed."""
    lives = world(omnichannel.SEED, 300).customers
    weeks = [week for life in lives for week in life.weeks]
    expected = sum(week.probability for week in weeks)
    left = sum(life.churned_at is not None and life.is_voluntary for life in lives)
    assert abs(left - expected) < 3 * sqrt(expected)


def test_drivers_and_coefficients_explain_every_week_of_a_customer(made):
    """What is left of the log odds is one number a customer, which nobody sees."""
    table = rows(made, "truth/coefficients.csv")
    weights = {row["driver"]: float(row["log_odds_a_week"]) for row in table}
    unseen = defaultdict(list)
    for week in rows(made, "truth/drivers.csv"):
        probability = float(week["probability"])
        driven = sum(weights[name] * float(week[name]) for name in weights if name in week)
        unseen[week["company"]].append(log(probability / (1 - probability)) - driven)
    assert all(max(left) - min(left) < 0.02 for left in unseen.values())
    assert len(unseen) > 20


def test_stages_are_told_in_order_and_to_the_minute(made):
    told = defaultdict(list)
    for row in rows(made, "truth/stages.csv"):
        told[row["company"]].append((row["entered_at"], row["stage"]))
    assert {stage for entries in told.values() for _, stage in entries} == {
        "consideration",
        "decision",
        "retention",
        "advocacy",
        "lost",
        "churned",
    }
    for entries in told.values():
        assert entries == sorted(entries)
        assert not {"retention", "lost"} <= {stage for _, stage in entries}


@pytest.mark.slow
def test_of_those_drawn_for_an_offer_fewer_leave():
    left = defaultdict(list)
    for life in world(omnichannel.SEED).customers:
        for lot in life.offers:
            end = lot.drawn_at + OFFER_WEEKS * WEEK
            if end < FIRST_NIGHT:
                left[lot.is_treated].append(life.churned_at is not None and life.churned_at < end)
    shares = {arm: sum(gone) / len(gone) for arm, gone in left.items()}
    assert 0.65 < len(left[True]) / (len(left[True]) + len(left[False])) < 0.75
    assert shares[True] < shares[False] - 0.02


@given(st.integers(), st.integers(-9, 9), st.integers(0, 20))
def test_draws_keep_their_bounds(seed, least, span):
    draw = Draw(seed, "law")
    assert least <= draw.whole(least, least + span) <= least + span
    assert draw.weighted({"a": 0.5, "b": 0.5}) in {"a", "b"}
    moment = draw.at_work(START + (FIRST_NIGHT - START) * draw.between(0, 1))
    assert moment.weekday() < 5
    assert 7 <= moment.hour <= 19


def test_counts_and_numbers_around_zero_are_as_they_should_be():
    draw = Draw("moments")
    counts = [draw.count(0.7) for _ in range(5_000)]
    assert abs(sum(counts) / len(counts) - 0.7) < 0.05
    around = [draw.around() for _ in range(5_000)]
    assert abs(sum(around) / len(around)) < 0.05
    assert abs(sum(one * one for one in around) / len(around) - 1) < 0.06


def test_a_workbook_is_read_as_it_was_written():
    cells = [["Nama & <Toko>", "Tanggal"], ["Ana", date(2026, 3, 1)], [81200123456, None]]
    first, second = (workbook({"Satu": cells, "Dua": [["x"]]}) for _ in range(2))
    assert first == second
    book = CalamineWorkbook.from_filelike(io.BytesIO(first))
    assert book.sheet_names == ["Satu", "Dua"]
    assert book.get_sheet_by_name("Satu").to_python() == [
        ["Nama & <Toko>", "Tanggal"],
        ["Ana", date(2026, 3, 1)],
        [81200123456, ""],
    ]
