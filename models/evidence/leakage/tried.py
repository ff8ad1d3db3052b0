"""One thing that the audit tried, and whether what it found is within its limit."""

from dataclasses import dataclass

NO_LIMIT = float("nan")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A test by its code: what was tried, the value found, its limit, and what else to say.

    It passes unless the value is above the limit; a test that only informs has no limit.
    """

    code: str
    test: str
    value: float
    limit: float = NO_LIMIT
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the value is not above the limit.

        >>> Tried(code="J12", test="", value=0.2).passed
        True
        """
        return not self.value > self.limit
