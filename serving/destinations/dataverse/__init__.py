"""Microsoft Dataverse: rows by an alternate key."""

from serving.destinations.dataverse.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
