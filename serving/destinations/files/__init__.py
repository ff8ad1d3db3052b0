"""Files of changes, and the files of a whole run."""

from serving.destinations.files.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
