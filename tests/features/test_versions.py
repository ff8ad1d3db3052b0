"""Corrected rows night after night: the lake tells at each instant what was known at it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features import lake
from features.sources import SourceSpec, read

FIRST_NIGHT = datetime(2026, 3, 10, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ORDERS = SourceSpec(
    name="orders",
    kind="csv",
    path="orders.csv",
    latency_hours=6,
    columns={
        "customer_id": "who",
        "occurred_at": "at",
        "channel": "'web'",
        "step": "'order'",
        "value": "value",
        "source_key": "key",
    },
)
PLANS = SourceSpec(
    name="plans",
    kind="csv",
    path="plans.csv",
    table="customers",
    columns={"customer_id": "who", "valid_from": "'2026-01-01'"},
    attributes=("plan",),
)
LOGGED = SourceSpec(
    name="log",
    kind="csv",
    path="log.csv",
    columns={**ORDERS.columns, "known_at": "known"},
)

keys = st.sampled_from(["k1", "k2", "k3"])
contents = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["ana", "budi", "citra", "dewi"]),
        "at": st.sampled_from(["2026-03-01T08:00:00Z", "2026-03-09T23:00:00Z"]),
        "value": st.sampled_from(["1", "2.5", ""]),
    }
)
exports = st.dictionaries(keys, contents, min_size=1)


def night(folder: Path, specs: list[SourceSpec], number: int, partitions: int = 3):
    intake = lake.Intake(partitions=partitions)
    as_of = FIRST_NIGHT + timedelta(days=number)
    told = {"as_of": as_of, "zone": ZoneInfo("UTC"), "max_quarantine_share": 1}
    return lake.write(folder / "lake", intake, read(specs, folder, intake, **told))


def export(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    frame.write_csv(folder / f"{name}.csv")


def scaled(value: str) -> int | None:
    return round(float(value) * 10_000) if value else None


class Ledger:
    """The same, kept by hand: for each key its versions, each from when it was known."""

    def __init__(self):
        self.versions: dict[str, list[tuple[dict[str, str], datetime]]] = {}
        self.before: datetime | None = None

    def read(self, told: dict[str, dict[str, str]], as_of: datetime) -> None:
        for key, content in told.items():
            held = self.versions.setdefault(key, [])
            declared = datetime.fromisoformat(content["at"]) + timedelta(hours=6)
            if not held:
                held.append((content, declared))
            elif held[-1][0] != content:
                held.append((content, max(declared, self.before, held[-1][1] + MICROSECOND)))
        self.before = as_of

    def rows(self) -> list[tuple]:
        told = (
            (
                key,
                content["who"],
                datetime.fromisoformat(content["at"]),
                scaled(content["value"]),
                known,
                held[place + 1][1] if place + 1 < len(held) else None,
            )
            for key, held in self.versions.items()
            for place, (content, known) in enumerate(held)
        )
        return sorted(told, key=_by_key_and_knowing)


def rows(snapshot: lake.Snapshot) -> list[tuple]:
    told = ("source_key", "customer_id", "occurred_at", "value", "known_at", "superseded_at")
    return sorted(snapshot.events().select(*told).rows(), key=_by_key_and_knowing)


def _by_key_and_knowing(row: tuple) -> tuple:
    return row[0], row[4]


def visible(versions: list[tuple], cutoff: datetime) -> dict[str, tuple]:
    """What a feature may see of each key at a cutoff."""
    return {
        row[0]: row for row in versions if row[4] < cutoff and (row[5] is None or row[5] >= cutoff)
    }


@settings(max_examples=7)
@given(nights=st.lists(exports, min_size=1, max_size=5))
def test_the_lake_keeps_every_version_from_when_it_was_known(nights, tmp_path_factory):
    folder, ledger = tmp_path_factory.mktemp("nights"), Ledger()
    for number, told in enumerate(nights):
        export(folder, "orders", [{"key": key, **content} for key, content in told.items()])
        written = night(folder, [ORDERS], number)
        ledger.read(told, FIRST_NIGHT + timedelta(days=number))
        assert rows(written.snapshot) == ledger.rows()


@settings(max_examples=5)
@given(nights=st.lists(exports, min_size=2, max_size=4))
def test_what_was_known_at_an_earlier_night_never_changes(nights, tmp_path_factory):
    folder, seen = tmp_path_factory.mktemp("nights"), {}
    for number, told in enumerate(nights):
        export(folder, "orders", [{"key": key, **content} for key, content in told.items()])
        versions = rows(night(folder, [ORDERS], number).snapshot)
        seen[FIRST_NIGHT + timedelta(days=number)] = {
            key: row[:4]
            for key, row in visible(versions, FIRST_NIGHT + timedelta(days=number)).items()
        }
        for cutoff, then in seen.items():
            now = {key: row[:4] for key, row in visible(versions, cutoff).items()}
            assert {key: now.get(key) for key in then} == then


@settings(max_examples=6)
@given(
    log=st.lists(
        st.tuples(keys, contents, st.integers(0, 4)),
        min_size=1,
        max_size=8,
        unique_by=lambda t: (t[0], t[2]),
    )
)
def test_a_log_of_changes_read_night_by_night_or_at_once_is_the_same(log, tmp_path_factory):
    lines = [
        {"key": key, **content, "known": f"2026-03-{10 + day:02}T12:00:00Z"}
        for key, content, day in log
    ]
    slowly, at_once = (tmp_path_factory.mktemp(name) for name in ("slowly", "once"))
    last = None
    for number in range(1, 6):
        known = [line for line in lines if line["known"] < f"2026-03-{10 + number:02}"]
        if known:
            export(slowly, "log", known)
            last = night(slowly, [LOGGED], number)
    export(at_once, "log", lines)
    assert rows(last.snapshot) == rows(night(at_once, [LOGGED], 5).snapshot)
    again = night(slowly, [LOGGED], 5)
    assert (again.new, again.corrected) == (0, 0)


def test_a_row_without_a_time_of_knowing_that_comes_twice_is_a_duplicate_not_a_version(tmp_path):
    told = {"who": "ana", "at": "2026-03-01T08:00:00Z"}
    export(tmp_path, "orders", [{"key": "k1", **told, "value": str(value)} for value in (1, 2, 3)])
    written = night(tmp_path, [ORDERS], 0)
    assert written.snapshot.events().height == 1
    assert written.reading.sources[0].reasons == {"duplicate": 2}


def test_an_attribute_overwritten_in_place_holds_from_the_night_that_found_it(tmp_path):
    export(tmp_path, "plans", [{"who": "ana", "plan": "basic"}])
    night(tmp_path, [PLANS], 0)
    export(tmp_path, "plans", [{"who": "ana", "plan": "gold"}])
    written = night(tmp_path, [PLANS], 1)
    assert (written.new, written.corrected) == (0, 1)
    told = written.snapshot.customers().sort("known_at").select("plan", "known_at", "superseded_at")
    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert told.rows() == [("basic", first, FIRST_NIGHT), ("gold", FIRST_NIGHT, None)]


def test_a_source_mapped_otherwise_is_read_anew_and_one_no_longer_named_goes(tmp_path):
    told = {"who": "ana", "at": "2026-03-01T08:00:00Z", "value": "1"}
    export(tmp_path, "orders", [{"key": "k1", **told}])
    export(tmp_path, "plans", [{"who": "ana", "plan": "basic"}])
    night(tmp_path, [ORDERS, PLANS], 0)
    other = SourceSpec(**{**vars(ORDERS), "columns": {**ORDERS.columns, "step": "'purchase'"}})
    written = night(tmp_path, [other], 1)
    assert written.snapshot.events()["step"].to_list() == ["purchase"]
    assert written.snapshot.customers().is_empty()
    assert (written.anew, written.gone) == (("orders",), ("plans",))
