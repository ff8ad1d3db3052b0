"""What answers when it is asked: boosters, regressions or rules, and how they travel."""
