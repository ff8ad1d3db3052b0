"""What may go wrong with a destination, by what is to be done next. Texts hold no secret."""

from datetime import datetime


class Trouble(Exception):
    """Base of everything that a destination raises: the vendor's code and words."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class BatchRefused(Trouble):
    """Some row spoils the batch, and nothing of it was written: halve it and send the halves."""


class Misconfigured(Trouble):
    """No row would pass: a field, a right, an address is wrong. Stop; `mend` says what to do."""

    def __init__(self, message: str, *, code: str = "", mend: str = "") -> None:
        super().__init__(message, code=code)
        self.mend = mend


class Busy(Trouble):
    """Too much at once, nothing was written: wait `seconds`, if told, and send the same again."""

    def __init__(self, message: str, *, code: str = "", seconds: float | None = None) -> None:
        super().__init__(message, code=code)
        self.seconds = seconds


class OutcomeUnknown(Trouble):
    """No answer, or one that cannot be read: send the same batch again under the same id.

    A server that failed may say after how many `seconds` it would rather be asked.
    """

    def __init__(self, message: str, *, code: str = "", seconds: float | None = None) -> None:
        super().__init__(message, code=code)
        self.seconds = seconds


class QuotaSpent(Trouble):
    """The day's allowance is used up: stop, and go on after `until`, if it is known."""

    def __init__(self, message: str, *, code: str = "", until: datetime | None = None) -> None:
        super().__init__(message, code=code)
        self.until = until


class Unfinished(Trouble):
    """The vendor has not finished what it accepted: stop waiting; a later run asks again."""
