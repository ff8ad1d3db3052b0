"""What features are counted from: gaps, waits, turns, touches, moves in their order."""
