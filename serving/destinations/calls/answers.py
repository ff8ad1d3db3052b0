"""What a vendor answered over HTTP: status, headers and body; how long it asks to wait."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from serving.destinations.troubles import OutcomeUnknown

WAIT_SECONDS_MOST = 900.0
"""Longer than this no vendor is taken at its word."""

LETTERS_QUOTED = 500

_SECRET = re.compile(
    r"""(?ix)
    \b(?:bearer|basic|zoho-oauthtoken|oauth)\s+[^\s"',;<>]+   # what a header carries
    | \bpat-[\w-]+                                            # HubSpot's tokens
    | \beyJ[\w-]+(?:\.[\w-]*)*                                # JSON Web Tokens
    | \b00D\w{9,15}![\w.]+                                    # Salesforce's sessions
    | (?<=token|ecret|sword|ssion|rtion)["']?\s*[=:]\s*["']?[^\s"'&,;<>]+
    """
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer that was read whole. The names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:  # noqa: ANN401  (whatever the vendor says)
        """The body as JSON; `OutcomeUnknown` where it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        # Outside of the except clause, so that the body is in no traceback.
        raise OutcomeUnknown(f"an answer of status {self.status} is no JSON", code="NO_JSON")

    def mapping(self) -> dict[str, Any]:
        """The body as a JSON object; `OutcomeUnknown` where it is none."""
        told = self.json()
        if isinstance(told, dict):
            return cast("dict[str, Any]", told)
        raise OutcomeUnknown(f"an answer of status {self.status} is no object", code="NO_JSON")

    def words(self) -> str:
        """The body as text for the table of refused rows: without secrets, and cut."""
        return redacted(self.content[: 4 * LETTERS_QUOTED].decode("utf-8", errors="replace"))


def redacted(text: str, letters: int = LETTERS_QUOTED) -> str:
    r"""A vendor's words on one line, without anything that looks like a secret, and cut.

    They may still quote a customer's values: they belong into the table of refused rows alone.

    >>> redacted("no: Authorization: Bearer abc.def, sorry\n")
    'no: Authorization: ***, sorry'
    >>> redacted('{"access_token":"x1","id":7}', letters=20)
    '{"access_token***","...'
    """
    printed = "".join(one if one.isprintable() else " " for one in text)
    safe = _SECRET.sub("***", printed).strip()
    return safe if len(safe) <= letters else f"{safe[:letters]}..."


def seconds_of(
    headers: Mapping[str, str], now: datetime, *, most: float = WAIT_SECONDS_MOST
) -> float | None:
    """How long `Retry-After` asks to wait, at most `most`; None where it says nothing.

    It is a number of seconds or a date, and whatever else it is says nothing.

    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> seconds_of({"retry-after": "Sun, 22 Nov 2026 00:00:30 GMT"}, now)
    30.0
    >>> seconds_of({"retry-after": "86400"}, now), seconds_of({"retry-after": "soon"}, now)
    (900.0, None)
    """
    told = headers.get("retry-after", "").strip()
    try:
        return min(most, max(0.0, _seconds(told, now)))
    except (ValueError, OverflowError):
        return None


def _seconds(told: str, now: datetime) -> float:
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", told):
        return float(told)
    date = parsedate_to_datetime(told)
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
