"""Tokens of Microsoft Entra for an application: asked for when needed, kept until they end."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from serving.destinations.calls.answers import Answer, seconds_of
from serving.destinations.calls.http import Http
from serving.destinations.destination import Tools
from serving.destinations.troubles import Busy, Misconfigured, OutcomeUnknown, Trouble
from serving.secret import Secret

SPARE_SECONDS = 300
"""So long before its end a token is no longer used."""

_REASON = re.compile(r"\bAADSTS\d+")


class Entra:
    """The header Authorization of one application, by its client credentials."""

    def __init__(
        self, token_url: str, *, client_id: str, secret: Secret, scope: str, tools: Tools
    ) -> None:
        self._url, self._client_id, self._secret, self._scope = token_url, client_id, secret, scope
        self._now = tools.timing.now
        self._http = Http(token_url, tools=tools)
        self._header = ""
        self._ends_at: datetime | None = None

    def authorization(self, anew: bool) -> str:  # noqa: FBT001  (as calls ask for it)
        """The header, with a new token if asked or where the last one has nearly ended."""
        if anew or self._ends_at is None or self._now() >= self._ends_at:
            self._header, self._ends_at = self._token()
        return self._header

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def _token(self) -> tuple[str, datetime]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret.reveal(),
            "scope": self._scope,
        }
        asked_at = self._now()
        answer = self._http.call(
            "POST",
            self._url,
            content=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            authorized=False,
        )
        if answer.status != HTTPStatus.OK:
            raise _trouble(answer, asked_at)
        told = answer.mapping()
        token, seconds = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise OutcomeUnknown("Entra's answer holds no token", code="NO_TOKEN")
        return f"Bearer {token}", asked_at + timedelta(seconds=seconds - SPARE_SECONDS)


def _trouble(answer: Answer, now: datetime) -> Trouble:
    """Why there is no token: Entra's number alone, for its words name the application."""
    found = _REASON.search(answer.words())
    code = found.group() if found else str(answer.status)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(
            "Entra gives no token for now", code=code, seconds=seconds_of(answer.headers, now)
        )
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return OutcomeUnknown("Entra has failed to give a token", code=code)
    return Misconfigured(
        "Entra gives no token",
        code=code,
        mend="see that tenant_id, client_id and the secret client_secret are those of one "
        "application, and that it is a user of the environment",
    )
