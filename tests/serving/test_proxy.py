"""The proxy does to a connection what it was told to, and nothing else."""

import socket
import socketserver
import threading
import time
from contextlib import contextmanager

import pytest
from kills.proxy import RESET, SWALLOWED, UNHEARD, Harm, Proxy

LINES = b"one\n", b"two\n", b"three\n"


class Shouts(socketserver.StreamRequestHandler):
    """Answers each line in capitals, and remembers it."""

    def handle(self):
        try:
            for line in self.rfile:
                self.server.heard.append(line)
                self.wfile.write(line.upper())
        except ConnectionError:
            pass


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Shouts) as server:
        server.heard = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(server):
    with Proxy(server.server_address[1]) as proxy:
        yield proxy


@contextmanager
def line_to(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connected:
        yield connected


def asked(connected, line, size=100):
    connected.sendall(line)
    return connected.recv(size)


def test_without_harm_everything_passes(server, proxy):
    with line_to(proxy) as one, line_to(proxy) as other:
        assert [asked(one, line) for line in LINES] == [line.upper() for line in LINES]
        assert asked(other, b"x\n") == b"X\n"
    assert proxy.calls == 4
    assert server.heard == [*LINES, b"x\n"]


def test_the_call_that_was_meant_is_reset_before_it_arrives(server, proxy):
    proxy.on(2, RESET)
    with line_to(proxy) as one:
        assert asked(one, b"one\n") == b"ONE\n"
        with pytest.raises(ConnectionResetError):
            asked(one, b"two\n")
    with line_to(proxy) as again:
        assert asked(again, b"two\n") == b"TWO\n"
    assert server.heard == [b"one\n", b"two\n"]


def test_an_answer_that_nobody_hears_was_given(server, proxy):
    proxy.on(1, UNHEARD)
    with line_to(proxy) as one, pytest.raises(ConnectionResetError):
        asked(one, b"one\n")
    assert server.heard == [b"one\n"]


def test_a_question_may_be_cut_and_an_answer_too(server, proxy):
    proxy.on(1, Harm(asked_bytes=2))
    with line_to(proxy) as one, pytest.raises(ConnectionResetError):
        asked(one, b"one\n")
    assert server.heard in ([], [b"on"])
    proxy.on(1, Harm(answer_bytes=3))
    with line_to(proxy) as one:
        assert asked(one, b"three\n", size=3) == b"THR"
        with pytest.raises(ConnectionResetError):
            one.recv(1)


def test_what_is_swallowed_reaches_nobody(server, proxy):
    proxy.on(1, SWALLOWED)
    with line_to(proxy) as one:
        one.settimeout(0.05)
        with pytest.raises(TimeoutError):
            asked(one, b"one\n")
    assert server.heard == []


def test_bytes_may_wait_and_drip(server, proxy):
    proxy.on(1, Harm(wait_seconds=0.02))
    proxy.on(2, Harm(seconds_a_byte=0.01))
    with line_to(proxy) as one:
        began = time.monotonic()
        assert asked(one, b"one\n") == b"ONE\n"
        assert time.monotonic() - began >= 0.04
        began = time.monotonic()
        answer = asked(one, b"three\n")
        while not answer.endswith(b"\n"):
            answer += one.recv(100)
        assert answer == b"THREE\n"
        assert time.monotonic() - began >= 0.05
