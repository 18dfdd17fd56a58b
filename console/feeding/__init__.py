"""Sending records to Kafka: reading records from files, choosing how many and how fast, and seeing each one delivered."""
