"""Whoever is erased leaves the store, is cleared at the destinations, and is not revived there."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from canaries import KEY, WHO, World
from recipients import Clock, Killed

from features.errors import DeliveryIncomplete
from serving import suppression
from serving.delivery.preview import Unhurried
from serving.destinations.destination import Batch, Notes, Row, Tools
from serving.destinations.files.destination import opened
from serving.destinations.files.forgetting import forget
from serving.destinations.spec import DestinationSpec
from serving.erasing import keys_held, marks, scrub
from serving.keyed import mark
from serving.suppression import is_erased, suppress


@pytest.fixture
def world(store_url, tmp_path):
    made = World(store_url, tmp_path)
    yield made
    made.store.close()


def test_a_tombstone_names_nobody_and_is_set_up_once(world):
    world.bury()
    world.bury()
    assert world.store.read(marks) == {mark(KEY, "customer", WHO)}
    assert world.store.read(lambda connection: is_erased(connection, KEY, [WHO, "c"])) == {WHO}


def test_a_customer_leaves_every_table_and_every_page(world):
    world.publish(0)
    world.publish(1)
    suppress(world.store, WHO, timing=world.clock.timing)
    assert WHO.encode() in world.bytes() or not world.bytes()
    taken = world.erase()
    scrub(world.store)
    assert taken.rows == {"scores": 2, "suppressions": 1}
    assert taken.to_clear == ()
    assert world.names() == set()
    assert WHO.encode() not in world.bytes()


def test_what_a_destination_holds_is_cleared_and_then_not_even_the_key_is_kept(world):
    world.publish()
    world.deliver()
    assert world.there.state[WHO]["churn"] is not None
    taken = world.erase()
    assert taken.to_clear == ("crm",)
    assert world.names() == {"acknowledged"}
    assert world.store.read(lambda connection: keys_held(connection, KEY, [WHO])) == {WHO}
    assert world.deliver().complete
    assert world.there.state[WHO]["churn"] is None
    assert world.names() == set()
    scrub(world.store)
    assert WHO.encode() not in world.bytes()


@pytest.mark.slow
def test_the_next_run_clears_what_an_earlier_one_delivered(world):
    world.publish()
    world.deliver()
    world.erase()
    world.publish(1, with_canary=False)
    assert world.deliver().complete
    assert world.there.state[WHO]["churn"] is None
    assert world.names() == set()


def test_what_was_planned_and_not_sent_is_not_sent(world):
    world.publish()
    with contextlib.suppress(Killed):
        world.there.faults.append(killing)
        world.deliver()
    world.clock.instant += timedelta(hours=1)
    world.erase()
    written = len(world.there.journal)
    books = world.deliver()
    assert books.complete
    assert not any(WHO in str(one) and "0." in str(one) for one in world.there.journal[written:])
    assert world.there.state.get(WHO, {"churn": None})["churn"] is None
    assert world.names() == set()


@pytest.mark.parametrize("is_written", [True, False])
def test_a_batch_that_was_sent_and_never_answered_goes_again_without_them(world, is_written):
    def vanish(_batch, apply):
        if is_written:
            apply()
        raise Killed

    world.publish()
    everybody = replace(world.there, rows_a_batch=100)
    everybody.faults.append(vanish)
    with contextlib.suppress(Killed):
        world.deliver(everybody)
    world.clock.instant += timedelta(hours=1)
    assert world.erase().to_clear == ("crm",)
    assert world.deliver(everybody).complete
    assert everybody.state.get(WHO, {"churn": None})["churn"] is None
    assert world.names() == set()


def test_erasing_waits_for_the_batch_that_is_being_sent(world, monkeypatch):
    monkeypatch.setattr(suppression, "PATIENCE_SECONDS", 5)
    tried = []

    def meanwhile(batch, apply):
        assert any(row.key == WHO for row in batch.rows)
        with pytest.raises(DeliveryIncomplete):
            world.erase()
        tried.append(world.clock.slept)
        return apply()

    world.publish()
    world.there = replace(world.there, rows_a_batch=100)
    world.there.faults.append(meanwhile)
    world.deliver()
    assert tried
    assert world.there.state[WHO]["churn"] is None, "cleared by the same delivery"
    assert world.erase().to_clear == ()
    assert world.names() == set()


def test_from_the_tombstone_on_nothing_more_is_sent(world):
    world.publish()
    first = world.there.opened

    def bury_then_open(pacer):
        world.bury()
        return first(pacer)

    world.there.opened = bury_then_open
    books = world.deliver()
    assert (books.complete, books.suppressed) == (True, 1)
    assert WHO not in world.there.state


def test_erasing_twice_takes_nothing_more(world):
    world.publish()
    world.deliver()
    first = world.erase()
    second = world.erase()
    assert (first.to_clear, second.to_clear) == (("crm",), ("crm",))
    assert second.rows == {}


def killing(_batch, _apply):
    raise Killed


@pytest.mark.parametrize("format_", ["csv", "csv-machine", "jsonl", "parquet"])
def test_files_that_were_delivered_forget_a_key(tmp_path, format_):
    fields = {"churn": "churn_probability", "why": "reason_1"}
    spec = DestinationSpec(name="f", kind="files", fields=fields, options={"format": format_})
    clock = Clock()
    tools = Tools(pacer=Unhurried(), timing=clock.timing, folder=tmp_path)
    rows = [
        Row(key=key, op="set", values={"churn": 0.5, "why": 'a "word",\nand more'})
        for key in ("=a", WHO, "c")
    ]
    for name, some in (("one", rows), ("two", rows[:1])):
        opened(spec, tools).send(Batch(batch_id=name, run_id="r", rows=some), Notes())
    folder = tmp_path / "delivered" / "f"
    untouched = folder / next(one.name for one in folder.iterdir() if "two" in one.name)
    before = untouched.read_bytes()
    (folder / ".changes-r-three.csv.x").write_text(WHO)
    assert forget(folder, [WHO]) == 1
    assert not any(WHO.encode() in one.read_bytes() for one in folder.iterdir())
    assert untouched.read_bytes() == before
    opened(spec, tools).send(Batch(batch_id="one", run_id="s", rows=[rows[0], rows[2]]), Notes())
    again = [one for one in sorted(folder.iterdir()) if "one" in one.name]
    assert again[0].read_bytes() == again[1].read_bytes() or format_ == "parquet"
    assert forget(folder, ["=a"]) == 3
