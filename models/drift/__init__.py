"""Whether what comes in is still like what the champion learned from."""
