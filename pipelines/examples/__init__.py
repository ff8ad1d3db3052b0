"""Which workspaces can be tried at once?"""
