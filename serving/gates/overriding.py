"""Gates that a person let pass, written down in the transaction that publishes."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.gates.tonight import Gate
from serving.store.tables import overrides


def record_overrides(
    connection: Connection,
    *,
    run_id: str,
    accepted: Sequence[Gate],
    accepted_by: str,
    why: str,
    accepted_at: datetime,
) -> None:
    """Keep which failed gates were accepted, by whom and why."""
    for gate in accepted:
        told = {
            "run_id": run_id,
            "code": gate.code,
            "sentence": gate.sentence,
            "accepted_by": accepted_by,
            "why": why,
            "accepted_at": accepted_at,
        }
        connection.execute(sa.insert(overrides), told)
