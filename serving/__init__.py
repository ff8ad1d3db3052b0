"""What leaves the house, and what came of it?"""
