"""Learners and baselines, and how much data each of them needs."""
