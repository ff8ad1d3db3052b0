"""Calls to vendors: what becomes of them, whom they reach, what they give away."""

import gzip
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import trustme
from calls import CANARY, Noting, place, tools, trouble
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from serving.destinations.calls.answers import WAIT_SECONDS_MOST, redacted, seconds_of
from serving.destinations.calls.http import Http, Limits, bearer
from serving.destinations.troubles import Misconfigured, OutcomeUnknown
from serving.rehearsal import faults
from serving.rehearsal.clock import Clock
from serving.rehearsal.faults import Fault, answered
from serving.rehearsal.server import serving
from serving.rehearsal.stub import Stub
from serving.secret import Secret

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PACKED = gzip.compress(b'{"said": "much"}' * 100)
AS_GZIP = {"content-encoding": "gzip"}


class Echo(Stub):
    """Says what it was told."""

    def routes(self):
        async def echo(request):
            return PlainTextResponse(await request.body())

        return [Route("/echo", echo, methods=["POST"])]


@pytest.fixture(scope="module")
def here():
    with place() as found:
        yield found


@pytest.fixture
def vendor(here):
    here.stub = Echo(now=Clock().now, keeps_content=True)
    return here


@pytest.fixture
def calling(vendor):
    """Makes calls to the vendor, with a secret and a row that must show nowhere."""
    opened = []

    def call(*, clock=None, pacer=None, path="/echo", limits=None, **said):
        authorize = said.pop("authorize", bearer(Secret(lambda: CANARY)))
        http = Http(
            vendor.url,
            tools=tools(clock or Clock(), pacer=pacer),
            authorize=authorize,
            limits=limits or Limits(),
            **said,
        )
        opened.append(http)
        return http.call("POST", path, json={"row": CANARY})

    yield call
    for http in opened:
        http.close()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(faults.dropped(), "ReadError", id="committed, then dropped"),
        pytest.param(faults.dropped(commits=False), "ReadError", id="dropped"),
        pytest.param(Fault(cut_after=5), "ReadError", id="reset within the body"),
        pytest.param(Fault(wait_seconds=0.15), "ReadTimeout", id="late"),
        pytest.param(answered(200, b"text", headers=AS_GZIP), "NO_GZIP", id="no gzip"),
        pytest.param(answered(200, PACKED[:-9], headers=AS_GZIP), "CUT", id="gzip cut"),
        pytest.param(answered(200, b"", headers={"content-encoding": "br"}), "ENCODING", id="br"),
        pytest.param(answered(200, b"x" * 2001), "TOO_LONG", id="too long"),
        pytest.param(
            answered(200, gzip.compress(b"x" * 2001), headers=AS_GZIP), "TOO_LONG", id="gzip bomb"
        ),
    ],
)
def test_without_a_whole_answer_the_outcome_is_unknown(vendor, calling, fault, code):
    vendor.stub.faults.on(1, fault)
    pacer = Noting()
    with trouble(OutcomeUnknown, code):
        calling(pacer=pacer, limits=Limits(read_seconds=0.05, answer_bytes=2000))
    assert pacer.asked == ["before", "after"]


def test_an_answer_in_gzip_is_read(vendor, calling):
    vendor.stub.faults.on(1, answered(200, PACKED, headers=AS_GZIP))
    assert calling().content == gzip.decompress(PACKED)


class Hasty(Clock):
    """A second passes whenever somebody looks."""

    def now(self):
        self.advance(1)
        return super().now()


def test_an_answer_that_drips_ends_with_the_call(vendor, calling):
    vendor.stub.faults.on(1, Fault(seconds_a_byte=0.0005))
    with trouble(OutcomeUnknown, "ReadTimeout"):
        calling(clock=Hasty(), limits=Limits(total_seconds=12))


def test_nobody_at_home_is_an_unknown_outcome():
    http = Http("http://127.0.0.1:9", tools=tools(Clock()))
    with trouble(OutcomeUnknown, "ConnectError"):
        http.call("GET", "/")
    http.close()


def test_who_is_taken_for_nobody_says_who_they_are_once_more(vendor, calling):
    vendor.stub.faults.on(1, answered(401))
    tokens = []

    def authorize(anew):
        tokens.append(anew)
        return f"Bearer {CANARY}"

    assert calling(authorize=authorize).status == 200
    assert tokens == [False, True]


def test_and_never_a_third_time(vendor, calling):
    vendor.stub.faults.always(answered(401, CANARY.encode()))
    with trouble(Misconfigured, "401"):
        calling()
    assert len(vendor.stub.journal.calls()) == 2


def test_nobody_is_followed_elsewhere(vendor, calling):
    elsewhere = {"location": f"{vendor.url}/echo"}
    vendor.stub.faults.on(1, answered(307, headers=elsewhere))
    with trouble(Misconfigured, "307"):
        calling()
    assert len(vendor.stub.journal.calls()) == 1


HOSTS = ["vendor.example", ".my.example"]


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "http://vendor.example/",
        "https://vendor.example.evil.example/",
        "https://my.example/",
        "https://notmy.example/",
        "https://name:word@vendor.example/",
        "http://127.0.0.1/",
        "https://localhost/",
        "ftp://vendor.example/",
        "https://vendor.example:port/",
    ],
)
def test_only_the_vendors_own_hosts_are_called(address):
    """Nor this machine, unless it is a rehearsal; the secret is not even read."""

    def never(_):
        pytest.fail("somebody was called")

    http = Http(
        "https://api.example",
        tools=tools(Clock(), loopback=False),
        authorize=never,
        hosts=HOSTS,
        transport=httpx.MockTransport(never),
    )
    with trouble(Misconfigured):
        http.call("GET", address)


def test_its_own_hosts_are():
    seen = []

    def answer(request):
        seen.append(str(request.url))
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    transport = httpx.MockTransport(answer)
    http = Http(
        "https://api.example/v1/",
        tools=tools(Clock(), loopback=False),
        hosts=HOSTS,
        transport=transport,
    )
    for path in ("/a", "b", "https://org.my.example/c", "https://vendor.example/d"):
        http.call("GET", path)
    assert seen == [
        "https://api.example/a",
        "https://api.example/v1/b",
        "https://org.my.example/c",
        "https://vendor.example/d",
    ]


def test_a_host_inside_the_house_is_not_public():
    with serving(Echo(now=Clock().now).app) as url:
        address = url.replace("http://127.0.0.1", "https://localhost")
        http = Http(address, tools=tools(Clock(), loopback=False), public_only=True)
        with trouble(Misconfigured, "PRIVATE_ADDRESS"):
            http.call("POST", "/echo")
        http.close()


def test_a_certificate_that_nobody_vouches_for_is_a_mistake():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    stub = Echo(now=Clock().now)
    with serving(stub.app, tls=tls) as url:
        http = Http(url, tools=tools(Clock()))
        with trouble(Misconfigured, "CERTIFICATE"):
            http.call("POST", "/echo")
        http.close()
    assert stub.journal.calls() == []


@pytest.mark.parametrize("token", [f"{CANARY}\n", f"{CANARY}\r\nx: y", f"{CANARY}\u00e9", "\0"])
def test_a_secret_that_no_header_holds_is_not_told(calling, token):
    with trouble(Misconfigured, "HEADER"):
        calling(authorize=bearer(Secret(lambda: token)))


def test_what_is_no_json_is_an_unknown_outcome(vendor, calling):
    for content in (b"<html>", b'{"a": ', b"\xff\xfe\xfa", b"[" * 100_000, b"[1]"):
        vendor.stub.faults.on(1, answered(200, content))
        answer = calling()
        with trouble(OutcomeUnknown, "NO_JSON"):
            answer.mapping()


@given(told=st.text() | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str))
def test_whatever_is_asked_the_wait_is_bounded(told):
    seconds = seconds_of({"retry-after": told}, NOW)
    assert seconds is None or 0 <= seconds <= WAIT_SECONDS_MOST


@given(wait=st.integers(-100, 2_000))
def test_seconds_and_a_date_ask_for_the_same(wait):
    date = f"{NOW + timedelta(seconds=wait):%a, %d %b %Y %H:%M:%S} GMT"
    by_date = seconds_of({"retry-after": date}, NOW)
    assert by_date == min(max(wait, 0), WAIT_SECONDS_MOST)
    assert wait < 0 or by_date == seconds_of({"retry-after": str(wait)}, NOW)


FRAMES = [
    "Bearer {}",
    "basic {}",
    "Zoho-oauthtoken {}",
    "pat-{}",
    "eyJ{0}.{0}.{0}",
    "00D5g00000{}!{}",
    '"access_token": "{}"',
    "client_secret={}&",
]


@given(frame=st.sampled_from(FRAMES), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_secret_is_quoted(frame, before, after):
    secret = "q7Zk2Xw9"  # noqa: S105  (nobody's)
    told = redacted(f"{before} {frame.format(secret, secret)} {after}", letters=1000)
    assert secret not in told
    assert told.isprintable()
