"""A trial made: what each question does with a panel."""
