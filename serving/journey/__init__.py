"""The journey map: one page on where customers are, where it hurts and what mending is worth."""
