"""What can be learned from the past?"""
