"""When does it happen, and with which settings?"""
