"""Which of several things becomes of a customer: learners, baselines, and how good they are."""
