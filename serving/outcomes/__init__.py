"""What came of it: those who were drawn, joined with what became of them."""
