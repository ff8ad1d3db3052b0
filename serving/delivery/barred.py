"""Who is not told of at a destination: who must not be, and who is held out without a trace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from serving.store.decided import held_out
from serving.suppression import suppressed


def barred(
    connection: Connection,
    at: datetime,
    *,
    channel: str,
    hidden: str = "",
    among: Collection[str] | None = None,
) -> set[str]:
    """The customers, of all or of some, of whom nothing is sent at an instant.

    Those who are suppressed, for all or for the channel; and the control arm of the experiment
    `hidden`, where a workspace wants nobody to see even the score of a customer held out.
    """
    out = suppressed(connection, at, channel=channel, among=among)
    return out | held_out(connection, hidden, among) if hidden else out
