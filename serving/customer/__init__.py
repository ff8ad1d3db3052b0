"""What should be known of one customer before somebody calls?"""
