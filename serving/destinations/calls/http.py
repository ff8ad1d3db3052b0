"""HTTP calls to a vendor: to its own hosts alone, within limits, and silent about secrets."""

import json as as_json
import ssl
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

import httpx

from serving.destinations.calls.answers import Answer
from serving.destinations.calls.wire import PrivateAddress, Wire
from serving.destinations.destination import Tools
from serving.destinations.troubles import Misconfigured, OutcomeUnknown, Trouble
from serving.secret import Secret

Authorize: TypeAlias = Callable[[bool], str]
"""The header Authorization; with True a new one, because the vendor took the last for none."""

_THIS_MACHINE = ("127.0.0.1", "localhost")
_GZIP = 31


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long each step of a call may take, and the whole of it; how much an answer may hold."""

    connect_seconds: float = 10
    read_seconds: float = 60
    write_seconds: float = 60
    total_seconds: float = 120
    answer_bytes: int = 32 << 20


DEFAULT_LIMITS = Limits()


class Http:
    """Calls to one vendor; one at a time.

    `hosts` are those besides the host of `base_url` that may be called and told the authorization:
    a name, or `.name` for every host below it. Plain http is for this machine alone, and only
    where the tools say so. `transport` stands in for the network in tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tools: Tools,
        authorize: Authorize | None = None,
        hosts: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
        public_only: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._tools, self._authorize, self._limits = tools, authorize, limits
        self._base = _url_of(base_url)
        self._hosts = (*hosts, self._base.host)
        self._wire = transport or Wire(
            tools.timing.now, public_only=public_only, loopback=tools.loopback
        )
        self._client = httpx.Client(
            transport=self._wire,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(
                connect=limits.connect_seconds,
                read=limits.read_seconds,
                write=limits.write_seconds,
                pool=limits.connect_seconds,
            ),
            headers={
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": "jejak",
            },
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        authorized: bool = True,
    ) -> Answer:
        """What the vendor answers, whatever its status; `path` may be a whole address.

        Not returned are 401, which is asked once more with a new authorization, and redirects;
        without `authorized` nothing is told of who calls, and 401 is an answer. `OutcomeUnknown`
        when no answer came, or not whole.
        """
        url = self._joined(path)
        told = dict(headers or {})
        if json is not None:
            content = as_json.dumps(json, allow_nan=False, separators=(",", ":")).encode()
            told = {"content-type": "application/json", **told}
        answer = self._ask(method, url, content, told, anew=False, authorized=authorized)
        if answer.status == HTTPStatus.UNAUTHORIZED and authorized:
            answer = self._ask(method, url, content, told, anew=True, authorized=True)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                raise Misconfigured(
                    f"{url.host} does not accept the secret",
                    code="401",
                    mend="renew the secret that the destination names",
                )
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
            raise Misconfigured(
                f"{url.host} answers that it is elsewhere",
                code=str(answer.status),
                mend="write the address where it is now; jejak follows nobody elsewhere",
            )
        return answer

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _joined(self, path: str) -> httpx.URL:
        url = _url_of(path, self._base)
        self._check(url)
        return url

    def _check(self, url: httpx.URL) -> None:
        """Refuse every address but the vendor's own."""
        if self._tools.loopback and url.host in _THIS_MACHINE:
            allowed = url.scheme in ("http", "https")
        else:
            known = any(
                url.host == one or (one.startswith(".") and url.host.endswith(one))
                for one in self._hosts
            )
            allowed = known and url.scheme == "https"
        if not allowed or url.userinfo:
            raise Misconfigured(
                f"{url.scheme}://{url.host} may not be called",
                code="HOST",
                mend="write an https address of the vendor, without a name or a password in it",
            )

    def _ask(
        self,
        method: str,
        url: httpx.URL,
        content: bytes | None,
        headers: Mapping[str, str],
        *,
        anew: bool,
        authorized: bool,
    ) -> Answer:
        told = dict(headers)
        if authorized and self._authorize:
            told["authorization"] = self._authorize(anew)
        _check_headers(told)
        self._tools.pacer.before_call()
        try:
            return self._exchange(
                self._client.build_request(method, url, content=content, headers=told)
            )
        finally:
            self._tools.pacer.after_call()

    def _exchange(self, request: httpx.Request) -> Answer:
        """One question and its whole answer.

        What httpx raises may hold a header or a body: no trouble has it for its cause or context.
        """
        if isinstance(self._wire, Wire):
            self._wire.begin(self._limits.total_seconds)
        trouble: Trouble
        try:
            response = self._client.send(request, stream=True)
            try:
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    content=_body(response, self._limits.answer_bytes),
                )
            finally:
                response.close()
        except httpx.TransportError as error:
            trouble = _trouble_of(error, request.url.host)
        except zlib.error:
            trouble = OutcomeUnknown("an answer is no gzip, though it says so", code="NO_GZIP")
        raise trouble


def bearer(secret: Secret) -> Authorize:
    """A token that is the authorization itself; it is read anew for every call."""
    return lambda _anew: f"Bearer {secret.reveal()}"


def _url_of(address: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(address) if base else httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        pass
    raise Misconfigured("an address cannot be read", code="URL", mend="write it as https://host/")


def _check_headers(headers: Mapping[str, str]) -> None:
    """Refuse what httpx and h11 would refuse with the header's value in their words."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            raise Misconfigured(
                f"the header {name} would hold what no header may",
                code="HEADER",
                mend="look for a line break or a letter outside ASCII in the secret",
            )


def _body(response: httpx.Response, most: int) -> bytes:
    """The body, unpacked; what is longer than `most` bytes or not whole is no answer."""
    packing = response.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "gzip"):
        raise OutcomeUnknown("an answer is packed as nobody asked for", code="ENCODING")
    unpack = zlib.decompressobj(_GZIP) if packing == "gzip" else None
    body = bytearray()
    for part in response.iter_raw():
        body += unpack.decompress(part, most + 1 - len(body)) if unpack else part
        if len(body) > most:
            raise OutcomeUnknown(f"an answer has more than {most} bytes", code="TOO_LONG")
    if unpack and body and not unpack.eof:
        raise OutcomeUnknown("an answer ends before its end", code="CUT")
    return bytes(body)


def _trouble_of(error: Exception, host: str) -> Trouble:
    """What became of a call that was not answered, in words that quote nothing."""
    code = type(error).__name__
    reasons = list(_reasons(error))
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in reasons):
        return Misconfigured(
            f"{host} cannot prove that it is {host}",
            code="CERTIFICATE",
            mend="look at its certificate; nothing was sent",
        )
    if any(isinstance(one, PrivateAddress) for one in reasons):
        return Misconfigured(
            f"{host} is at an address that is not public",
            code="PRIVATE_ADDRESS",
            mend="name a host of the internet; nothing was sent",
        )
    return OutcomeUnknown(f"{host} gave no whole answer: {code}", code=code)


def _reasons(error: BaseException | None) -> list[BaseException]:
    """An error and what it came of."""
    return [error, *_reasons(error.__cause__ or error.__context__)] if error else []
