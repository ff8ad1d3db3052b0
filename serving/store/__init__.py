"""What is kept of what leaves: runs, the plan of a delivery, what destinations acknowledged."""

from serving.store.store import Before, Published, Store

__all__ = ["Before", "Published", "Store"]
