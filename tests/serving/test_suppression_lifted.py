"""What was lifted stays lifted, though the customer once had another id."""

import shutil
from datetime import timedelta

import pytest
from recipients import Clock

from serving.store import Store
from serving.suppression import follow, suppress, suppressed, unsuppress

MOVES = [("old", "new")]
HOUR = 3600


@pytest.fixture
def store(empty_store, tmp_path):
    made = Store(f"sqlite:///{shutil.copyfile(empty_store, tmp_path / 'jejak.db')}")
    yield made
    made.close()


def test_an_objection_under_a_former_id_may_be_lifted_and_said_again(store):
    clock = Clock()

    def barred():
        clock.sleep(HOUR)
        store.write(lambda connection: follow(connection, MOVES, at=clock.instant))
        return store.read(lambda connection: suppressed(connection, clock.instant))

    suppress(store, "old", timing=clock.timing)
    assert barred() == {"old", "new"}
    clock.sleep(HOUR)
    assert unsuppress(store, "new", timing=clock.timing) == []
    assert barred() == {"old"}
    suppress(store, "old", timing=clock.timing)
    assert barred() == {"old", "new"}


def test_what_has_run_out_by_itself_was_not_lifted(store):
    clock = Clock()
    suppress(store, "old", timing=clock.timing)
    suppress(store, "new", until=clock.instant + timedelta(seconds=HOUR), timing=clock.timing)
    clock.sleep(2 * HOUR)
    store.write(lambda connection: follow(connection, MOVES, at=clock.instant))
    held = store.read(lambda connection: suppressed(connection, clock.instant))
    assert held == {"old", "new"}
