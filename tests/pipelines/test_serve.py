"""The schedule: business times in every zone; a loop that outlives what fails in it."""

import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from threading import Event, Timer
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from running import HOUSE
from shops import SETTINGS

from features.clock import business_day, last_midnight
from pipelines.night.schedule import WEEKDAYS, ScheduleParams, When
from pipelines.night.serve import attend, command_line, keep

ZONES = st.sampled_from(
    [
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "UTC",
    ]
).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2023, 12, 25), datetime(2028, 3, 5), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0))


def clock_of(at, zone):
    return at.astimezone(zone).time().replace(fold=0)


@given(now=INSTANTS, zone=ZONES, at=TIMES)
@example(now=datetime(2028, 2, 28, 20, tzinfo=UTC), zone=ZoneInfo("Asia/Jakarta"), at=clock_time())
@example(
    now=datetime(2026, 3, 28, 12, tzinfo=UTC),
    zone=ZoneInfo("Europe/Berlin"),
    at=clock_time(2, 30),
)
def test_every_business_day_has_its_time_once(now, zone, at):
    """Also on the days when the clock skips or repeats an hour, on 29 February, at New Year."""
    when, days = When(at=at), []
    for _ in range(5):
        due = when.after(now, zone)
        assert due > now
        skipped = clock_of(due, zone) != at
        assert (
            not skipped
            or due.astimezone(zone).utcoffset()
            != (due - timedelta(hours=2)).astimezone(zone).utcoffset()
        )
        days.append(business_day(due, zone))
        now = due
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 4


@given(now=INSTANTS, zone=ZONES, minutes=st.integers(0, 7 * 60))
@example(now=datetime(2027, 12, 31, 17, 1, tzinfo=UTC), zone=ZoneInfo("Asia/Jakarta"), minutes=1)
@example(now=datetime(2028, 2, 28, 17, 1, tzinfo=UTC), zone=ZoneInfo("Asia/Jakarta"), minutes=1)
def test_a_run_of_the_small_hours_is_of_the_day_that_has_begun_there(now, zone, minutes):
    """Between midnight and 07:00 in Indonesia the day of UTC is still the one before."""
    at = clock_time(*divmod(minutes, 60))
    due = When(at=at).after(now, zone)
    cutoff = last_midnight(due, zone)
    assert cutoff <= due < cutoff + timedelta(hours=9)
    assert business_day(cutoff, zone) == due.astimezone(zone).date()


@given(now=INSTANTS, zone=ZONES, day=st.integers(0, 6))
def test_once_a_week_is_once_a_week(now, zone, day):
    when = When.told(f"{WEEKDAYS[day]} 03:30")
    first = when.after(now, zone)
    second = when.after(first, zone)
    assert first.astimezone(zone).weekday() == day
    assert first - now <= timedelta(days=7, hours=2)
    assert business_day(second, zone) - business_day(first, zone) == timedelta(days=7)


@pytest.mark.parametrize("text", ["2:30", "24:00", "02:60", "someday 02:30", "02:30 sun", ""])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"nightly is .*; write a time such as 02:30"):
        ScheduleParams(nightly=text)


def test_without_a_time_nothing_is_retrained():
    assert list(ScheduleParams(retrain="").times) == ["nightly"]
    assert ScheduleParams().times["nightly"].cron == "30 2 * * *"


class Days:
    """A clock that a test owns: waiting and running take the time that is told."""

    def __init__(self, start, *, ends, takes=None, codes=None):
        self.now, self.ends = start, ends
        self.takes, self.codes = takes or {}, codes or {}
        self.ran = []

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)
        return self.now >= self.ends

    def run(self, command):
        self.ran.append((command, f"{self.now:%a %H:%M}"))
        self.now += self.takes.get(len(self.ran), timedelta(minutes=5))
        return self.codes.get(len(self.ran), 0)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "jejak.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def serve(root, days):
    return keep(root, now=lambda: days.now, wait=days.wait, run=days.run)


SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_week_of_nights_and_one_retraining_whatever_fails(root, capsys):
    days = Days(SATURDAY, ends=SATURDAY + timedelta(days=7), codes={1: 9, 3: 1})
    served = serve(root, days)
    nights = [at for command, at in days.ran if command == "nightly"]
    assert nights == [f"{day} 02:30" for day in ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")]
    assert [at for command, at in days.ran if command == "retrain"] == ["Sun 03:30"]
    assert served.facts() == {
        "runs": {"nightly": 7, "retrain": 1},
        "failed": {"nightly": 2},
    }
    said = capsys.readouterr().err
    assert "next: nightly Sun 2026-11-22 02:30, retrain Sun 2026-11-22 03:30 (UTC)" in said
    assert "nightly ended with exit code 9" in said


def test_what_comes_due_meanwhile_waits_and_what_was_missed_comes_once(root):
    takes = {1: timedelta(hours=3), 3: timedelta(days=3, hours=1)}
    days = Days(SATURDAY, ends=SATURDAY + timedelta(days=6), takes=takes)
    serve(root, days)
    assert days.ran == [
        ("nightly", "Sun 02:30"),
        ("retrain", "Sun 05:30"),
        ("nightly", "Mon 02:30"),
        ("nightly", "Fri 02:30"),
    ]


def test_a_file_that_is_broken_at_noon_keeps_the_times_and_a_mended_one_changes_them(root, capsys):
    path, days = root / "jejak.toml", Days(SATURDAY, ends=SATURDAY + timedelta(days=3))
    inner = days.run

    def edit_and_run(command):
        path.write_text(
            "broken" if len(days.ran) == 0 else SETTINGS + '\n[schedule]\nnightly = "02:00"\n'
        )
        return inner(command)

    days.run = edit_and_run
    serve(root, days)
    assert days.ran == [
        ("nightly", "Sun 02:30"),
        ("retrain", "Sun 03:30"),
        ("nightly", "Mon 02:00"),
        ("nightly", "Tue 02:00"),
    ]
    assert "the times stay as they were" in capsys.readouterr().err


def program(text):
    return [sys.executable, "-c", textwrap.dedent(text)]


def test_a_program_that_is_told_to_end_may_finish(tmp_path):
    ending, mark = Event(), tmp_path / "begun"
    polite = program(
        f"""
        import pathlib, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(10))
        pathlib.Path({str(mark)!r}).touch()
        time.sleep(60)
        """
    )

    def end_once_begun():
        while not mark.exists():
            time.sleep(0.01)
        ending.set()

    Timer(0, end_once_begun).start()
    assert attend(polite, ending) == 10
    assert attend(program("raise SystemExit(9)"), Event()) == 9


def test_what_a_run_says_goes_to_the_log_and_names_no_customer(tmp_path, capfd):
    assert command_line("nightly", tmp_path)[-1] == "--json"
    assert attend(program("print('summary')"), Event()) == 0
    assert capfd.readouterr() == ("", "summary\n")


def test_a_program_that_does_not_end_is_ended():
    ending = Event()
    ending.set()
    deaf = program("import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)")
    assert attend(deaf, ending, grace_seconds=0.2) in (-signal.SIGKILL, -signal.SIGTERM)


@pytest.mark.slow
def test_serving_ends_well_when_it_is_told_to(root):
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "serve", "-w", str(root), "--json"],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stderr.readline().startswith("next: nightly")
        serving.send_signal(signal.SIGTERM)
        told, _ = serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert '"runs": {}' in told
