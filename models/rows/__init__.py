"""Customers at cutoffs with what is known of them, what came, and how much each row counts."""
