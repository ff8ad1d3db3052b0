"""What happens next in a case, given its events so far: learned from finished logs."""

from models.prefixes.events import CaseColumns
from models.prefixes.learning import NextActivity, PrefixParams, learn

__all__ = ["CaseColumns", "NextActivity", "PrefixParams", "learn"]
