"""Named instants at which a process dies of SIGKILL: they exist in these tests alone."""

import os
import signal
from collections import Counter

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from serving.destinations.calls.http import Http

KINDS = (
    "before commit",
    "after commit",
    "before call",
    "after call",
    "before rename",
    "after rename",
    "before fsync",
    "after fsync",
)
"""A call is answered before `after call`, but nobody has heard the answer yet."""


class Points:
    """Counts what passes in this process; at the n-th point of a kind it dies, or gets a signal.

    Only transactions that write are counted: of those that read nothing is left to be broken.
    """

    def __init__(self, kind, nth, how=signal.SIGKILL):
        self.kind, self.nth, self.how = kind, nth, how
        self.passed = Counter()

    def pass_(self, kind):
        self.passed[kind] += 1
        if kind == self.kind and self.passed[kind] == self.nth:
            os.kill(os.getpid(), self.how)

    def around(self, name, work):
        def watched(*args, **kwargs):
            self.pass_(f"before {name}")
            result = work(*args, **kwargs)
            self.pass_(f"after {name}")
            return result

        return watched

    def arm(self):
        """From now on, and for good: to be called in a process that has been forked for it."""
        os.replace, os.rename = (self.around("rename", one) for one in (os.replace, os.rename))
        os.fsync = self.around("fsync", os.fsync)
        Http._exchange = self.around("call", Http._exchange)  # noqa: SLF001
        plain, marked = DefaultDialect.do_commit, self.around("commit", DefaultDialect.do_commit)
        writes = [True]

        def look(connection):
            writes[0] = connection.get_execution_options().get("writes", True)

        def commit(dialect, connection):
            return (marked if writes[0] else plain)(dialect, connection)

        event.listen(Engine, "commit", look)
        DefaultDialect.do_commit = commit
