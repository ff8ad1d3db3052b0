"""The closed loop: watch, outcomes, the journey map, pains."""
