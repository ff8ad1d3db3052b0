"""Transforms: what can be learned from a panel's own rows, and told to the model as columns?"""
