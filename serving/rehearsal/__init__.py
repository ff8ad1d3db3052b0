"""Servers that behave as the vendors' do, on this machine alone: for rehearsals and tests."""
