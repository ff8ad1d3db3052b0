"""What was known of a customer as of each cutoff, and nothing later."""
