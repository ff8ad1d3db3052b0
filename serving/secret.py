"""Secrets: read when they are needed, so that they may be rotated, and never shown."""

from collections.abc import Callable


class Secret:
    """What only a destination may see; printing, logging or comparing it tells nothing.

    `read` gives the present value: a variable of the environment or the text of a file.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def reveal(self) -> str:
        """The secret itself, to be put into a request and nowhere else."""
        return self._read()

    def __repr__(self) -> str:
        return "Secret(***)"
