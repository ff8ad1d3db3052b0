"""Sources into the lake, and the examination of what lies there."""
