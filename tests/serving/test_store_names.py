"""What a run is called: by its inputs, and anew where others took its place."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from nights import a_night, a_run

from serving.store import Store

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def test_after_a_rollback_the_same_scores_are_another_run(store_url):
    first, second = a_run(0, 1), a_run(0, 2)
    with closing(Store(store_url)) as store:
        assert store.name_of(first.run_id) == first.run_id
        assert store.publish(first, a_night(first), published_at=NOW)
        assert store.name_of(first.run_id) == first.run_id
        assert store.publish(second, a_night(second), published_at=NOW)
        again = replace(first, run_id=store.name_of(first.run_id))
        assert again.run_id == f"{first.run_id}.2"
        assert store.publish(again, a_night(again), published_at=NOW)
        assert store.name_of(first.run_id) == again.run_id
        assert store.name_of(second.run_id) == f"{second.run_id}.2"
