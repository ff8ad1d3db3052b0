"""The right to call Salesforce: a token, asked for when there is none or the last has expired."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import jwt

from serving.destinations.calls.answers import Answer, redacted
from serving.destinations.calls.http import Http
from serving.destinations.destination import Tools
from serving.destinations.salesforce.settings import SalesforceParams
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Busy, Misconfigured, OutcomeUnknown

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFE = timedelta(minutes=2)
_LATER = ("unknown_error", "server_error", "temporarily_unavailable")
_MEND = "look at the connected app: its flow, its user, and the secrets that the destination names"


class SalesforceLogin:
    """Who calls. The token is kept in memory alone; secrets are read anew for each login."""

    def __init__(self, spec: DestinationSpec, params: SalesforceParams, tools: Tools) -> None:
        self._secrets, self._params, self._timing = spec.secrets, params, tools.timing
        self._token = ""
        self.user = ""
        """The id of the user that the token belongs to; empty before the first login."""

    def authorization(self, http: Http, *, anew: bool) -> str:
        """The header of a call; it is asked for at the org's own address, and only there."""
        if anew or not self._token:
            self._token = self._fresh_token(http)
        return f"Bearer {self._token}"

    def _fresh_token(self, http: Http) -> str:
        answer = http.call(
            "POST",
            "/services/oauth2/token",
            content=urlencode(self._grant()).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            authorized=False,
        )
        if answer.status != HTTPStatus.OK:
            raise _refused(answer)
        told = answer.mapping()
        self._check_instance(str(told.get("instance_url", "")))
        self.user = str(told.get("id", "")).rpartition("/")[2]
        token = told.get("access_token")
        if not token or not isinstance(token, str):
            raise OutcomeUnknown("the login was answered without a token", code="NO_TOKEN")
        return token

    def _grant(self) -> dict[str, str]:
        if "private_key" in self._secrets:
            return {"grant_type": JWT_BEARER, "assertion": self._assertion()}
        return {
            "grant_type": "client_credentials",
            "client_id": self._secrets["client_id"].reveal(),
            "client_secret": self._secrets["client_secret"].reveal(),
        }

    def _assertion(self) -> str:
        claims = {
            "iss": self._secrets["client_id"].reveal(),
            "sub": self._params.username,
            "aud": self._params.audience,
            "exp": round((self._timing.now() + ASSERTION_LIFE).timestamp()),
        }
        try:
            return jwt.encode(claims, self._secrets["private_key"].reveal(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            pass
        # Outside of the except clause, so that the key is in no traceback.
        mend = "give the RSA key in PEM whose certificate the connected app holds"
        raise Misconfigured("the private key cannot be read", code="PRIVATE_KEY", mend=mend)

    def _check_instance(self, address: str) -> None:
        """Refuse a token that belongs to another host: it would be told to the wrong one."""
        theirs, ours = urlsplit(address), urlsplit(self._params.instance)
        if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            raise Misconfigured(
                f"the token is for another address than {ours.netloc}",
                code="INSTANCE_URL",
                mend="write the org's present address as options.instance",
            )


def _refused(answer: Answer) -> Exception:
    """What a refused login means; the vendor's words hold nothing of a customer."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return OutcomeUnknown("the login was not answered", code=str(answer.status))
    told = answer.mapping()
    code, words = str(told.get("error", answer.status)), str(told.get("error_description", ""))
    if code in _LATER or answer.status == HTTPStatus.TOO_MANY_REQUESTS or "rate exceeded" in words:
        return Busy("the login is refused for now", code=code)
    return Misconfigured(f"the login is refused: {code}: {redacted(words)}", code=code, mend=_MEND)
