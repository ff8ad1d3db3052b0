"""A webhook: signed calls to an address of one's own."""

from serving.destinations.webhook.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
