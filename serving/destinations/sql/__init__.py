"""A table of any database."""

from serving.destinations.sql.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
