"""Money and other measures as 64-bit integers of one declared scale.

Sums of integers do not depend on order, crowd or partition; division by `SCALE` comes last.
"""

SCALE = 10_000
"""Units of the stored integer in one unit of the measure (a currency unit, or 1.0 of sentiment)."""

LARGEST = 10**15
"""Largest absolute measure that is accepted; beyond it a row goes to quarantine."""
