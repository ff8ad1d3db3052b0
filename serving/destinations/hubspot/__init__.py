"""HubSpot: contacts, or other objects, by a property of their own."""

from serving.destinations.hubspot.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
