"""Features that a workspace writes itself, and the laws that all keep."""
