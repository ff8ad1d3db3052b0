"""What holds of a destination that writes a batch in one go, and has nothing to remember."""

from collections.abc import Mapping

from serving.destinations.destination import Row

UNLIMITED = 1_000_000, 0.001
"""Calls and seconds of a destination on which nobody sets a limit."""


class AtOnce:
    """Rows without a weight, batches without notes; to be built upon."""

    bytes_a_batch: int | None = None
    """Nothing depends on bytes."""

    def weight(self, row: Row) -> int:  # noqa: ARG002
        """Nothing depends on it."""
        return 0

    def handed_over(self, notes: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Never: what was not answered may be sent again."""
        return False
