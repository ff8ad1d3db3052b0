"""What others did as of each cutoff."""
