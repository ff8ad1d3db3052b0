"""Is what was known fit to be learned from?"""
