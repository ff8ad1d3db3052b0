"""Who must be left alone: suppressed, or erased."""
