"""Mistakes that a person can mend: what happened, where, and what to do next."""


class JejakError(Exception):
    """Base of every error that is shown without a traceback.

    `what` says what happened, `where` names the file, key or table, `mend` says what to do.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.what}{where}{mend}"


class WorkspaceInvalid(JejakError):
    """The workspace file or the command line is wrong."""

    exit_code = 2


class DataRefused(JejakError):
    """A source is missing, empty, stale or too dirty; nothing was published."""

    exit_code = 3


class ContractBroken(DataRefused):
    """A table does not have the columns or types that its contract promises."""


class ModelRefused(JejakError):
    """No model may score: none registered, or its features are missing or changed."""

    exit_code = 4


class RunRefused(JejakError):
    """The store refused a run: an older one, or one already published."""

    exit_code = 5


class AnotherAtWork(RunRefused):
    """Another run holds what this one needs, or took it over meanwhile; nothing was changed."""

    exit_code = 8


class GateFailed(RunRefused):
    """A quality gate stopped a run before it was published; the run before stays."""

    exit_code = 9


class DeliveryIncomplete(JejakError):
    """Something planned has not been acknowledged yet; running again goes on."""

    exit_code = 10


class SuppressionsUntrusted(JejakError):
    """Who must not be contacted cannot be told for sure, so nothing is sent."""

    exit_code = 11
