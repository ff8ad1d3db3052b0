"""`jejak init`: a workspace from an example or guessed from a person's own file."""
