"""Which records are one customer? Handles, the graph they span, ids that last."""
