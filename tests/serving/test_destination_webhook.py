"""A receiver of one's own: signed, safe to repeat, believed row by row."""

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import FIELDS, ROW, Unpaced, a_batch, a_spec, texts

from serving.destinations.destination import Acknowledged, Batch, Notes, Rejected, Row, Tools
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown
from serving.destinations.webhook import destination as webhook
from serving.destinations.webhook.signature import is_signed, key_of, sign
from serving.rehearsal.clock import Clock
from serving.rehearsal.faults import answered, changed, dropped, html, malformed
from serving.rehearsal.server import serving
from serving.rehearsal.webhook import SECRET, WebhookStub
from serving.secret import Secret

CANARY = "whsec_" + base64.b64encode(b"canary-" * 5).decode()


class Receiver:
    """A destination and the receiver that it speaks to."""

    def __init__(self, stub: WebhookStub, clock: Clock, address: str):
        self.stub, self.clock, self.address = stub, clock, address

    def opened(self, *, secret: str = SECRET, **changed):
        options = {"url": f"{self.address}/scores"} | changed
        spec = a_spec(kind="webhook", options=options, secrets={"secret": Secret(lambda: secret)})
        told = Tools(pacer=Unpaced(), timing=self.clock.timing, folder=None, loopback=True)
        return webhook.opened(spec, told)

    def send(self, rows: dict, name: str = "b1", *, secret: str = SECRET, **changed):
        one = self.opened(secret=secret, **changed)
        try:
            return one.send(a_batch(rows, name), Notes())
        finally:
            one.close()


@contextmanager
def a_receiver(**said):
    clock = Clock()
    stub = WebhookStub(now=clock.now, keeps_content=True, **said)
    with serving(stub.app) as address:
        yield Receiver(stub, clock, address)


@pytest.fixture(scope="module")
def running():
    with a_receiver() as one:
        yield one


@pytest.fixture
def receiver(running):
    """The receiver as new; starting one for every test would cost seconds."""
    running.stub.__init__(now=running.clock.now, keeps_content=True)
    return running


@given(
    key=st.binary(min_size=24, max_size=64),
    content=st.binary(),
    name=texts,
    at=st.integers(0, 2**40),
)
def test_a_signature_is_that_of_standard_webhooks_and_of_nothing_else(key, content, name, at):
    digest = hmac.new(key, f"{name}.{at}.".encode() + content, hashlib.sha256).digest()
    told = sign(key, name, at, content)
    assert told == f"v1,{base64.b64encode(digest).decode()}"
    assert key_of("whsec_" + base64.b64encode(key).decode()) == key
    assert is_signed(key, name, at, content, f"v1,other {told}")
    assert not is_signed(key, name, at + 1, content, told)
    assert not is_signed(key, name, at, content + b" ", told)


def test_a_signature_known_from_elsewhere():
    """The example that the libraries of Standard Webhooks are tested with."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    told = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_rows_arrive_as_they_are_and_each_has_its_answer(receiver):
    receiver.stub.refuses = frozenset({"b"})
    rows = {"a": ROW, "b": ROW, "c": dict.fromkeys(ROW)}
    assert receiver.send(rows) == {
        "a": Acknowledged(),
        "b": Rejected("UNKNOWN_CUSTOMER", "no such customer"),
        "c": Acknowledged(),
    }
    assert receiver.stub.state == {"a": ROW, "c": dict.fromkeys(ROW)}
    assert [row.op for row in receiver.stub.journal.rows()] == ["set", "set", "clear"]
    (call,) = receiver.stub.journal.calls()
    assert json.loads(call.content) == {
        "type": "scores",
        "batch_id": "b1",
        "run_id": "r1",
        "rows": [
            {"op": "set", "customer_key": "a", "values": ROW},
            {"op": "set", "customer_key": "b", "values": ROW},
            {"op": "clear", "customer_key": "c", "values": dict.fromkeys(ROW)},
        ],
    }


@pytest.mark.parametrize("fault", [dropped(), answered(503, commits=True), malformed()])
def test_what_was_not_answered_is_sent_again_and_has_one_effect(receiver, fault):
    receiver.stub.faults.on(1, fault)
    with pytest.raises(OutcomeUnknown):
        receiver.send({"a": ROW})
    receiver.clock.advance(3600)  # the signature is of the new hour, the bytes are the same
    assert receiver.send({"a": ROW}) == {"a": Acknowledged()}
    assert len(receiver.stub.journal.rows()) == 1
    first, second = receiver.stub.journal.calls()
    assert first.content == second.content


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (400, BatchRefused),
        (409, BatchRefused),
        (413, BatchRefused),
        (422, BatchRefused),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (307, Misconfigured),
        (410, Misconfigured),
        (408, OutcomeUnknown),
        (500, OutcomeUnknown),
        (599, OutcomeUnknown),
    ],
)
def test_each_status_says_what_to_do_next(receiver, status, trouble):
    receiver.stub.faults.on(1, answered(status, headers={"location": "http://10.0.0.1/"}))
    with pytest.raises(trouble) as told:
        receiver.send({"a": ROW}, secret=CANARY)
    assert told.value.code == str(status)
    assert len(receiver.stub.journal.calls()) == 1


def test_too_many_calls_are_waited_for_as_long_as_is_asked(receiver):
    receiver.stub.faults.on(1, html(429, headers={"retry-after": "7"}))
    with pytest.raises(Busy) as told:
        receiver.send({"a": ROW})
    assert told.value.seconds == 7


def results(*rows):
    return changed(lambda _: json.dumps({"results": rows}).encode())


def said(key, status="delivered", **more):
    return {"customer_key": key, "status": status, **more}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [said("b"), said("z"), 3, None, {}, {"customer_key": 7, "status": "delivered"}],
        [said("b"), said("a"), said("a", "rejected")],
        [said("a", "queued"), said("b"), said("b")],
    ],
)
def test_only_what_is_said_clearly_of_a_row_is_believed(receiver, rows):
    receiver.stub.faults.on(1, results(*rows))
    told = receiver.send({"a": ROW, "b": ROW}, trust_2xx=True)
    assert told == ({"b": Acknowledged()} if rows else {})


def test_a_status_alone_is_evidence_only_where_it_is_trusted(receiver):
    receiver.stub.reports_rows = False
    with pytest.raises(OutcomeUnknown, match="tells of no row") as told:
        receiver.send({"a": ROW})
    assert told.value.code == "NO_ROW_RESULTS"
    assert receiver.send({"a": ROW}, trust_2xx=True) == {"a": Acknowledged()}


def test_the_receiver_checks_who_sends_and_when(receiver):
    with pytest.raises(Misconfigured, match="status 401"):
        receiver.send({"a": ROW}, secret=CANARY)
    opened = receiver.opened()
    late = Clock(receiver.clock.now())
    late.advance(301)
    receiver.stub.now = late.now
    with pytest.raises(Misconfigured, match="status 401"):
        opened.send(a_batch({"a": ROW}), Notes())
    opened.close()
    assert receiver.stub.state == {}


def test_one_id_is_one_message(receiver):
    receiver.send({"a": ROW})
    with pytest.raises(BatchRefused, match="another message"):
        receiver.send({"a": ROW | {"days": 1}})
    assert receiver.stub.state == {"a": ROW}


@pytest.mark.parametrize(
    "secret", ["", "canary", "whsec_", "whsec_Y2FuYXJ5", "whsec_c\u00e4nary=="]
)
def test_a_secret_that_signs_nothing_is_told_and_never_shown(receiver, secret):
    with pytest.raises(Misconfigured, match="Standard Webhooks") as told:
        receiver.send({"a": ROW}, secret=secret)
    shown = f"{told.value!r} {told.value.mend} {told.value.__cause__} {told.value.__context__}"
    assert "canary" not in shown
    assert receiver.stub.journal.calls() == []


def opened_at(url: str, *, loopback: bool = False):
    told = Tools(pacer=Unpaced(), timing=Clock().timing, folder=None, loopback=loopback)
    spec = a_spec(kind="webhook", options={"url": url}, secrets={"secret": Secret(lambda: SECRET)})
    return webhook.opened(spec, told)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1:1/x",
        "https://localhost:1/x",
        "https://10.0.0.1:1/x",
        "https://[::1]:1/x",
        "https://169.254.169.254/latest",
        "https://user:canary@example.org/x",
    ],
)
def test_no_address_within_a_house_is_called(url):
    opened = opened_at(url)
    with pytest.raises(Misconfigured) as told:
        opened.send(a_batch({"a": ROW}), Notes())
    assert "canary" not in str(told.value)
    opened.close()


def test_the_call_is_shown_without_its_secrets():
    batch = Batch(batch_id="b1", run_id="r1", rows=[Row(key="a", op="set", values=ROW)])
    shown = opened_at("https://hooks.example.org/in").calls(batch)
    assert shown == ["POST https://hooks.example.org/in, 1 rows, 135 bytes, signed"]
    secrets = {"secret": Secret(lambda: SECRET), "url": Secret(lambda: "https://a.org/in/canary")}
    spec = a_spec(kind="webhook", options={}, secrets=secrets)
    tools = Tools(pacer=Unpaced(), timing=Clock().timing, folder=None)
    assert webhook.opened(spec, tools).calls(batch)[0].startswith("POST https://a.org/***, 1 rows")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"options": {"url": "https://a.org", "trust": 1}}, "options.trust: is not a known key"),
        ({"options": {"url": "https://a.org", "trust_2xx": 1}}, "options.trust_2xx: is neither"),
        ({"options": {"url": "https://a.org", "rows_a_batch": 1001}}, "options.rows_a_batch: is"),
        ({"options": {"url": "http://a.org"}}, "options.url: is no https address"),
        ({"options": {"url": "https://u:p@a.org"}}, "options.url: is no https address"),
        ({"options": {"url": "https://[a"}}, "options.url: is no https address"),
        ({"options": {}}, "options.url: the address is said twice or not at all"),
        ({"secrets": {}}, "secrets.secret: is not said"),
        ({"key_field": "op"}, "key_field: 'op' stands beside the key"),
    ],
)
def test_each_mistake_names_its_key(changed, told):
    good = {
        "options": {"url": "https://a.org"},
        "secrets": {"secret": Secret(lambda: SECRET)},
        "fields": FIELDS,
    }
    assert webhook.mistakes(a_spec(**good)) == []
    (found,) = webhook.mistakes(a_spec(**(good | changed)))
    assert str(found).startswith(told)
