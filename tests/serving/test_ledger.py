"""The ledger of pains: an id each, a state at a time, and every sentence in both languages."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import WorkspaceInvalid
from models.pains.verdicts import BECAUSE, VERDICTS
from serving import ledger
from serving.ledger import Measure
from serving.ledger.sentences import ROOM, place, sentence, table, words
from serving.pages.words import DASH, LANGUAGES, MINUS, texts
from serving.store import Store
from serving.store.loop_tables import pain_measures, pain_states, pains

NOON = datetime(2026, 4, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AT_ONCE = 6
TOLD = {
    "kind": "drop_off",
    "stage": "consideration",
    "channel": "whatsapp",
    "persona": "",
    "hypothesis": "answers come too late",
    "owner": "service team",
    "opened_at": NOON,
    "against": {"by": "channel", "names": ["email", "web"]},
}


@pytest.fixture
def store(store_url):
    with closing(Store(store_url)) as opened:
        yield opened


def opened(store, **told):
    return store.write(partial(ledger.open_pain, **{**TOLD, **told}))


def facts(because, **told):
    interval = {"value": -0.04, "low": -0.07, "high": -0.01}
    known = dict.fromkeys(("effect", "drift", "plain"), interval)
    known |= {"excess": 0.1, "weeks_more": None}
    verdict = next((one for one in VERDICTS if because in (one, "mended")), "unclear")
    return {"verdict": verdict, "because": because, **known, **told}


def measure(pain, because="mended", at=NOON, changed_at=NOON, **told):
    known = {"as_of": at, "measured_at": NOON, "changed_at": changed_at}
    return Measure(pain_id=pain, **known, facts=facts(because, **told))


def change(store, at, entered_at=NOON):
    told = {"pain_id": "P001", "changed_at": at, "at": entered_at}
    return store.write(partial(ledger.change, **told))


def measured(store, until):
    return store.read(lambda one: ledger.measures(one, ledger.pains(one), until)).get("P001")


def test_many_who_open_at_once_get_an_id_each(store_url):
    Store(store_url).close()

    def one(number):
        with closing(Store(store_url)) as own:
            return opened(own, owner=f"team {number}", channel=f"channel {number}").pain_id

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        ids = list(crowd.map(one, range(AT_ONCE)))
    assert sorted(ids) == [f"P{number:03}" for number in range(1, AT_ONCE + 1)]
    with closing(Store(store_url)) as own:
        assert {pain.owner for pain in own.read(ledger.pains)} == {f"team {n}" for n in range(6)}


def test_a_pain_goes_its_way_and_comes_back(store):
    pain = opened(store)
    assert (pain.pain_id, pain.state) == ("P001", "open")
    changed = change(store, NOON + DAY)
    assert (changed.state, changed.changed_at) == ("changed", NOON + DAY)
    store.write(partial(ledger.keep_measure, measure=measure("P001", changed_at=NOON + DAY)))
    ended = {"verdict": "mended", "why": "waits are short", "at": NOON + 3 * DAY}
    closed = store.write(partial(ledger.close, pain_id="P001", **ended))
    assert (closed.state, closed.verdict) == ("closed", "mended")
    assert store.read(ledger.pains) == [closed]
    with pytest.raises(WorkspaceInvalid, match="was closed on 2026-04-09 as mended"):
        change(store, NOON)
    again = store.write(partial(ledger.reopen, pain_id="P001", at=NOON + 4 * DAY))
    assert again == changed
    assert store.read(ledger.pains) == [changed]
    assert measured(store, NOON).facts["because"] == "mended"
    with pytest.raises(WorkspaceInvalid, match="P001 is open"):
        store.write(partial(ledger.reopen, pain_id="P001", at=NOON))
    with pytest.raises(WorkspaceInvalid, match="did you mean `P001`"):
        store.write(partial(ledger.reopen, pain_id="P01", at=NOON))


def test_what_is_being_mended_is_not_opened_twice(store):
    first = opened(store)
    assert opened(store, opened_at=NOON + DAY) == first
    with pytest.raises(WorkspaceInvalid, match="P001 is open for this already"):
        opened(store, hypothesis="nobody answers at all")
    assert opened(store, channel="web").pain_id == "P002"
    ended = {"verdict": "unclear", "why": "the season is over", "at": NOON + DAY}
    store.write(partial(ledger.close, pain_id="P001", **ended))
    assert opened(store, hypothesis="nobody answers at all").pain_id == "P003"


def test_the_newest_measure_up_to_a_day_counts_of_the_change_as_it_is_known(store):
    opened(store)
    change(store, NOON)
    for day, because in ((2, "not_yet"), (1, "too_early"), (2, "mended")):
        kept = measure("P001", because, at=NOON + day * DAY)
        store.write(partial(ledger.keep_measure, measure=kept))
    until = [measured(store, NOON + day * DAY) for day in (0, 1, 5)]
    assert [one and one.facts["because"] for one in until] == [None, "too_early", "mended"]
    change(store, NOON - DAY, entered_at=NOON + DAY)
    assert measured(store, NOON + 5 * DAY) is None
    change(store, NOON, entered_at=NOON + 2 * DAY)
    assert measured(store, NOON + 5 * DAY).facts["because"] == "mended"


@pytest.fixture(scope="module")
def book(empty_store, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "jejak.db"
    shutil.copyfile(empty_store, path)
    with closing(Store(f"sqlite:///{path}")) as one:
        yield one


HOURS = st.integers(0, 3)


@given(
    acts=st.lists(st.tuples(st.sampled_from(("change", "close", "reopen")), HOURS), max_size=6),
    days=HOURS,
)
@settings(max_examples=25, deadline=None)
def test_a_look_at_an_earlier_moment_is_the_look_that_was_had_then(book, acts, days):
    """Whatever is entered, and be it several things at once: what was seen stays to be seen."""
    others = len(book.read(ledger.pains))
    name, now = opened(book, channel=f"channel {others}").pain_id, NOON

    def look(until=None):
        return next(
            (one for one in book.read(partial(ledger.pains, until=until)) if one.pain_id == name),
            None,
        )

    seen = {now: look()}
    for verb, later in acts:
        now += later * timedelta(hours=1)
        more = {
            "change": {"changed_at": now - days * DAY},
            "close": {"verdict": "unclear", "why": f"{now}"},
            "reopen": {},
        }[verb]
        with suppress(WorkspaceInvalid):
            book.write(partial(getattr(ledger, verb), pain_id=name, at=now, **more))
        seen[now] = look()
    assert {then: look(then) for then in seen} == seen
    assert look(NOON - DAY) is None


def test_no_row_holds_a_customer():
    tables = (pains, pain_states, pain_measures)
    names = {column.name for one in tables for column in one.columns}
    assert not any("customer" in name for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("because", BECAUSE)
def test_every_reason_is_a_sentence(because, language):
    pain = ledger.Pain(**TOLD, pain_id="P001", changed_at=NOON)
    seen = {"effect": None, "drift": None, "excess": None} if because.startswith("too_e") else {}
    said = sentence(pain, measure("P001", because, weeks_more=5, **seen), words(language))
    assert said.endswith(".")
    assert "{" not in said


def test_what_people_say_stands_beside_what_was_measured():
    speak = words("en")
    pain = ledger.Pain(**TOLD, pain_id="P001")
    assert sentence(pain, None, speak) == "Nothing is changed yet."
    changed = ledger.Pain(**TOLD, pain_id="P001", changed_at=NOON)
    assert sentence(changed, None, speak) == "It is not measured yet."
    end = {"changed_at": NOON, "closed_at": NOON, "verdict": "mended", "why": "so it is."}
    closed = ledger.Pain(**TOLD, pain_id="P001", **end)
    assert sentence(closed, measure("P001"), speak) == "Closed as mended: so it is."
    differs = sentence(closed, measure("P001", "too_few"), speak)
    assert differs.startswith(
        "Closed as mended: so it is. The last measure did not say so. Unclear"
    )


def test_a_row_is_read_by_eye():
    pain = ledger.Pain(**TOLD, pain_id="P001", changed_at=datetime(2026, 4, 5, 17, tzinfo=UTC))
    told = {"P001": measure("P001")}
    english = table([pain], told, words("en"), ZoneInfo("Asia/Jakarta")).iloc[0].tolist()
    assert english == [
        "P001",
        "drop-off: consideration · WhatsApp",
        "service team",
        "changed",
        "6 April 2026",
        f"{MINUS}4.0",
        f"{MINUS}7.0 {DASH} {MINUS}1.0",
        "mended",
    ]
    indonesian = table([pain], told, words("id"), ZoneInfo("Asia/Jakarta"))
    assert indonesian.columns[0] == "Masalah"
    assert indonesian.iloc[0].tolist()[-3::2] == [f"{MINUS}4,0", "teratasi"]
    assert place(pain, words("id")).startswith("pelanggan pergi: ")


def test_both_languages_say_the_same_things():
    english, indonesian = (texts(language, ROOM) for language in LANGUAGES)
    assert english.keys() == indonesian.keys()
    for key, said in english.items():
        named, others = (
            {name for _, name, _, _ in Formatter().parse(text) if name}
            for text in (said, indonesian[key])
        )
        assert named == others, key
