"""MLflow: trials recorded, aliases moved, versions listed, champions loaded from their texts."""

from serving.registry.registry import Registry

__all__ = ["Registry"]
