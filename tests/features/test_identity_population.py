"""Identity against a made-up population whose truth is known."""

import polars as pl
import pytest
from people import COLUMNS, KEY, OFFICE, PEOPLE, day, population

from features.identity.accounts import roll_up
from features.identity.canonical import resolve
from features.identity.records import HandleParams, records
from features.identity.report import match_report

PARAMS = HandleParams(key=KEY)


@pytest.fixture(scope="module", params=[1, 2])
def told(request):
    """Records of the population, the truth, and who jejak takes for whom."""
    rows, truth = population(request.param)
    parts = [
        records(source, rows.filter(pl.col("source") == source), COLUMNS, PARAMS)
        for source in ("crm", "tickets", "chats", "web")
    ]
    table = pl.concat(parts)
    return table, truth, resolve(table, as_of=day(400), key=KEY)


def pairs(labels):
    """How many pairs of records bear one label."""
    return sum(n * (n - 1) // 2 for n in labels["len"])


def test_pairs_are_found_and_no_others(told):
    _, truth, identity = told
    both = identity.assignments.join(truth, on=["source", "key"])
    assert both.height == truth.height
    right = pairs(both.group_by("customer_id", "person").len())
    precision = right / pairs(both.group_by("customer_id").len())
    recall = right / pairs(both.group_by("person").len())
    assert precision >= 0.99
    assert recall >= 0.99
    assert precision < 1  # a population without hard cases would prove nothing
    assert recall < 1


def test_without_hubs_offices_would_melt_into_one(told):
    table, truth, _ = told
    melted = resolve(table, as_of=day(400), key=KEY, hub_limit=10_000).assignments
    both = melted.join(truth, on=["source", "key"])
    right = pairs(both.group_by("customer_id", "person").len())
    assert right / pairs(both.group_by("customer_id").len()) < 0.2


def test_hubs_are_the_offices_and_nobody_else(told):
    table, _, identity = told
    report = match_report(identity, table)
    assert {hub.kind for hub in report.hubs} <= {"email", "phone"}
    assert sum(hub.handles for hub in report.hubs) <= 2 * PEOPLE / OFFICE
    assert report.biggest[0].records < 3 * 9


def test_contacts_roll_up_to_their_firms(told):
    table, _, identity = told
    accounts = roll_up(identity.assignments, table, ["account:crm"])
    firms = accounts.filter(pl.col("kind") == "account:crm")["account_id"].n_unique()
    assert firms == PEOPLE / OFFICE
