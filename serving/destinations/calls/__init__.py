"""Calls to vendors: who may be called, for how long, and what came back."""
