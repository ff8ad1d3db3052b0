"""What is watched from night to night: drift, what came true, and whether to retrain."""

from serving.watching.params import WatchParams

__all__ = ["WatchParams"]
