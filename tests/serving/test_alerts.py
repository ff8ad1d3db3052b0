"""Alerts: told oldest first, kept while the channel is down, and never in anyone's way."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipelines.flows.alerts import AlertParams
from serving.alerts import KEPT_MOST, queue_alert, send_alerts
from serving.delivery.pace import Pace
from serving.destinations.destination import Tools
from serving.secret import Secret
from serving.timing import Timing

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ADDRESS = Secret(lambda: "https://alerts.example/hook/s3cret")
TIMING = Timing(now=lambda: NOW, sleep=lambda _seconds: None, chance=lambda: 0.5)


class Channel(httpx.BaseTransport):
    """What a channel was told; it answers what it is set to."""

    def __init__(self, answer):
        self.answer, self.told = answer, []

    def handle_request(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.told.append(json.loads(request.read())["text"])
        return httpx.Response(self.answer, stream=httpx.ByteStream(b"ok"))


@pytest.fixture
def tools(tmp_path):
    return Tools(pacer=Pace(TIMING, calls=100, seconds=1), timing=TIMING, folder=tmp_path)


@pytest.mark.parametrize("answer", [500, 429, 302, httpx.ConnectError("down")])
def test_what_a_channel_does_not_take_waits_and_then_goes_out_in_order(tmp_path, tools, answer):
    folder = tmp_path / "alerts"
    for minute, text in enumerate(["first", "second"]):
        queue_alert(folder, text, NOW + timedelta(minutes=minute))
    assert send_alerts(folder, ADDRESS, tools, transport=Channel(answer)) == 2
    up = Channel(204)
    assert send_alerts(folder, ADDRESS, tools, transport=up) == 0
    assert up.told == ["first", "second"]
    assert send_alerts(folder, ADDRESS, tools, transport=up) == 0
    assert len(up.told) == 2


def test_an_address_that_is_none_is_no_reason_to_fail(tmp_path, tools):
    queue_alert(tmp_path / "alerts", "a text", NOW)
    for address in ("", "http://alerts.example/hook", "https://"):
        assert send_alerts(tmp_path / "alerts", Secret(lambda a=address: a), tools) == 1


def test_only_the_newest_wait(tmp_path):
    for number in range(KEPT_MOST + 2):
        queue_alert(tmp_path, str(number), NOW + timedelta(seconds=number))
    kept = [json.loads(path.read_bytes())["text"] for path in sorted(tmp_path.iterdir())]
    assert kept == [str(number) for number in range(2, KEPT_MOST + 2)]


@pytest.mark.parametrize("url", ["https://hooks.example/s3cret", "env:", "env:a b", "HOOK"])
def test_the_address_itself_does_not_stand_in_the_file(url):
    with pytest.raises(ValueError, match="url names no variable") as refused:
        AlertParams(url=url)
    assert "s3cret" not in str(refused.value)
    assert AlertParams(url="env:JEJAK_ALERTS").url == "env:JEJAK_ALERTS"
