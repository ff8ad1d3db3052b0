"""One night: scored, gated, decided, published, watched; and when it runs."""
