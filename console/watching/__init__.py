"""Following the summaries as they come out of Kafka."""
