"""Edits of running jobs with known truth: what the verdict says of each, and what Flink really does with it."""
