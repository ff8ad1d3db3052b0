"""How healthy the models of a workspace are, as far as its store knows: for reports."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from serving.store import Store
from serving.watching.records import Kept, matured_before, watched_before


@dataclass(frozen=True, kw_only=True)
class ModelHealth:
    """The newest watch, and every run of which is known what came true, the newest first.

    Facts of a watch: `alarms`, `estimate`, `steadiness`, `advice` (with `verdict`), `notes`,
    `model_version`, `grade`, `tier`. Facts of a matured run: `estimated` then, `true` (had nobody
    been contacted), `as_seen`, `backtest`, each with value, low and high by metric, or `skipped`.
    """

    watch: Kept | None
    matured: tuple[Kept, ...]


def health(store: Store, until: datetime) -> ModelHealth:
    """What is known up to a cutoff, that one included."""

    def told(connection: Connection) -> ModelHealth:
        watches = watched_before(connection, until, most=1)
        newest = watches[0] if watches else None
        return ModelHealth(watch=newest, matured=tuple(matured_before(connection, until)))

    return store.read(told)
