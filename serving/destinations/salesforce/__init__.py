"""Salesforce: Bulk API 2.0, by an external id."""

from serving.destinations.salesforce.destination import mistakes, opened

__all__ = ["mistakes", "opened"]
