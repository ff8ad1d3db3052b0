"""Where the journey hurts, by how much, and whether a mend helped."""
