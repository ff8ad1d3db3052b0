"""Where a customer stands: as sources state it, as rules derive it."""
