"""Reports: what a retraining found, as one page that a person can read."""
