"""Partitions of customers worked on: here, larger than memory, or elsewhere."""
