"""What readers see brought to every destination, or rehearsed."""
