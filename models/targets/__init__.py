"""What is predicted, of whom, and how it turned out; alone in looking past a cutoff."""
