"""Whom does contact change?"""
