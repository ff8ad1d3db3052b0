"""What of a score goes into which field: views of it, and how they are written."""
