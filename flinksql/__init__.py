"""Flink SQL statements as things with a life: read, ordered, identified, submitted, observed, upgraded, removed.

Knows nothing of Pulumi, of the platform that runs Flink, or of the pipeline's purpose.
"""
