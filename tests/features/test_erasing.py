"""Whoever is erased leaves no byte in the lake, and the sources do not bring them back."""

from dataclasses import replace
from functools import partial

import polars as pl
import pytest
from lakes import AS_OF, PEOPLE, UTC_ZONE, VISITS, visits

from features import lake
from features.identity.records import HandleParams
from features.identity.standing import IdentityParams
from features.lake import Intake, open_lake
from features.lake.erased import Erased
from features.lake.erasing import erase, person
from features.sources import read
from serving.keyed import mark

KEY = b"sixteen bytes ok"
HANDLES = HandleParams(key=KEY)
MARK = partial(mark, KEY)


def erased(*gone):
    return Erased(
        tombstones=frozenset(MARK(*words) for one in gone for words in one.words), mark=MARK
    )


def night(root, rows, *gone, handles=None, firms=False):
    """One night of visits; with handles `who` is a phone, beside which an e-mail may stand."""
    pl.DataFrame(rows, infer_schema_length=None).cast(pl.String).write_csv(
        root.parent / "visits.csv"
    )
    (root.parent / "people.csv").write_text("who,plan\nana,gold\nbudi,basic\n")
    specs = [VISITS, PEOPLE]
    if handles:
        columns = {name: said for name, said in VISITS.columns.items() if name != "customer_id"}
        told = {"phone": "who", "email": "mail"} | ({"account:crm": "firm"} if firms else {})
        specs = [replace(VISITS, path="*.csv", columns=columns, handles=told)]
        (root.parent / "people.csv").unlink()
    intake = Intake(handles=handles, erased=lambda: erased(*gone))
    reading = read(specs, root.parent, intake, as_of=AS_OF, zone=UTC_ZONE, max_quarantine_share=1)
    identity = IdentityParams(accounts=("account:crm",) if firms else ())
    return lake.write(root, intake, reading, identity=identity)


def content(root):
    """Every file of a lake, raw and unpacked."""
    for path in root.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
            if path.suffix == ".parquet":
                yield repr(pl.read_parquet(path).to_dict(as_series=False)).encode()


def holds(root, text):
    return any(text.encode() in one for one in content(root))


def test_a_named_customer_leaves_every_table_and_every_file(tmp_path):
    root = tmp_path / "lake"
    night(root, visits(1, 2))
    night(root, visits(1, 2, 3))
    assert holds(root, "ana")
    gone = erase(root, person(root, "ana"))
    assert gone == {"events": 3, "customers": 1}
    assert not holds(root, "ana")
    assert open_lake(root).events()["customer_id"].unique().sort().to_list() == [
        "budi",
        "citra",
        "dewi",
    ]


def test_sources_do_not_bring_them_back_and_their_rows_are_counted(tmp_path):
    root = tmp_path / "lake"
    night(root, visits(1, 2))
    gone = person(root, "ana")
    erase(root, gone)
    before = open_lake(root).events()
    written = night(root, visits(1, 2), gone)
    assert written.left_out == 3
    assert not holds(root, "ana")
    assert open_lake(root).events().equals(before)


def test_the_tombstone_alone_keeps_a_customer_out_who_was_never_there(tmp_path):
    root = tmp_path / "lake"
    written = night(root, visits(1, 2), person(root, "ana"))
    assert written.left_out == 3
    assert written.customers == 3


def test_without_tombstones_no_customer_is_looked_at(tmp_path):
    def fail(*_words):
        raise AssertionError

    rows = pl.Series(["ana"])
    assert Erased(mark=fail).among("customer", rows).to_list() == [False]


ANA, ANA_TOO, BUDI = "+62812345678", "+62812345679", "+62813456789"


def call(who, mail="", day=1):
    return {"who": who, "mail": mail, "at": f"2026-03-{day:02}", "what": "call"}


CALLS = [call(ANA, "ana@a.id"), call(ANA_TOO, "ana@a.id", 2), call(BUDI, "budi@b.id", 3)]


def customer_of(root, day):
    events = open_lake(root).events()
    return events.filter(pl.col("occurred_at").dt.day() == day)["customer_id"].unique().item()


def test_somebody_of_several_handles_goes_by_all_of_them(tmp_path):
    root = tmp_path / "lake"
    night(root, CALLS, handles=HANDLES)
    ana = customer_of(root, 1)
    gone = person(root, ana)
    assert erase(root, gone)["events"] == 2
    assert not holds(root, ana)
    standing = open_lake(root).standing()
    assert standing.records["key"].n_unique() == standing.identity.assignments.height == 1
    again = [*CALLS, call(ANA_TOO, "", 4), call("", "ana@a.id", 5)]
    assert night(root, again, gone, handles=HANDLES).left_out == 4
    assert open_lake(root).events().height == 1


def test_who_shares_a_handle_with_the_erased_stays(tmp_path):
    root = tmp_path / "lake"
    night(root, [call(ANA, "ana@a.id"), call(BUDI, "budi@b.id", 2)], handles=HANDLES)
    ana = customer_of(root, 1)
    own = [words for words in person(root, ana).words if words[0] == "handle"]
    assert len(own) == 2
    office = [call(f"+6281345678{at}", "info@a.id", at) for at in range(10, 16)]
    night(root, [*office, call(ANA, "ana@a.id")], handles=HANDLES)
    one = person(root, customer_of(root, 12))
    assert len([words for words in one.words if words[0] == "handle"]) == 1
    erase(root, one)
    assert night(root, office, one, handles=HANDLES).left_out == 1


def test_customers_who_were_merged_go_together(tmp_path):
    root = tmp_path / "lake"
    night(root, [call(ANA), call(ANA_TOO, "", 2)], handles=HANDLES)
    ids = {customer_of(root, 1), customer_of(root, 2)}
    joined = [call(ANA, "ana@a.id"), call(ANA_TOO, "ana@a.id", 2)]
    night(root, [*joined, *CALLS[2:]], handles=HANDLES)
    [left] = {customer_of(root, 1), customer_of(root, 2)}
    gone = person(root, left)
    assert gone.ids == ids
    erase(root, gone)
    assert not any(holds(root, one) for one in ids)


def test_a_contact_goes_alone_and_an_account_with_all_its_contacts(tmp_path):
    def ingested(rows, *gone):
        return night(root, rows, *gone, handles=HANDLES, firms=True)

    def of_firm(firm, *calls):
        return [{**one, "firm": firm} for one in calls]

    root = tmp_path / "lake"
    acme, bolt = of_firm("acme", CALLS[0], CALLS[2]), of_firm("bolt", call("", "citra@c.id", 4))
    snapshot = ingested([*acme, *bolt]).snapshot
    firm = customer_of(root, 1)
    assert firm == customer_of(root, 3)
    records = snapshot.standing().records.filter(kind="email")
    assigned = snapshot.standing().identity.assignments.join(records, on=["source", "key"])
    ana = assigned.sort("known_at")["customer_id"][0]
    contact = person(root, ana)
    assert erase(root, contact)["events"] == 1
    assert ingested([*acme, *bolt], contact).left_out == 1
    assert {firm} < {*open_lake(root).events()["customer_id"]}
    whole = person(root, firm)
    assert erase(root, whole)["events"] == 1
    newcomer = of_firm("acme", call("", "dewi@d.id", 5))
    assert ingested([*acme, *bolt, *newcomer], contact, whole).left_out == 3
    assert open_lake(root).events().height == 1


@pytest.mark.parametrize("named", ["WhatsApp Chat with Ana Putri", "ana putri"])
def test_the_name_of_a_file_that_names_them_goes(tmp_path, named):
    root = tmp_path / "lake"
    (tmp_path / f"{named}.csv").write_text("who,mail,at,what\n,,2026-03-01,call\n")
    night(root, CALLS, handles=HANDLES)
    gone = person(root, customer_of(root, 1), names=["Ana Putri"])
    assert holds(root, named)
    erase(root, gone)
    assert not holds(root, named)
    assert open_lake(root).quarantine().height == 1
    night(root, CALLS, gone, handles=HANDLES)
    assert not holds(root, named)
