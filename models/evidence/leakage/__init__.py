"""The leakage audit: it tries to find what a model should not have known."""
