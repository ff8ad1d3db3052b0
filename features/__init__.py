"""What was known at a moment?"""
