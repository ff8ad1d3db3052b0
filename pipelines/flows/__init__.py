"""Prefect: its server, its tasks, and what is told of a flow that stops."""
