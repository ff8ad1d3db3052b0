"""Salesforce: whatever happens to a job, every row has one outcome and is there once."""

from datetime import timedelta

import pytest
from calls import trouble
from hypothesis import given, settings
from hypothesis import strategies as st
from orgs import FIELDS, KEY, World, a_batch, a_row, served

from serving.destinations.destination import Acknowledged, Notes, Rejected
from serving.destinations.troubles import OutcomeUnknown, Trouble, Unfinished
from serving.rehearsal.faults import Fault, answered, changed, dropped, html, malformed
from serving.rehearsal.salesforce_org import ENDED

ROWS = (a_row("c1"), a_row("c2", Band__c=None), a_row("c3", Churn_Score__c="no number"))
WRITTEN = {
    "c1": {"Churn_Score__c": "0.71", "Band__c": "high", "LastName": "Ayu"},
    "c2": {"Churn_Score__c": "0.71", "LastName": "Ayu"},
}
INGEST = "/jobs/ingest"


class Killed(BaseException):
    """The process ends here."""


class KilledMemo(Notes):
    """A memo of a process that dies just before or just after it notes something."""

    def __init__(self, kept, nth, *, after):
        super().__init__(kept)
        self.left, self.after = nth, after

    def write(self, notes):
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        super().write(notes)
        if self.left == 0:
            raise Killed


@pytest.fixture(scope="module")
def here():
    with served() as place:
        yield place


@pytest.fixture
def world(here):
    return World(here)


def assert_all_is_done(world, outcomes):
    assert {key: type(one) for key, one in outcomes.items()} == {
        "c1": Acknowledged,
        "c2": Acknowledged,
        "c3": Rejected,
    }
    assert world.org.records == WRITTEN
    assert set(world.states()) <= {*ENDED}
    assert world.states().count("JobComplete") == 1
    accepted = [row.key for row in world.stub.journal.rows() if row.accepted]
    assert sorted(accepted) == ["c1", "c2"]


def sent_until_done(world, memo, tries=5):
    """What a sender does: the same again after a trouble, by another process."""
    for _ in range(tries):
        try:
            return world.send(*ROWS, memo=memo)
        except Trouble:
            continue
    pytest.fail("it never ends")


def test_every_row_has_an_outcome_whatever_their_order(world):
    assert_all_is_done(world, world.send(*ROWS))


@pytest.mark.parametrize("commits", [True, False])
def test_a_call_that_is_lost_at_any_point_loses_nothing(here, commits):
    """The n-th call fails, before or after Salesforce carried it out, until one passes clean."""
    for nth in range(1, 40):
        world = World(here)
        world.stub.faults.on(nth, dropped(commits=commits))
        assert_all_is_done(world, sent_until_done(world, world.memo))
        if len([call for call in world.stub.journal.calls() if call.status == 0]) == 0:
            break
    assert 10 < nth < 40


WRONG = [
    dropped(),
    dropped(commits=False),
    answered(503, commits=True),
    answered(401),
    html(429),
    malformed(),
    Fault(cut_after=9),
]


@pytest.mark.slow
@settings(max_examples=100)
@given(wrong=st.dictionaries(st.integers(1, 40), st.sampled_from(WRONG), max_size=5))
def test_whatever_goes_wrong_together_loses_nothing_and_writes_nothing_twice(here, wrong):
    world = World(here)
    for nth, fault in wrong.items():
        world.stub.faults.on(nth, fault)
    assert_all_is_done(world, sent_until_done(world, world.memo, tries=8))


@pytest.mark.parametrize("after", [True, False])
def test_a_kill_around_any_note_loses_nothing(here, after):
    for nth in range(1, 10):
        world = World(here)
        dying = KilledMemo({}, nth, after=after)
        try:
            world.send(*ROWS, memo=dying)
        except Killed:
            pass
        else:
            break
        assert_all_is_done(world, sent_until_done(world, Notes(dict(dying.kept))))
    assert 2 < nth < 10


def test_an_open_job_whose_abort_was_answered_to_nobody_is_made_anew(world):
    world.stub.faults.on(1, dropped(), path="PUT")
    world.stub.faults.on(1, dropped(), path="PATCH")
    for _ in range(2):
        with trouble(OutcomeUnknown):
            world.send(*ROWS)
    assert_all_is_done(world, world.send(*ROWS))


def test_a_job_is_noted_before_its_rows_go_up_and_before_it_is_closed(world):
    class Seen(Notes):
        def write(self, notes):
            paths = [
                (one.method, one.path.rpartition("/")[2]) for one in world.stub.journal.calls()
            ]
            seen.append(
                ({*notes}, ("PUT", "batches") in paths, any(m == "PATCH" for m, _ in paths))
            )
            super().write(notes)

    seen = []
    world.send(*ROWS, memo=Seen())
    assert seen == [({"job"}, False, False), ({"job", "closing_at"}, True, False)]


def test_none_and_empty_text_empty_a_field_and_silence_leaves_it(world):
    world.org.records["c1"] = {"Band__c": "low", "Why__c": "late", "LastName": "Ayu"}
    row = a_row("c1", Band__c="", Why__c=None)
    del row.values["LastName"]
    world.send(row)
    assert world.org.records["c1"] == {"Churn_Score__c": "0.71", "LastName": "Ayu"}


def test_what_cannot_be_sent_is_refused_here_and_costs_no_call(world):
    outcomes = world.send(a_row("c1", Band__c="#N/A"))
    assert outcomes["c1"].code == "VALUE_UNFIT"
    assert world.stub.journal.calls() == []


def test_rows_that_a_failed_job_did_not_get_to_stay_open(world):
    world.org.fails_after = 1
    assert world.send(*ROWS) == {"c1": Acknowledged()}
    assert world.states() == ["Failed"]
    assert [call.status for call in world.stub.journal.calls("unprocessedrecords")] == [200]


@pytest.mark.parametrize("kind", ["failedResults", "unprocessedrecords"])
def test_a_row_that_two_lists_name_is_in_neither(world, kind):
    world.org.fails_after = 2
    told = f'"sf__Error","{KEY}"\n"X:x","c1"\n"X:x","nobody"\n'.encode()
    world.stub.faults.on(1, changed(lambda _: told), path=kind)
    assert world.send(*ROWS) == {"c2": Acknowledged()}


def test_a_locked_row_stays_open_and_its_next_sending_is_another_job(world):
    world.org.row_errors["c1"] = ["UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--"]
    assert world.send(a_row("c1")) == {}
    assert world.send(a_row("c1")) == {"c1": Acknowledged()}
    assert len(world.org.jobs) == 2


def test_a_refused_row_has_salesforces_words(world):
    world.org.required = ("LastName",)
    outcomes = world.send(a_row("c1", LastName=None), a_row("c2"))
    assert outcomes["c1"].code == "REQUIRED_FIELD_MISSING"
    assert "LastName" in outcomes["c1"].message
    assert outcomes["c2"] == Acknowledged()


def test_a_job_that_hangs_is_left_and_asked_again_later(world):
    world.org.stuck = True
    for _ in range(2):
        with trouble(Unfinished):
            world.send(*ROWS, wait_seconds=600)
    assert world.opened().handed_over(world.memo.read())
    looked = len(world.stub.journal.calls(INGEST))
    assert looked < 45, "it is looked at less and less often"
    world.org.stuck = False
    assert_all_is_done(world, world.send(*ROWS))
    assert len(world.org.jobs) == 1


def test_a_job_that_hangs_for_a_day_is_aborted_and_its_rows_stay_open(world):
    world.org.stuck = True
    with trouble(Unfinished):
        world.send(*ROWS, wait_seconds=60)
    world.clock.advance(timedelta(days=1).total_seconds())
    assert world.send(*ROWS, wait_seconds=60) == {}
    world.org.stuck = False
    assert world.send(*ROWS).keys() == {"c1", "c2", "c3"}
    assert world.states() == ["Aborted", "JobComplete"]


def test_results_that_are_gone_tell_nothing_and_the_rows_go_up_again(world):
    for kind in ("successfulResults", "failedResults"):
        world.stub.faults.on(1, answered(404, b"[]"), path=kind)
    assert world.send(*ROWS) == {}
    assert world.send(*ROWS).keys() == {"c1", "c2", "c3"}


def test_a_job_that_salesforce_has_removed_is_no_longer_waited_for(world):
    world.stub.faults.on(1, dropped(), path="successfulResults")
    with trouble(OutcomeUnknown):
        world.send(*ROWS)
    world.clock.advance(timedelta(days=8).total_seconds())
    with trouble(OutcomeUnknown):
        world.send(*ROWS)
    assert not world.opened().handed_over(world.memo.read())
    assert world.send(*ROWS).keys() == {"c1", "c2", "c3"}


def test_a_job_that_may_have_been_closed_is_not_made_anew_with_the_same_rows(world):
    """Who is suppressed meanwhile is still among them: the sender forms the batch anew."""
    world.stub.faults.on(1, dropped(commits=False), path="PATCH")
    with trouble(OutcomeUnknown):
        world.send(*ROWS)
    assert world.opened().handed_over(world.memo.read())
    with trouble(OutcomeUnknown):
        world.send(*ROWS)
    assert (world.memo.read(), world.states()) == ({}, ["Aborted"])


def test_an_older_job_of_ours_is_stopped_before_it_overwrites_newer_scores(world):
    world.org.polls_before_end = 20
    with trouble(Unfinished):
        world.send(a_row("c1", Band__c="yesterday"), wait_seconds=60)
    strangers = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "Other__c"}
    world.org.create(strangers)
    world.send(a_row("c1", Band__c="today"), memo=Notes())
    assert world.states() == ["Aborted", "Open", "JobComplete"]
    assert world.org.records["c1"]["Band__c"] == "today"


def test_the_calls_that_are_told_beforehand_are_those_that_are_made(world):
    told = world.opened().calls(a_batch(*ROWS))
    world.send(*ROWS)
    (job_id,) = world.org.jobs
    made = [(one.method, one.path.replace(job_id, "JOB")) for one in world.stub.journal.calls()]
    addresses = (line.split()[:2] for line in told)
    planned = [
        (method, address.removeprefix(world.address).rstrip(":,").partition("?")[0])
        for method, address in addresses
    ]
    assert planned == list(dict.fromkeys(made))
    (upload,) = world.stub.journal.calls("/batches")
    assert f"3 rows, {len(upload.content)} bytes" in told[4]


def test_no_job_is_larger_than_salesforce_takes(world):
    destination = world.opened()
    header = f"{KEY},{','.join(FIELDS)}\n"
    assert destination.bytes_a_batch + len(header) <= 100_000_000
    rows = [a_row("c1"), a_row("c2", Why__c='a "quoted", long\nwhy')]
    world.send(*rows)
    (upload,) = world.stub.journal.calls("/batches")
    assert len(upload.content) == len(header) + sum(map(destination.weight, rows))
